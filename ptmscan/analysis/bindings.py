"""Which bindings of a name can reach a place: scopes and flow, without evaluating anything.

The search walks the statement structure backwards from the place and looks only at statements that bind the name
(found by bisection), so it costs the number of those, not the length of the code. It may return too many bindings,
never too few. A caller that can decide tests passes `feasible` and gets only the bindings of arms that can be taken.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ptmscan.analysis.blocks import Block, arms, captured_names, completes, irrefutable, jumps, terminal
from ptmscan.analysis.index import Binding, BindingKind, ModuleIndex, Scope
from ptmscan.syntax import nodes as n

MAX_GUARDS = 8
# Of so many statements in a row it is asked whether they can raise what a handler takes.
MAX_RAISING = 16
# Changes of an object that are made whole, once all that may raise has been worked out.
_WHOLE_CHANGES = frozenset(["append", "insert", "add", "setdefault", "clear"])


@dataclass(frozen=True, slots=True)
class Branch:
    """An arm of a compound statement: taken when `test` is `taken`, or when `case` matches and no earlier one does.

    With `swallows`, the way out of a `with` body by an exception that the context manager `test` holds back.
    With `skips`, the way past a `for` loop whose iterable `test` has no items.
    With `entry`, the first time that the test of this loop is asked.
    With `handler`, the way from the body of `tried` into a handler, by an exception of its type.
    With `raising`, the way out of a statement by an exception that `handler` takes, or of any type.
    """

    scope: int
    test: n.Span
    taken: bool
    match: n.Match | None = None
    case: n.MatchCase | None = None
    swallows: bool = False
    skips: bool = False
    tried: n.Try | None = None
    handler: n.ExceptHandler | None = None
    raising: n.Stmt | None = None
    entry: n.While | None = None


Feasible = Callable[[Branch], bool]


def always(_branch: Branch) -> bool:
    """Every arm can be taken: the answer of one who cannot evaluate tests."""
    return True


@dataclass(frozen=True, slots=True)
class Reaching:
    """Bindings that may be in force at a place; `falls` when none of them may be (an outer name, or unset).

    `is_steady`: in one run of the scope it is the same binding each time, at this and any place with the same bindings.
    """

    sites: tuple[Binding, ...]
    falls: bool
    is_steady: bool = True

    def without(self, omitted: Binding | None) -> Reaching:
        """The same without one binding."""
        if omitted is None:
            return self
        return replace(self, sites=tuple(s for s in self.sites if s is not omitted))


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a block: before statement `index`, or `inside` it. `owner` and `arm` tell whose block it is."""

    block: Block
    index: int
    inside: bool
    owner: n.Stmt | None
    arm: str
    item: n.ExceptHandler | n.MatchCase | None = None


def locate(scope: Scope, position: int) -> tuple[Place, ...]:
    """The chain of blocks from the scope's body down to the statement that holds a position."""
    found = scope.places.get(position)
    if found is None:
        found = scope.places[position] = tuple(_locate(scope, position))
    return found  # type: ignore[return-value]


def _locate(scope: Scope, position: int) -> list[Place]:
    chain: list[Place] = []
    block: Block = scope.body
    owner: n.Stmt | None = None
    arm, item = "scope", None
    while True:
        i = bisect_right(block, position, key=lambda s: s.span[0]) - 1
        inside = i >= 0 and position < block[i].span[1]
        chain.append(Place(block, i if inside else i + 1, inside, owner, arm, item))
        if not inside:
            return chain
        for name, inner, of in arms(block[i]):
            if inner and inner[0].span[0] <= position < inner[-1].span[1]:
                owner, arm, item, block = block[i], name, of, inner
                break
        else:
            return chain


def entered(scope: Scope, s: n.Try, handler: n.ExceptHandler) -> Branch:
    """The arm that a handler is."""
    return Branch(scope.id, handler.span, True, tried=s, handler=handler)


