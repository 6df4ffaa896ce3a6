"""One repository: discover, read, index, match, confirm. Everything below returns data; nothing here prints."""

from __future__ import annotations

import gc
import re
import sys
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ptmscan.analysis import given_names
from ptmscan.analysis.evaluator import Evaluator
from ptmscan.analysis.frameworks import all_frameworks
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.targets import INDIRECT_CALLS, target_roots
from ptmscan.analysis.handed_calls import handed_calls
from ptmscan.analysis.matcher import Match, Matcher, NoMatch
from ptmscan.analysis.modules import Modules
from ptmscan.analysis.one_launch import OneLaunch
from ptmscan.analysis.program import Module, Program
from ptmscan.analysis.sites import Sites, call_sites
from ptmscan.analysis.suspects import NamesModel, mentions_model, suspects
from ptmscan.analysis.usage import Origins, usage_record
from ptmscan.contents import Contents, TextFiles
from ptmscan.discovery import FileTree, select_python
from ptmscan.fingerprint import fingerprint, line_hashes
from ptmscan.mentions import Mentions
from ptmscan.prefilter import Names, Roots, alternation
from ptmscan.records import (
    ConfirmedBy,
    Diagnostic,
    DiagnosticCode,
    Evidence,
    ScanResult,
    Suspect,
    UsageRecord,
)
from ptmscan.scan_options import ParserName, ScanOptions
from ptmscan.scan_result import final_result
from ptmscan.signatures.catalogue import Catalogue
from ptmscan.source import CellLines, Source
from ptmscan.syntax import parsers
from ptmscan.syntax.confirmation import Agreed, Confirmer, Differ
from ptmscan.syntax.nodes import Call, Span

RECURSION_LIMIT = 50_000
# So many modules may hand a name for a loading callable to each other, each under another name.
MAX_FOLLOWED = 4
# What a parser gives up for, as the diagnostic that says so.
_PROBLEM_CODES = {
    "timeout": DiagnosticCode.TIMEOUT,
    "too-deep": DiagnosticCode.NESTING,
    "too-large": DiagnosticCode.TOO_LARGE,
}

Progress = Callable[[int, int], None]


def scan_tree(
    tree: FileTree,
    *,
    catalogue: Catalogue,
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    names_model: NamesModel | None = None,
) -> ScanResult:
    """Find every load of a pre-trained model in a tree.

    Problems of files become diagnostics of the result. `progress` is called with the files done and all candidates.
    With `names_model`, which tells names of known models from other text, suspects are looked for, too.
    """
    started = time.perf_counter()
    with working_conditions():
        session = Session(tree, catalogue, options or ScanOptions())
        found: dict[str, list[UsageRecord]] = {}
        candidates = session.candidates()
        session.read(candidates)
        for done, path in enumerate(candidates):
            found[path] = session.usages(path)
            if progress is not None:
                progress(done + 1, len(candidates))
        for _ in range(MAX_FOLLOWED):
            found |= {path: session.usages(path) for path in session.followers()}
        suspected = None if names_model is None else session.suspects(names_model)
        usages = [usage for rows in found.values() for usage in rows]
        return session.result(usages, time.perf_counter() - started, suspected)


@contextmanager
def working_conditions() -> Iterator[None]:
    """Deep recursion, which wrappers of wrappers need, and no garbage collection, both as before afterwards.

    A scan makes millions of small objects that live as long as it does: looking for cycles among them is in vain.
    """
    limit, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collects:
            gc.enable()


