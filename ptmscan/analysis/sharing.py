"""Whether a container may change where the flow of its name does not show it, and what is then still known of it.

The flow of a name follows `x.append(…)` and `x[k] = …` in the name's own scope. Another name for the object, a function
that gets it, an attribute that holds it or code of another module may change it, too. `Sharing` follows the object
through all its holders (`uses`), without regard to order, and weakens the value where one of them may change it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import lookup
from ptmscan.analysis.bindings import locate
from ptmscan.analysis.holders import (
    MAX_DEPTH,
    SAME,
    DottedHolder,
    Holder,
    Level,
    NameHolder,
    Tie,
    Use,
    UseKind,
    composed,
    nearest,
)
from ptmscan.analysis.index import MODULE_SCOPE, BindingKind, ScopeKind
from ptmscan.analysis.uses import UseFinder
from ptmscan.analysis.values import Alternative, Atom, Made, Mapping, Sequence, SequenceKind, Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.reads import Read

MAX_HOLDERS = 200
_IMPORTS_BY_TEXT = re.compile(rb"importlib|__import__|\bexec\b|\beval\b|runpy|import_module|sys\.modules")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may change unseen: the container itself, the containers in it from some depth on (None: none)."""

    own: bool
    depth: int | None

    def with_later(self, other: Verdict, stale: int) -> Verdict:
        """The verdict of now, with what changes later of the parts that other holders keep."""
        depths = [] if other.depth is None or stale > MAX_DEPTH else [max(other.depth, stale, 1)]
        depths += [self.depth] if self.depth is not None else []
        return Verdict(self.own or (other.own and stale == 0), min(depths, default=None))


STABLE = Verdict(own=False, depth=None)
UNSTABLE = Verdict(own=True, depth=1)
PASSING = frozenset([Tie.PASSING, Tie.SHOWN])