class _Search:
    """One query: walks backwards and collects the bindings it meets."""

    def __init__(self, scope: Scope, sites: list[Binding], name: str, feasible: Feasible) -> None:
        self.scope, self.sites, self.name, self.feasible = scope, sites, name, feasible
        self.positions = [s.position for s in sites]
        # A change of an object is worked out from what was before it, so that nothing before it is to be looked for.
        # A dotted name (`attribute_flow`) has none elsewhere, either.
        own = any(s.kind is not BindingKind.MUTATION for s in sites) or any(p.name == name for p in scope.parameters)
        own = own or "." in name
        passed = (BindingKind.WALRUS, BindingKind.PERHAPS_CALLED)
        self.passed = passed if own else (*passed, BindingKind.MUTATION)
        self.found: dict[int, Binding] = {}

    def add(self, first: int, last: int) -> None:
        """Collect the sites with first < position <= last."""
        for i in range(bisect_right(self.positions, first), bisect_right(self.positions, last)):
            self.found[id(self.sites[i])] = self.sites[i]

    def add_block(self, block: Block) -> None:
        if block:
            self.add(block[0].span[0], block[-1].span[1])

    def has(self, block: Block) -> bool:
        if not block:
            return False
        i = bisect_right(self.positions, block[0].span[0])
        return i < len(self.positions) and self.positions[i] <= block[-1].span[1]

    def from_place(self, position: int) -> bool:
        chain = list(locate(self.scope, position))
        falls = self.in_statement(chain[-1], position)
        while chain and falls:
            place = chain.pop()
            if not self.walk(place.block, place.index):
                return False
            if place.owner is None:
                return True
            falls = self.leave(place.owner, place)
        return falls

    def in_statement(self, place: Place, position: int) -> bool:
        """What the statement itself bound before the position (walrus, `with`), or a loop carries to its test."""
        if not place.inside:
            return True
        s = place.block[place.index]
        for i in range(bisect_left(self.positions, position + 1) - 1, -1, -1):
            site = self.sites[i]
            if site.position <= s.span[0]:
                break
            self.found[id(site)] = site
            if site.kind is BindingKind.WITH and site.statement is s:
                return False
        if isinstance(s, n.While):
            self.carried(s)
        return True

    def carried(self, loop: n.While | n.For) -> bool:
        """What an earlier round of a loop leaves behind; False when each round that ends binds the name."""
        if self.has(loop.body):
            if jumps(loop.body):
                self.add_block(loop.body)
            elif completes(loop.body):
                return self.walk(loop.body, len(loop.body))
        return True

    def leave(self, s: n.Stmt, place: Place) -> bool:
        """Go from the start of an arm to before its statement `s`; False when `s` binds the name there."""
        match s:
            case n.For(iterable=iterable):
                if place.arm == "body":
                    if self.bound_in_header(s, iterable[1]):
                        return False
                    self.carried(s)
                else:
                    self.carried(s)
                    self.add(s.span[0], iterable[1])
            case n.While():
                self.carried(s)
            case n.Try():
                return self.leave_try(s, place)
            case n.With(items=items):
                if items and self.bound_in_header(s, items[-1].value[1]):
                    return False
            case n.Match():
                case = place.item
                self.add_refused(s.cases[: s.cases.index(case)] if isinstance(case, n.MatchCase) else ())
                if isinstance(case, n.MatchCase) and self.name in captured_names(case.pattern):
                    self.add_item(case)
                    return False
            case _:
                pass
        start = next((block[0].span[0] for _, block, _ in arms(s) if block), s.span[1])
        self.add(s.span[0], start - 1)
        return True

    def leave_try(self, s: n.Try, place: Place) -> bool:
        match place.arm:
            case "handler":
                if isinstance(place.item, n.ExceptHandler) and place.item.name == self.name:
                    self.add_item(place.item)
                    return False
                return self.raised_before(s, place.item)
            case "orelse":
                return self.walk(s.body, len(s.body))
            case "final":
                self.add(s.span[0], place.block[0].span[0])
                return True
            case _:
                return True

    def add_item(self, item: n.ExceptHandler | n.MatchCase) -> None:
        for site in self.sites:
            if site.item is item:
                self.found[id(site)] = site

    def add_refused(self, cases: tuple[n.MatchCase, ...]) -> None:
        """What patterns captured stays bound when their guard then refuses the case."""
        for case in cases:
            if case.guard is not None and self.name in captured_names(case.pattern):
                self.add_item(case)

    def bound_in_header(self, s: n.Stmt, end: int) -> bool:
        before = len(self.found)
        for i in range(bisect_right(self.positions, s.span[0]), bisect_right(self.positions, end)):
            if self.sites[i].statement is s and self.sites[i].kind in (BindingKind.LOOP, BindingKind.WITH):
                self.found[id(self.sites[i])] = self.sites[i]
        return len(self.found) > before

    def walk(self, block: Block, index: int) -> bool:
        """Walk back over block[:index]; True when control may come from before the block without a binding."""
        while index > 0:
            k = bisect_right(self.positions, block[index - 1].span[1]) - 1
            if k < 0 or self.positions[k] <= block[0].span[0]:
                return True
            at = bisect_left(block, self.positions[k], key=lambda s: s.span[0]) - 1
            if not self.exits(block[at], k):
                return False
            index = at
        return True

    def exits(self, s: n.Stmt, k: int) -> bool:
        """Collect what a statement leaves bound at its normal end; False when it binds the name in any case."""
        match s:
            case n.If():
                return self.exits_if(s)
            case n.For() | n.While():
                return self.exits_loop(s)
            case n.Try():
                return self.exits_try(s)
            case n.With(items=items, body=body):
                suppresses = any(
                    self.feasible(Branch(self.scope.id, item.value, False, swallows=True)) for item in items
                )
                falls = self.walk(body, len(body)) if completes(body) else False
                if suppresses:
                    self.add_block(body)
                if falls and items and self.bound_in_header(s, items[-1].value[1]):
                    return False
                return falls or suppresses
            case n.Match():
                return self.exits_match(s)
            case _:
                return self.exits_simple(s, k)

    def exits_simple(self, s: n.Stmt, k: int) -> bool:
        while k >= 0 and self.positions[k] > s.span[0]:
            site = self.sites[k]
            self.found[id(site)] = site
            if site.kind not in self.passed:
                return False
            k -= 1
        return True

    def exits_if(self, s: n.If) -> bool:
        falls = False
        for block, taken in ((s.body, True), (s.orelse, False)):
            if completes(block) and self.feasible(Branch(self.scope.id, s.test, taken)):
                falls = self.walk(block, len(block)) or falls
        if falls:
            self.add(s.span[0], s.body[0].span[0] - 1 if s.body else s.span[1])
        return falls

    def exits_loop(self, s: n.For | n.While) -> bool:
        if isinstance(s, n.While) and not self.enters(s, taken=True):
            return self.walk(s.orelse, len(s.orelse))
        if isinstance(s, n.For) and not self.feasible(Branch(self.scope.id, s.iterable, False, skips=True)):
            return self.exits_sure_loop(s)
        before = frozenset(self.found)
        stays = self.carried(s)
        header = s.iterable[1] if isinstance(s, n.For) else s.test[1]
        self.add(s.span[0], header)
        self.note_end(s, before, stays=stays)
        falls = not isinstance(s, n.While) or stays or self.enters(s, taken=False)
        if self.has(s.orelse) and completes(s.orelse):
            return (self.walk(s.orelse, len(s.orelse)) or jumps(s.body)) and falls
        return falls

    def enters(self, s: n.While, *, taken: bool) -> bool:
        """Whether the test of a loop can be true (or false) when it is asked first."""
        later = not taken or self.feasible(Branch(self.scope.id, s.test, True))
        return later and self.feasible(Branch(self.scope.id, s.test, taken, entry=s))

    def exits_sure_loop(self, s: n.For) -> bool:
        """As `exits_loop` for a loop that runs at least once: what every round binds is bound behind it."""
        before = frozenset(self.found)
        stays = self.carried(s)
        bound = self.bound_in_header(s, s.iterable[1])
        self.note_end(s, before, stays=stays)
        if self.has(s.orelse) and completes(s.orelse) and not self.walk(s.orelse, len(s.orelse)) and not jumps(s.body):
            return False
        return stays and not bound

    def note_end(self, s: n.For | n.While, before: frozenset[int], *, stays: bool) -> None:
        """What the header of a loop bound is what its last round bound, unless the loop is left early.

        Nothing of it is left where no round has what the header bound `stays` to its end. What was found `before`, as
        what the loop may raise with, is left.
        """
        if isinstance(s, n.For) and not jumps(s.body):
            for key, site in tuple(self.found.items()):
                if key not in before and site.statement is s and site.kind is BindingKind.LOOP:
                    del self.found[key]
                    if stays:
                        last = replace(site, kind=BindingKind.LOOP_END)
                        self.found[id(last)] = last

    def exits_try(self, s: n.Try) -> bool:
        if s.finalbody and not self.walk(s.finalbody, len(s.finalbody)):
            return False
        falls = False
        if completes(s.orelse) and self.ends(s.body):
            falls = self.walk(s.orelse, len(s.orelse)) and self.walk(s.body, len(s.body))
        for handler in s.handlers:
            if completes(handler.body) and self.feasible(entered(self.scope, s, handler)):
                if handler.name == self.name:
                    continue  # the name is deleted at the handler's end
                if self.walk(handler.body, len(handler.body)):
                    falls = self.raised_before(s, handler) or falls
        return falls

    def ends(self, block: Block) -> bool:
        """Whether control can reach the end of a block: not past an `if` of which only the arm that leaves is taken."""
        guards = (s for s in block if isinstance(s, n.If) and completes(s.body) is not completes(s.orelse))
        return completes(block) and all(self.feasible(Branch(self.scope.id, s.test, completes(s.body))) for s in guards)

    def raised_before(self, s: n.Try, handler: object) -> bool:
        """Collect what may be in force where a handler begins; True when that may be what was before the `try`."""
        if not isinstance(handler, n.ExceptHandler) or not self.has(s.body):
            return True
        before = len(self.found)
        falls = self.raised(s.body, handler)
        if not falls and len(self.found) == before:
            self.add_block(s.body)  # a handler that nothing leads to
            return True
        return falls

    def raised(self, block: Block, handler: n.ExceptHandler) -> bool:
        """Collect what may be in force where a block raises; True when that may be what was before it.

        Between two statements that bind the name one that may raise is as good as another.
        """
        falls, start = False, 0
        for i, s in enumerate(block):
            binds = self.has((s,))
            if not binds and i + 1 < len(block):
                continue
            if self.may_raise(block[start : i + 1], handler):
                if binds and self.may_raise((s,), handler):
                    self.add_under_way(s, handler)
                falls = self.walk(block, start) or falls
            start = i + 1
        return falls

    def may_raise(self, block: Block, handler: n.ExceptHandler) -> bool:
        if len(block) > MAX_RAISING:
            return True
        return any(self.feasible(Branch(self.scope.id, s.span, True, handler=handler, raising=s)) for s in block)

    def add_under_way(self, s: n.Stmt, handler: n.ExceptHandler) -> None:
        """Collect what a statement that binds the name may have bound when it raises."""
        if isinstance(s, n.If):
            self.add(s.span[0], s.body[0].span[0] - 1 if s.body else s.span[1])
            for block in (s.body, s.orelse):
                if self.has(block):
                    self.raised(block, handler)
            return
        for i in range(bisect_right(self.positions, s.span[0]), bisect_right(self.positions, s.span[1])):
            if not _is_made_last(s, self.sites[i]):
                self.found[id(self.sites[i])] = self.sites[i]

    def exits_match(self, s: n.Match) -> bool:
        falls = not any(irrefutable(c) for c in s.cases)
        self.add_refused(s.cases)
        for case in s.cases:
            if not completes(case.body) or not self.feasible(Branch(self.scope.id, s.subject, True, s, case)):
                continue
            if self.walk(case.body, len(case.body)):
                if self.name in captured_names(case.pattern):
                    self.add_item(case)
                else:
                    falls = True
        return falls