class Session:
    """The state of one scan: what was read, the program, and what went wrong."""

    def __init__(self, tree: FileTree, catalogue: Catalogue, options: ScanOptions) -> None:
        self.tree, self.catalogue, self.options = tree, catalogue, options
        self.files = select_python(tree.entries())
        self.contents = Contents(tree)
        self.problems: dict[Diagnostic, None] = dict.fromkeys(tree.diagnostics())
        self.program = Program(
            Modules((f.path for f in self.files), catalogue.roots),
            self._read,
            parsers.parser(options.parser),
            Mentions((f.path for f in self.files), self._raw),
            TextFiles(tree),
        )
        self._confirming: tuple[Module, Confirmer] | None = None
        launches = Launches()
        self.matcher = self._matcher_for(launches)
        self.calls = OneLaunch(self.matcher, launches, self._matcher_for)
        self._names: re.Pattern[bytes] = Names(()).pattern
        # Names that modules give to loading callables, each with such a module; those that others were looked at for.
        self._given: dict[str, str] = {}
        self._followed: frozenset[str] = frozenset()
        self._sites: dict[str, Sites] = {}
        # Calls of what others hand over, by file; those that come from files read since the last time.
        self._handed: dict[str, set[Span]] = {}
        self._handed_anew: set[str] = set()

    def _matcher_for(self, launches: Launches) -> Matcher:
        """A matcher with an evaluator of its own, for which the program is started by some launches."""
        evaluator = Evaluator(self.program, all_frameworks(launches))
        return Matcher(evaluator, self.catalogue, self.tree, lambda: launches.written(self.program))

    # --- which files --------------------------------------------------------------------------------------------------

    def candidates(self) -> tuple[str, ...]:
        """The files in which a load can start, by path; every Python file without the prefilter."""
        paths = [f.path for f in self.files]
        roots = self._imported_roots(paths) if self.options.prefilter else self.catalogue.roots
        configured = target_roots(self.program.texts)
        indirect = INDIRECT_CALLS if configured else frozenset()
        callables = self.catalogue.callables_below(roots | configured) | indirect
        names = Names(callables, chosen=self.catalogue.may_choose(roots | configured))
        self._names = names.pattern
        paths = [path for path in paths if self.options.is_asked_for(path)]
        if not self.options.prefilter:
            return tuple(paths)
        chosen = [path for path in paths if names.names and (raw := self._raw(path)) is not None and names.find(raw)]
        for path in sorted(set(paths).difference(chosen)):
            if path.endswith(".ipynb"):
                # A malformed notebook is told of even where no load could start in it.
                self._read(path)
        return tuple(chosen)

    def _imported_roots(self, paths: list[str]) -> frozenset[str]:
        """The import roots of the catalogue that some file of the repository may import."""
        imports = Roots(self.catalogue.roots)
        found: set[str] = set()
        for path in paths:
            raw = self._raw(path)
            if raw is not None and imports.test(raw):
                found |= imports.found(raw)
        return frozenset(found)

    def _raw(self, path: str) -> bytes | None:
        raw = self.contents.read(path)
        if isinstance(raw, Diagnostic):
            self.problems[raw] = None
            return None
        return raw

    def _read(self, path: str) -> Source | None:
        source = self.contents.source(path)
        if isinstance(source, Diagnostic):
            self.problems[source] = None
            return None
        self.problems |= dict.fromkeys(source.diagnostics)
        return source

    def followers(self) -> tuple[str, ...]:
        """The files that mention a name that a module read since the last time gives to a loading callable.

        They are to be looked at, once more if they were before: the name counts as one of a callable from now on.
        So are files with a function that such a module hands a loading callable to.
        """
        found, self._handed_anew = self._handed_anew, set()
        new = self._given.keys() - self._followed
        if new:
            self._followed = self._followed | new
            self._names = re.compile(self._names.pattern + b"|" + alternation(new))
            found |= {path for name in new for path in given_names.followers(self.program, self._given[name], name)}
        return tuple(sorted(path for path in found if self.options.is_asked_for(path)))

    # --- what is in them ----------------------------------------------------------------------------------------------

    def read(self, paths: Iterable[str]) -> None:
        """Read files and find the calls in them that may load, as long as their trees are there: all before any match.

        Otherwise most of them are read for the sake of another one first, and have to be parsed again for their own.
        """
        for path in paths:
            with self._nesting_told(path):
                module = self.program.module(path)
                if module is not None:
                    self._sites[path] = self._call_sites(module)

    def _call_sites(self, module: Module) -> Sites:
        """The call sites of a module, each of them read."""
        self._report_problems(module)
        sites = call_sites(module, self._names)
        for span in sites.calls:
            module.expression(span)
        return sites

    @contextmanager
    def _nesting_told(self, path: str) -> Iterator[None]:
        """Work on one file, given up with a diagnostic when it is nested too deeply."""
        try:
            yield
        except RecursionError:
            self.problems[Diagnostic(path, None, DiagnosticCode.NESTING, "nested too deeply to be analysed")] = None

    def usages(self, path: str) -> list[UsageRecord]:
        """The usage records of one file, in source order."""
        with self._nesting_told(path):
            module = self.program.module(path)
            if module is not None:
                return self.records(module, self.matches(module))
        return []

    def matches(self, module: Module) -> list[Match]:
        """The matches of one module, in source order."""
        found: list[Match] = []
        sites = self._sites.pop(module.path, None) or self._call_sites(module)
        self._note_handed(module, sites)
        handed = self._handed.get(module.path, set())
        for span in sorted({*sites.calls, *handed}, key=lambda s: (s[0], -s[1])):
            answer = self.calls.match(module, span, handed=span in handed)
            if not isinstance(answer, NoMatch):
                found += answer
        for limit in sorted(self.matcher.ev.limits):
            self.problems[Diagnostic(module.path, None, DiagnosticCode.LIMIT, limit)] = None
        names = given_names.given_names(self.matcher, module, sites.aliases) - self._given.keys()
        self._given |= dict.fromkeys(names, module.path)
        self.matcher.ev.limits.clear()
        return found

    def _note_handed(self, module: Module, sites: Sites) -> None:
        """Keep the calls, here and elsewhere, of what a module hands to functions, for their files to be looked at."""
        for path, span in handed_calls(self.matcher, module, sites.references):
            known = self._handed.setdefault(path, set())
            if span not in known and path != module.path:
                self._handed_anew.add(path)
            known.add(span)

    def suspects(self, names_model: NamesModel) -> list[Suspect]:
        """The suspects of all files, by place; none where no file holds the name of a known model."""
        paths = [f.path for f in self.files if self.options.is_asked_for(f.path)]
        if not any((raw := self._raw(f.path)) is not None and mentions_model(raw, names_model) for f in self.files):
            return []
        return [suspect for path in sorted(paths) for suspect in self._suspects(path, names_model)]

    def _suspects(self, path: str, names_model: NamesModel) -> list[Suspect]:
        found: list[Suspect] = []
        with self._nesting_told(path):
            module = self.program.module(path)
            found = [] if module is None else suspects(self.matcher, module, names_model)
        self.matcher.ev.limits.clear()
        return found

    def _report_problems(self, module: Module) -> None:
        parsed = self.program.parsed(module.path)
        if parsed.error_lines:
            offset = _line_offset(module.source.data, parsed.error_lines[0])
            position = module.source.position(offset)
            message = "cannot be parsed in full; what stands around the broken lines is read all the same"
            self.problems[Diagnostic(module.path, position.line, DiagnosticCode.SYNTAX, message, position.cell)] = None
        if parsed.problem is not None:
            code = _PROBLEM_CODES[parsed.problem]
            self.problems[Diagnostic(module.path, None, code, f"read in part only: {parsed.problem}")] = None

    def records(self, module: Module, matches: Iterable[Match]) -> list[UsageRecord]:
        """The records of matches of one module, in source order, secrets still in them."""
        origins = Origins(self.tree.repository, self.tree.commit)
        made = [usage_record(module, m, origins, self._confirmation(module, m)) for m in matches]
        return self._finished(module, made)

    def _confirmation(self, module: Module, match: Match) -> ConfirmedBy:
        """Whether the other parser reads the call in the same way."""
        if self.options.parser is ParserName.LIBCST:
            return ConfirmedBy.LIBCST
        call = module.expression(match.span)
        if not isinstance(call, Call):
            return ConfirmedBy.TREE_SITTER
        answer = self._confirmer(module).confirm(call)
        if isinstance(answer, Agreed):
            return ConfirmedBy.BOTH
        if isinstance(answer, Differ):
            position = module.source.position(match.span[0])
            message = "tree-sitter and libCST read this call differently; libCST's reading is the one to trust"
            self.problems[
                Diagnostic(module.path, position.line, DiagnosticCode.PARSERS_DIFFER, message, position.cell)
            ] = None
            return ConfirmedBy.LIBCST
        return ConfirmedBy.TREE_SITTER

    def _confirmer(self, module: Module) -> Confirmer:
        if self._confirming is None or self._confirming[0] is not module:
            self._confirming = (module, Confirmer(module.source, self.program.parsed(module.path)))
        return self._confirming[1]

    def _finished(self, module: Module, records: list[UsageRecord]) -> list[UsageRecord]:
        """Records with what needs the whole file: line hashes, and fingerprints that tell twins apart."""
        rows = {id(r): _joined_line(module, r) for r in records}
        hashes = line_hashes(self._hashed_text(module), set(rows.values()))
        cells = self._cell_lines(module)
        seen: dict[tuple[str, str, tuple[str, ...]], int] = {}
        finished = []
        for record in records:
            names = tuple(sorted(m.name for m in record.models))
            key = (record.scope, record.signature, names)
            ordinal = seen[key] = seen.get(key, -1) + 1
            identity = fingerprint(
                path=record.path, scope=record.scope, signature=record.signature, names=names, ordinal=ordinal
            )
            hashed = replace(record, line_hash=hashes.get(rows[id(record)], ""), fingerprint=identity)
            finished.append(hashed if cells is None else _placed(hashed, cells))
        return finished

    def _hashed_text(self, module: Module) -> str:
        """What line hashes read: the file with its byte order mark, of a notebook the code of its cells."""
        text = module.source.data.decode("utf-8", "replace")
        raw = self.contents.read(module.path)
        marked = isinstance(raw, bytes) and raw.startswith(BOM_UTF8) and not module.path.endswith(".ipynb")
        return f"\ufeff{text}" if marked else text

    def _cell_lines(self, module: Module) -> CellLines | None:
        """Where the cells of a notebook stand in its file; None for other files."""
        if not module.path.endswith(".ipynb"):
            return None
        raw = self.contents.read(module.path)
        return CellLines(module.path, raw) if isinstance(raw, bytes) else None

    # --- the result ---------------------------------------------------------------------------------------------------

    def result(self, usages: list[UsageRecord], seconds: float, found: list[Suspect] | None = None) -> ScanResult:
        """Everything in its final order, with secrets taken out. `found`: the suspects, if they were looked for."""
        for path, message in self.matcher.releases.requirements.problems.items():
            self.problems[Diagnostic(path, None, DiagnosticCode.LIMIT, message)] = None
        return final_result(
            self.tree,
            self.options,
            self.contents,
            signatures_version=self.catalogue.version,
            files=(f.path for f in self.files),
            usages=usages,
            problems=self.problems,
            seconds=seconds,
            suspects=found,
        )


def _line_offset(data: bytes, line: int) -> int:
    """The byte at which a 1-based line of the joined text begins."""
    offset = 0
    for _ in range(line - 1):
        following = data.find(b"\n", offset)
        if following < 0:
            break
        offset = following + 1
    return min(offset, max(0, len(data) - 1))


def _placed(record: UsageRecord, cells: CellLines) -> UsageRecord:
    """A usage in a notebook and the steps of its evidence there, with the lines of the file on which they stand."""

    def placed(step: Evidence) -> Evidence:
        if step.path != record.path or step.cell is None:
            return step
        return replace(step, file_line=cells.file_line(step.cell, step.line))

    models = tuple(replace(m, evidence=tuple(map(placed, m.evidence))) for m in record.models)
    line = None if record.cell is None else cells.file_line(record.cell, record.line)
    return replace(record, models=models, file_line=line)


def _joined_line(module: Module, record: UsageRecord) -> int:
    """The 1-based line of a record in the joined text of its file."""
    if record.cell is None:
        return record.line
    unit = next(u for u in module.source.units if u.cell == record.cell)
    return module.source.data.count(b"\n", 0, unit.start) + record.line