class Sharing:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator, only: str | None = None) -> None:
        """`only`: the one file whose uses count."""
        self.ev = ev
        self._finder = UseFinder(ev, only)
        self._placed: dict[Holder, tuple[Use, ...]] = {}
        self._at_reads: dict[tuple[Holder, tuple[Holder, ...], Read, str | None], Verdict | None] = {}
        self._run_once: dict[str, bool] = {}
        self._inside: dict[str, Sharing] = {}
        self._from_here: dict[tuple[Holder, tuple[Holder, ...]], Verdict] = {}
        self._uses: dict[Holder, tuple[Use, ...]] = {}
        self._verdicts: dict[Holder, Verdict] = {}
        self._alone: dict[str, bool] = {}
        # Verdicts that were asked for amid questions which they lead back to: they may take too little for sure.
        self.disturbed: list[Holder] = []
        self._stale: dict[Holder, int] = {}
        self._returned: dict[Holder, Level | None] = {}
        self._weakened: dict[tuple[int, Verdict], tuple[Value, Value]] = {}
        self._active: set[Holder] = set()
        self._deciding: set[Holder] = set()

    def checked(self, holder: Holder, value: Value) -> Value:
        """The value of a holder, weakened where its containers may change unseen."""
        if value.open_reason is not None or not any(_is_container(a.atom) for a in value.atoms):
            # An open value stays open whatever is taken from it.
            return value
        return self._checked(value, self.verdict(holder))

    def checked_in_flow(self, holder: NameHolder, value: Value) -> Value:
        """As `checked` for a name that the flow of its own module reads, which imports no other module of the program.

        Whoever changes the object in another module does so when this flow has come to its end.
        """
        whole = self.checked(holder, value)
        if whole is value or not self.is_alone(holder.path):
            return whole
        inside = self._within(holder.path)
        return self._checked(value, inside.verdict(holder).with_later(self.verdict(holder), inside.stale(holder)))

    def _within(self, path: str) -> Sharing:
        """What is to be said of objects if one file does all that is done."""
        if path not in self._inside:
            self._inside[path] = Sharing(self.ev, path)
        return self._inside[path]

    def stale(self, holder: Holder) -> int:
        """From how many items deep in an object on another holder keeps what a holder had when that one was made."""
        return self._stale.get(holder, 0)

    def is_alone(self, path: str) -> bool:
        """Whether a module imports no other module of the program, so that none runs while it does."""
        if path not in self._alone:
            self._alone[path] = _is_alone(self.ev, path)
        return self._alone[path]

    def checked_at(self, read: Read, holder: NameHolder, value: Value) -> Value | None:
        """As `checked`, or `checked_in_flow`, for what is read at one place: what comes later does not show in it.

        None where that is being worked out.
        """
        only = holder.path if self.is_alone(holder.path) else None
        verdict = self._at_read(read, (), holder, only)
        if verdict is not None and only is not None:
            if self.checked_in_flow(holder, value) is value:
                return value
            verdict = verdict.with_later(self.verdict(holder), self._within(only).stale(holder))
        return None if verdict is None else self._checked(value, verdict)

    def _at_read(
        self, read: Read, readers: tuple[Holder, ...], holder: Holder, only: str | None = None
    ) -> Verdict | None:
        """What may have changed unseen where an object is read; None where that is under way."""
        key = holder, readers, read, only
        if key not in self._at_reads:
            self._at_reads[key] = None
            sharing = self if only is None else self._within(only)
            whole = self.ev.cuts, self.ev.cycles
            with self.ev.aside():
                found = sharing._verdict(holder, readers, read)  # noqa: SLF001 - one of its own
            if (self.ev.cuts, self.ev.cycles) == whole:
                self._at_reads[key] = found
        return self._at_reads[key]

    def is_run_once(self, path: str) -> bool:
        """Whether whatever a module's flow does to objects of others is done once: nobody else imports the module."""
        if path not in self._run_once:
            name = path.rpartition("/")[2].rpartition(".")[0]
            others = [p for p in self.ev.program.mentions([name])[name] if p != path] if name.isidentifier() else [path]
            self._run_once[path] = self.is_alone(path) or (name != "__init__" and not others)
        return self._run_once[path]

    def checked_for(self, readers: tuple[Holder, ...], holder: Holder, value: Value, read: Read | None = None) -> Value:
        """As `checked` for an object that is read by names whose flow shows what is done by them.

        Such are the name that the one import of an object binds, and the dotted name of an attribute.
        """
        whole = self.checked(holder, value)
        if whole is not value and read is not None and (found := self._at_read(read, readers, holder)) is not None:
            return self._checked(value, found)
        if whole is value or not readers:
            return whole
        key = holder, readers
        if key not in self._from_here:
            with self.ev.aside():
                self._from_here[key] = self._verdict(holder, readers)
        return self._checked(value, self._from_here[key])

    def _checked(self, value: Value, verdict: Verdict) -> Value:
        if verdict == STABLE:
            return value
        key = id(value), verdict
        if key not in self._weakened:
            # A table of hundreds of entries is looked up again and again. The value is kept, so that its id is.
            self._weakened[key] = value, weakened(value, verdict)
        return self._weakened[key][1]

    def verdict(self, holder: Holder) -> Verdict:
        """What may change unseen of the object of a holder."""
        if holder not in self._verdicts:
            if holder in self._deciding:
                self.ev.cuts += 1
                return UNSTABLE
            self._deciding.add(holder)
            whole = self.ev.cuts, self.ev.cycles
            try:
                with self.ev.aside():
                    self._verdicts[holder] = self._verdict(holder)
            finally:
                self._deciding.discard(holder)
            if (self.ev.cuts, self.ev.cycles) != whole and self._verdicts[holder] != STABLE:
                self.disturbed.append(holder)
        return self._verdicts[holder]

    def uses(self, holder: Holder) -> tuple[Use, ...]:
        """The uses of a holder, wherever they are made; an escape while they are being worked out."""
        if holder not in self._uses:
            placed = self.placed_uses(holder)
            if holder not in self._placed:
                return placed
            self._uses[holder] = tuple(dict.fromkeys(replace(u, where=None) for u in placed))
        return self._uses[holder]

    def placed_uses(self, holder: Holder) -> tuple[Use, ...]:
        """The uses of a holder, each with its place; an escape while they are being worked out."""
        if holder not in self._placed:
            if holder in self._active:
                self.ev.cuts += 1
                return (Use(UseKind.ESCAPE),)
            self._active.add(holder)
            try:
                self._placed[holder] = self._finder.uses(holder)
            finally:
                self._active.discard(holder)
        return self._placed[holder]

    def _verdict(self, root: Holder, readers: tuple[Holder, ...] = (), read: Read | None = None) -> Verdict:
        unseen: set[int] = set()
        seen: set[tuple[int, int]] = set()
        lasting: set[tuple[int, int]] = set()
        for holder, level, tie, use in self._closure(root, readers, read):
            layers, depth = composed(level, use.level)
            at = use.at if holder == root else -1
            if read is not None and read.is_over(self.ev, use.where):
                # What is kept of the read shows what comes later, though the flow does not.
                if use.kind is UseKind.ESCAPE or (use.kind is UseKind.CHANGE and not layers):
                    unseen |= {d for d in (depth, max(depth, use.kind is UseKind.ESCAPE)) if d >= read.kept}
                continue
            match use.kind:
                case UseKind.CHANGE if layers or (holder in readers and use.seen):
                    pass
                case UseKind.CHANGE if use.seen and (holder == root or tie is Tie.SHOWN):
                    seen.add((depth, at))
                case UseKind.CHANGE:
                    unseen.add(depth)
                case UseKind.ESCAPE:
                    unseen |= {depth, max(depth, 1)}
                case UseKind.CAPTURE if tie in PASSING:
                    lasting.add((level[1], -1))
                case UseKind.RETURN if tie not in PASSING and not self._ends_with_call(root, holder):
                    if _tied(root, holder, tie, use) is Tie.LASTING:
                        lasting.add((depth, -1))
                case UseKind.ALIAS if _tied(root, holder, tie, use) is Tie.LASTING:
                    lasting.add((depth, at))
                case _:
                    pass
        # Another holder has seen the object as it was before a change that the flow of the root shows.
        if read is None:
            self._stale[root] = min((depth for depth, _ in lasting), default=MAX_DEPTH + 1)
        unseen |= {d for d, at in seen if d == 0 and self._has_default(root)}
        unseen |= {d for d, at in seen for kept, since in lasting if d >= kept and self._is_after(root, at, since)}
        return Verdict(0 in unseen, min((depth for depth in unseen if depth), default=None))

    def _is_after(self, root: Holder, change: int, alias: int) -> bool:
        """Whether a change of an object may come after an alias of it was made, both in the flow of one holder."""
        if change < 0 or alias < 0 or not isinstance(root, (NameHolder, DottedHolder)):
            return True
        module = self.ev.program.get(root.path)
        scope = module.scope(root.scope if isinstance(root, NameHolder) else MODULE_SCOPE)
        loops = [p.owner for p in locate(scope, change) if isinstance(p.owner, (n.For, n.While))]
        return bool(loops and loops[0].span[1] > alias) or change > alias

    def _closure(
        self, root: Holder, readers: tuple[Holder, ...] = (), read: Read | None = None
    ) -> list[tuple[Holder, Level, Tie, Use]]:
        """The uses of all holders that may stand for the object, each with how its holder relates to the object.

        Holders that come to stand for it after a `read` of which nothing is kept do not matter.
        """
        found: list[tuple[Holder, Level, Tie, Use]] = []
        pending: list[tuple[Holder, Level, Tie]] = [(root, SAME, Tie.LASTING)]
        visited = set(pending)
        while pending:
            holder, level, tie = pending.pop()
            for use in self.uses(holder) if read is None else self.placed_uses(holder):
                found.append((holder, level, tie, use))
                if use.kind is UseKind.RETURN and (tie in PASSING or self._ends_with_call(root, holder)):
                    continue
                if read is not None and read.kept > MAX_DEPTH and read.is_over(self.ev, use.where):
                    continue
                if use.holder is not None:
                    shown = use.tie is Tie.SHOWN and holder in readers
                    tied = Tie.SHOWN if shown else _tied(root, holder, tie, use)
                    following = (use.holder, composed(level, use.level), tied)
                    if following not in visited:
                        visited.add(following)
                        pending.append(following)
            if len(visited) > MAX_HOLDERS:
                return [(root, SAME, Tie.LASTING, Use(UseKind.ESCAPE))]
        return found

    def _ends_with_call(self, root: Holder, holder: Holder) -> bool:
        """Whether handing the object to the caller ends its life under the names of the function.

        What a function returns of an argument is followed where it is called.
        """
        if not isinstance(root, NameHolder) or not isinstance(holder, NameHolder):
            return False
        scope = self.ev.program.get(root.path).scope(root.scope)
        decorated = scope.node is not None and scope.node.decorators
        return (
            (root.path, root.scope) == (holder.path, holder.scope)
            and scope.kind is ScopeKind.FUNCTION
            and not decorated
        )

    def _has_default(self, root: Holder) -> bool:
        """Whether a holder is a parameter whose default object outlives the call."""
        if not isinstance(root, NameHolder):
            return False
        scope = self.ev.program.get(root.path).scope(root.scope)
        return any(p.name == root.name and p.default is not None for p in scope.parameters)

    def returned(self, holder: NameHolder) -> Level | None:
        """How the result of a function relates to the argument for a parameter; None when it holds nothing of it."""
        if holder not in self._returned:
            self._returned[holder] = SAME
            rows = self._closure(holder)
            levels = [
                composed(level, use.level)
                for h, level, _, use in rows
                if use.kind is UseKind.RETURN
                and isinstance(h, NameHolder)
                and (h.path, h.scope) == (holder.path, holder.scope)
            ]
            self._returned[holder] = nearest(levels)
        return self._returned[holder]