def _is_made_last(s: n.Stmt, site: Binding) -> bool:
    """Whether a statement that raises has not made one of its bindings."""
    if site.statement is not s or site.function is not None:
        return False
    match s:
        case n.Assign(targets=targets):
            plain = site.kind in (BindingKind.ASSIGNMENT, BindingKind.MUTATION)
            return plain and (len(targets) == 1 or all(isinstance(t, n.Name) for t in targets)) and _is_flat(targets[0])
        case n.AnnAssign(target=target):
            return site.kind in (BindingKind.ASSIGNMENT, BindingKind.MUTATION) and _is_flat(target)
        case n.ExprStmt(method=method):
            return site.kind is BindingKind.MUTATION and method in _WHOLE_CHANGES
        case n.FunctionDef() | n.ClassDef():
            return site.kind in (BindingKind.FUNCTION, BindingKind.CLASS)
        case _:
            return False


def _is_flat(target: n.Expr) -> bool:
    """Whether a target is one name or item, or names side by side: what cannot be unpacked binds none of them."""
    match target:
        case n.Name() | n.Subscript():
            return True
        case n.TupleExpr(items=items) | n.ListExpr(items=items):
            return all(
                isinstance(i, n.Name) or (isinstance(i, n.Starred) and isinstance(i.value, n.Name)) for i in items
            )
        case _:
            return False


