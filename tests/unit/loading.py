"""Short programs that load models, for the tests of settings: what each `load(…)` in main.py may get."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import ScanFiles

    from ptmscan.records import UsageRecord

PRELUDE = "from transformers import AutoModel\nload = AutoModel.from_pretrained\n"


def loads(
    scan_files: ScanFiles, code: str, files: dict[str, str] | None = None, path: str = "main.py"
) -> list[UsageRecord]:
    """The usages in the module at `path`, which is the prelude and `code`, beside other files (dedented)."""
    whole = {path: PRELUDE + textwrap.dedent(code), **(files or {})}
    return [usage for usage in scan_files(whole).usages if usage.path == path]


def names(usages: list[UsageRecord]) -> list[list[str]]:
    """The names of the models of each usage."""
    return [[model.name for model in usage.models] for usage in usages]


def only(usages: list[UsageRecord]) -> UsageRecord:
    """The one usage there is."""
    assert len(usages) == 1, names(usages)
    return usages[0]


def places(usage: UsageRecord) -> list[tuple[str, int]]:
    """Where the evidence of all models of a usage lies."""
    return [(step.path, step.line) for model in usage.models for step in model.evidence]