def _is_alone(ev: Evaluator, path: str) -> bool:
    module = ev.program.get(path)
    if _IMPORTS_BY_TEXT.search(module.source.data):
        return False
    sites = [b for scope in module.index.scopes for rows in scope.bindings.values() for b in rows]
    sites += [b for rows in module.index.outside_bindings.values() for _, b in rows]
    modules = {b.imported.name for b in sites if b.kind is BindingKind.IMPORT and b.imported is not None}
    statements = {id(b.statement): b.statement for b in sites if isinstance(b.statement, n.ImportFrom)}
    statements |= {id(s): s for _, s in module.index.star_imports}
    return not any(
        ev.program.modules.resolve(path, part) for name in modules for part in {name, name.partition(".")[0]}
    ) and not any(lookup.import_source(ev, module, s) for s in statements.values())


def _tied(root: Holder, holder: Holder, tie: Tie, use: Use) -> Tie:
    """How an alias of a holder, which has a tie to the root itself, is tied to the root."""
    if holder == root or tie is Tie.ANY_TIME:
        return use.tie if holder == root else tie
    if use.tie in PASSING:
        return Tie.PASSING
    here, there = holder, use.holder
    if tie in PASSING and isinstance(here, NameHolder) and isinstance(there, NameHolder):
        return Tie.PASSING if (here.path, here.scope) == (there.path, there.scope) else Tie.LASTING
    return Tie.LASTING


