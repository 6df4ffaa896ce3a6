"""The catalogue of signatures: loaded from signatures.yaml or its compiled form, looked up by fully qualified name."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.errors import UsageError
from ptmscan.signatures import compiled, tables
from ptmscan.signatures.pattern import Index, Pattern, index_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ptmscan.signatures.model import Signature

DATA = Path(__file__).parent / "data"
COMPILED = DATA / "catalogue.json"
MAX_MEMO = 100_000

Match = tuple["Signature", "str | None"]


class Origin(StrEnum):
    """Where a signature comes from."""

    PEATMOSS = "peatmoss"  # it covers a row of the PeaTMOSS paper's list
    PTMSCAN = "ptmscan"  # it was added to the catalogue since
    EXTRA = "extra"  # it stands in a file of the user's own


class Catalogue:
    """The compiled catalogue. `version` is a hash of the signature files and name tables it was made from."""

    def __init__(self, signatures: Sequence[Signature], version: str, extra: Sequence[Signature] = ()) -> None:
        self.signatures = signatures
        self.version = version
        self._extra = frozenset(extra)
        self._patterns: dict[int, Pattern] = {}
        self._memo: dict[str, tuple[Match, ...]] = {}

    @cached_property
    def _index(self) -> Index:
        if isinstance(self.signatures, compiled.Compiled):
            return self.signatures.by_name
        return index_of((signature.pattern, signature.names) for signature in self.signatures)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Every import root that a signature begins with: "transformers", "torch", "en_core_web_sm", …"""
        return frozenset(self._index)

    @cached_property
    def callables(self) -> frozenset[str]:
        """Every last part of a pattern, tables included: "from_pretrained", "resnet50", "load", …"""
        return self.callables_below(self._index)

    @cached_property
    def methods(self) -> frozenset[str]:
        """The last parts of patterns that hold for a class of any name and that tell of models by themselves:
        "from_pretrained", "from_single_file", "load_lora_weights", … but neither "load" nor "get"."""
        found = set()
        for signature in self.signatures:
            before, _, last = signature.pattern.rpartition(".")
            if ("*" in before or "()" in before) and last.startswith(("from_", "load_")) and last.isidentifier():
                found.add(last)
        return frozenset(found)

    def callables_below(self, roots: Iterable[str]) -> frozenset[str]:
        """The last parts of the patterns that begin with one of the import roots."""
        lasts = (last for root in roots for last in self._index.get(root, ()) if last)
        return frozenset(last.removesuffix("()").removesuffix("[]") for last in lasts)

    def may_choose(self, roots: Iterable[str]) -> bool:
        """Whether below one of the import roots the last part of a pattern is captured: any of many builders."""
        return not self._choosing.isdisjoint(roots)

    @cached_property
    def _choosing(self) -> frozenset[str]:
        captured = (s.pattern for s in self.signatures if s.pattern.rpartition(".")[2].startswith("<"))
        return frozenset(pattern.partition(".")[0] for pattern in captured)

    def in_peatmoss(self) -> frozenset[str]:
        """The ids of the rules that cover a signature of the PeaTMOSS paper (table `peatmoss`)."""
        return frozenset(s.id for row in tables.rows("peatmoss") for s, _ in self.find(row[2]))

    def origin(self, signature: Signature) -> Origin:
        """Where a signature of this catalogue comes from."""
        if signature in self._extra:
            return Origin.EXTRA
        return Origin.PEATMOSS if signature.id in self._of_peatmoss else Origin.PTMSCAN

    @cached_property
    def _of_peatmoss(self) -> frozenset[str]:
        return self.in_peatmoss()

    def find(self, name: str) -> tuple[tuple[Signature, str | None], ...]:
        """The signatures that a fully qualified name matches, each with the captured `<name>`.

        Only those of the most literal pattern are given, in the order of the file. They are alternatives (another
        release, the backbone that a detector loads without weights): the first whose conditions hold is the one that
        the call means. `name` may hold `?` for a part that is not known: it matches where a pattern has `*` or
        `<name>` (capture None).
        """
        found = self._memo.get(name)
        if found is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            found = self._memo[name] = self._find(name)
        return found

    def _find(self, name: str) -> tuple[Match, ...]:
        of_root = self._index.get(name.partition(".")[0])
        if of_root is None:
            return ()
        last = name.rpartition(".")[2]
        numbers = {*of_root.get(last, ()), *of_root.get("", ())}
        if last == "?":
            numbers = {number for group in of_root.values() for number in group}
        found: list[tuple[tuple[int, ...], int, Match]] = []
        for number in numbers:
            pattern = self._pattern(number)
            matches, captured = pattern.match(name)
            if matches:
                found.append((pattern.rank, number, (self.signatures[number], captured)))
        if not found:
            return ()
        best = min(rank for rank, _, _ in found)
        return tuple(match for rank, _, match in sorted(found, key=lambda item: item[1]) if rank == best)

    def _pattern(self, number: int) -> Pattern:
        found = self._patterns.get(number)
        if found is None:
            signature = self.signatures[number]
            found = self._patterns[number] = Pattern(signature.pattern, signature.names)
        return found


def signatures_path() -> Path:
    """Where signatures.yaml lies: in the installed package, or at the top of the source tree."""
    for path in (DATA / "signatures.yaml", Path(__file__).parents[2] / "signatures.yaml"):
        if path.is_file():
            return path
    raise UsageError("signatures.yaml is missing from this installation of ptmscan; install it again")


def load_catalogue(extra: tuple[Path, ...] = ()) -> Catalogue:
    """The catalogue, signatures of `extra` files first; a pattern of theirs replaces an equal built-in one.

    The compiled form in the wheel is used when it was made from these very files, else signatures.yaml is read.

    Raises:
        SignatureFileError: holding every mistake of every file.
        UsageError: a file that cannot be read.
    """
    main = signatures_path()
    content = main.read_bytes()
    signatures: Sequence[Signature] | None = _load_compiled(content)
    if signatures is None:
        from ptmscan.signatures.schema import read_document

        signatures = read_document(main.name, content.decode("utf-8")).signatures
    if not extra:
        return Catalogue(signatures, compiled.content_hash(content))
    from ptmscan.signatures.extra import read_extra

    added, texts = read_extra(extra)
    replaced = {signature.pattern for signature in added}
    kept = (signature for signature in signatures if signature.pattern not in replaced)
    return Catalogue((*added, *kept), compiled.content_hash(content, *texts), added)


def _load_compiled(content: bytes) -> compiled.Compiled | None:
    try:
        text = COMPILED.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        return compiled.load(text, compiled.content_hash(content))
    except (ValueError, LookupError, TypeError):
        return None
