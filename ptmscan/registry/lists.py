"""Lists of models as files: CSV, tab-separated, or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ptmscan.registry.index import RegistryError
from ptmscan.registry.model import KnownHub, KnownModel

# The names that people and the hub's API give to the key; the first that is there counts.
ID_KEYS = ("context_id", "id", "modelId", "model", "name")
MAX_MISTAKES = 20
_HUBS = {hub.lower(): hub for hub in KnownHub} | {"hf": KnownHub.HUGGINGFACE, "pytorch-hub": KnownHub.PYTORCH}
_MAX_NUMBER = 2**63


def read_list(path: Path) -> Iterator[KnownModel]:
    """The models of a file: `.jsonl` and `.ndjson` hold an object a line, others columns with a header.

    Columns are parted by commas, in `.tsv` by tabs. Keys or columns: one of ID_KEYS; optional `hub` (HuggingFace
    unless it says PyTorch), `aliases` (a JSON array, or names between spaces), `downloads`, `sha`, `repo_url`.

    Raises:
        RegistryError: naming the mistakes with their lines, 20 at most; a file that cannot be read.
    """
    mistakes: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = _objects(stream) if path.suffix in (".jsonl", ".ndjson") else _columns(stream, path)
            for number, row in rows:
                try:
                    yield _known_model(row)
                except (ValueError, TypeError) as error:
                    mistakes.append(f"{path}:{number}: {error}")
                if len(mistakes) >= MAX_MISTAKES:
                    break
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RegistryError(f"{path}: {error}") from error
    if mistakes:
        raise RegistryError("\n".join(mistakes))


def _objects(stream: Iterator[str]) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, ValueError(f"not JSON: {error}")


def _columns(stream: Iterator[str], path: Path) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(stream, delimiter="\t" if path.suffix == ".tsv" else ",")
    if not set(reader.fieldnames or ()).intersection(ID_KEYS):
        raise RegistryError(f"{path}: no column {', '.join(ID_KEYS[:-1])} or {ID_KEYS[-1]} in the first line")
    for row in reader:
        yield reader.line_num, {key: value for key, value in row.items() if value not in (None, "")}


def _known_model(row: object) -> KnownModel:
    if isinstance(row, ValueError):
        raise row
    if not isinstance(row, Mapping):
        raise TypeError("is no JSON object")
    name = next((row[key] for key in ID_KEYS if row.get(key) is not None), None)
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{' or '.join(ID_KEYS)} must be text" if name is not None else "names no model")
    return KnownModel(
        hub=_hub(row.get("hub")),
        context_id=name.strip(),
        aliases=_aliases(row.get("aliases")),
        downloads=_number(row.get("downloads")),
        sha=_text("sha", row.get("sha")),
        repository=_text("repo_url", row.get("repo_url")),
    )


def _hub(value: object) -> KnownHub:
    if value is None:
        return KnownHub.HUGGINGFACE
    if not isinstance(value, str) or value.lower() not in _HUBS:
        raise ValueError(f"hub {value!r} is none of {', '.join(KnownHub)}")
    return _HUBS[value.lower()]


def _aliases(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = value.split() if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError("aliases must be a list of names")
    return tuple(names)


def _number(value: object) -> int | None:
    if value is None:
        return None
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _MAX_NUMBER:
        raise ValueError(f"downloads {value!r} is no count")
    return number


def _text(key: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be text")
    return value
