"""JSON documents for other tools: compact, always valid UTF-8, and no text in them acts on what shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ptmscan.report.printable import printable

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Json


def compact(value: Json) -> str:
    """A value as one line of JSON, with every text printable."""
    return json.dumps(_inert(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_array(items: Iterable[str], stream: TextIO) -> None:
    """Write values that are JSON already as an array, one a line."""
    stream.write("[")
    stream.writelines((",\n" if number else "\n") + item for number, item in enumerate(items))
    stream.write("\n]")


def _inert(value: Json) -> Json:
    match value:
        case str():
            return printable(value)
        case list():
            return [_inert(item) for item in value]
        case dict():
            return {printable(key): _inert(item) for key, item in value.items()}
        case _:
            return value