def _is_container(atom: Atom) -> bool:
    return isinstance(atom, (Sequence, Mapping)) or (isinstance(atom, Made) and atom.changeable)


def weakened(value: Value, verdict: Verdict) -> Value:
    """A value of which no more is taken for sure than a verdict leaves."""
    return _weakened_value(value, verdict, 0)


def _weakened_value(value: Value, verdict: Verdict, depth: int) -> Value:
    if not any(_is_container(a.atom) for a in value.atoms):
        return value
    atoms = tuple(Alternative(_weakened(a.atom, verdict, depth), a.trace) for a in value.atoms)
    return Value(atoms, value.open_reason)


def _weakened(atom: Atom, verdict: Verdict, depth: int) -> Atom:
    changed = verdict.own if depth == 0 else verdict.depth is not None and depth >= verdict.depth
    if verdict.depth is None and depth:
        return atom
    match atom:
        case Sequence(kind=kind, items=items, complete=complete):
            inner = tuple(_weakened_value(i, verdict, depth + 1) for i in items)
            return Sequence(kind, inner, complete and (kind is SequenceKind.TUPLE or not changed))
        case Mapping(items=pairs, complete=complete):
            kept = tuple((k, _weakened_value(v, verdict, depth + 1)) for k, v in pairs)
            return Mapping(kept, complete and not changed)
        case Made(arguments=given, changeable=True):
            # What it holds may change as well as itself.
            return replace(atom, arguments=replace(given, complete=False))
        case _:
            return atom