def reaching(scope: Scope, name: str, position: int, feasible: Feasible = always) -> Reaching:
    """The bindings of a name in its scope that may be in force just before a byte position."""
    sites = scope.bindings.get(name)
    if not sites:
        return Reaching((), True)
    search = _Search(scope, sites, name, feasible)
    falls = search.from_place(position)
    return Reaching(tuple(sorted(search.found.values(), key=lambda b: b.position)), falls)


def at_end(scope: Scope, name: str, feasible: Feasible = always) -> Reaching:
    """The bindings of a name that may be in force when the scope's body has run to its end."""
    sites = scope.bindings.get(name)
    if not sites:
        return Reaching((), True)
    search = _Search(scope, sites, name, feasible)
    falls = search.walk(scope.body, len(scope.body))
    return Reaching(tuple(sorted(search.found.values(), key=lambda b: b.position)), falls)


def at_any_time_after(
    index: ModuleIndex, scope: Scope, name: str, position: int, feasible: Feasible = always
) -> Reaching:
    """The bindings that a function defined at `position` may see when it runs: in force there, or later."""
    sites = scope.bindings.get(name, [])
    outside = index.outside_bindings.get((scope.id, name), ())
    first = reaching(scope, name, position, feasible)
    in_loop = any(isinstance(place.owner, (n.For, n.While)) for place in locate(scope, position))
    later = [s for s in sites if s.position > position or in_loop]
    found = {id(s): s for s in (*first.sites, *later)}
    return Reaching((*found.values(), *(b for _, b in outside)), first.falls, is_steady=False)


