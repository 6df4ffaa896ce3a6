"""Sourcegraph queries that find the files which may load models with a library, one for each form of import.

That is how the PeaTMOSS paper (arXiv 2401.00699) found its repositories: an import of the library, and in the same file
a name that loads. Syntax: https://sourcegraph.com/docs/code_search/reference/queries
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ptmscan.signatures.model import Signature

# More names than these make a query that no server takes; the import alone must do.
MAX_NAMES = 40
_FILTERS = "lang:Python fork:yes archived:yes select:file count:all patternType:regexp"


class ImportForm(StrEnum):
    """The two statements that bring a library in."""

    IMPORT = "import"
    FROM = "from"


@dataclass(frozen=True, slots=True)
class Query:
    """One query: the library that it is for, and the form of import that it looks for."""

    library: str
    form: ImportForm
    text: str


def queries(signatures: Iterable[Signature]) -> Iterator[Query]:
    """Two queries for each library, in the order of the signatures."""
    of_library: dict[str, list[Signature]] = {}
    for signature in signatures:
        of_library.setdefault(signature.library, []).append(signature)
    for library, found in of_library.items():
        for form in ImportForm:
            yield Query(library, form, _text(found, form))


def _text(signatures: list[Signature], form: ImportForm) -> str:
    roots = {root for one in signatures for root in _roots(one)}
    root = _alternatives(roots)
    if form is ImportForm.IMPORT:
        line = rf"^\s*import\s+([\w.]+(\s+as\s+\w+)?\s*,\s*)*{root}\b"
    else:
        line = rf"^\s*from\s+{root}(\.\w+)*\s+import\b"
    names = {name for one in signatures for name in _names(one)}
    loads = rf" AND \b{_alternatives(names)}\b" if names and len(names) <= MAX_NAMES else ""
    return f"{_FILTERS} {line}{loads}"


def _roots(signature: Signature) -> Iterable[str]:
    """The import roots of a pattern; where the root itself is the captured name, its values."""
    root = signature.pattern.partition(".")[0]
    return signature.names or () if root.startswith("<") else (root,)


def _names(signature: Signature) -> Iterable[str]:
    """The last names of a pattern."""
    last = signature.pattern.rpartition(".")[2].removesuffix("()").removesuffix("[]")
    if last.startswith("<"):
        return signature.names or ()
    return (last,) if last.isidentifier() else ()


def _alternatives(words: Iterable[str]) -> str:
    ordered = sorted(re.escape(word) for word in words)
    return ordered[0] if len(ordered) == 1 else f"({'|'.join(ordered)})"