def enclosing_branches(scope: Scope, position: int) -> Iterator[Branch]:
    """The arms around a position, outermost first."""
    return (b for place in locate(scope, position) if (b := branch_of(scope, place)) is not None)


def branch_of(scope: Scope, place: Place) -> Branch | None:
    """The arm that a block is, if a test or a pattern leads to it."""
    match place.owner:
        case n.If(test=test):
            return Branch(scope.id, test, place.arm == "body")
        case n.While(test=test) if place.arm == "body":
            return Branch(scope.id, test, True)
        case n.Match(subject=subject) as s if isinstance(place.item, n.MatchCase):
            return Branch(scope.id, subject, True, s, place.item)
        case _:
            return None


def passed_guards(scope: Scope, position: int) -> Iterator[Branch]:
    """The arms by which control came past the `if … : return` statements before a position, the nearest ones."""
    return (guard_of(scope, s) for place in locate(scope, position) for s in guards_before(place))


def guards_before(place: Place) -> Iterator[n.If]:
    """The statements before a place of which one arm leaves the block, the nearest ones."""
    for s in place.block[max(0, place.index - MAX_GUARDS) : place.index]:
        if isinstance(s, n.If) and completes(s.body) is not completes(s.orelse):
            yield s


def guard_of(scope: Scope, s: n.If) -> Branch:
    """The arm of a statement by which control goes on behind it."""
    return Branch(scope.id, s.test, completes(s.body))


def follows_terminal(scope: Scope, position: int) -> bool:
    """Whether a statement before the position in one of its blocks never lets control come here."""
    return any(
        terminal(s) for place in locate(scope, position) for s in place.block[max(0, place.index - 200) : place.index]
    )
