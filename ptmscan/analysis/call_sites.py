"""Where a function may be called: calls by its name or an alias, in the files that mention it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptmscan.analysis import classes
from ptmscan.analysis.callbacks import Call, CallbackSites, makers
from ptmscan.analysis.evaluator import Evaluator
from ptmscan.analysis.index import BindingKind, Scope, ScopeKind
from ptmscan.analysis.program import Module
from ptmscan.analysis.sites import calls_of_results, items_of_tables
from ptmscan.analysis.values import ClassRef
from ptmscan.syntax import nodes as n

MAX_SITES = 512
_SHORT = 200
_WORD = re.compile(rb"[\w\x80-\xff]+")
_QUOTED = re.compile(rb"(?<=[\"'])[\w\x80-\xff]+(?=[\"'])")
# Beyond this many files that mention a function, only those are read that mention its module, too.
MAX_NEAR_FILES = 40
MAX_CALLER_FILES = 120

# Other ways to write the call of a constructor.
_CONSTRUCTORS = frozenset(["cls", "super", "__init__"])


class CallSites:
    """Finds the calls by name of functions of one program, once each."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.callbacks = CallbackSites(evaluator)
        self._calls: dict[tuple[str, int], tuple[tuple[Call, ...], bool]] = {}
        self._given: dict[str, dict[str, list[tuple[str, n.Span | None]]]] = {}
        self._by_name: dict[tuple[str, frozenset[str], frozenset[str], bytes], tuple[list[n.Span], bool]] = {}
        self._quoted: dict[str, frozenset[bytes]] = {}
        # For a function inside a decorator: what the decorator is applied to, whose names are those of its calls.
        self.decorated: dict[tuple[str, int], frozenset[str]] = {}
        self.escaping: set[tuple[str, int]] = set()  # functions that travel as objects: callers may be missed

    def find(self, module: Module, scope: Scope) -> tuple[tuple[Call, ...], bool]:
        """The calls whose callee bears a name of a function or class, and whether no other use of it was seen.

        They are candidates: the callee is still to be evaluated.
        """
        key = (module.path, scope.id)
        if key not in self._calls:
            self._calls[key] = self._find_calls(module, scope)
        return self._calls[key]

    def _find_calls(self, module: Module, scope: Scope) -> tuple[tuple[Call, ...], bool]:
        around = makers(module, scope)
        registered = self.callbacks.is_registered(module, scope)
        names = self._names(module, scope)
        paths, complete = self._files(module, scope, (names | around) - _CONSTRUCTORS)
        own = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(names - _CONSTRUCTORS)) or b"(?!)")
        found: list[Call] = self.callbacks.of_decorators(module, scope)
        for path in paths:
            other = self.ev.program.module(path)
            if other is None or self.ev.exhausted:
                complete = False
                continue
            applied = list(self.callbacks.decorations(other, names | around))
            found += [call for call, _ in applied]
            # What a decorator makes of a function is called by that function's name.
            decorated = frozenset(name for _, name in applied) if around else frozenset()
            self.decorated[module.path, scope.id] = self.decorated.get((module.path, scope.id), frozenset()) | decorated
            here = names | decorated
            spans, escapes = self._spans(other, here, around, own)
            if escapes:
                self.escaping.add((module.path, scope.id))
            if escapes:
                found += self.callbacks.handed(other, self._references(other, here, own))[0]
            complete = complete and not escapes and not self._is_quoted(other, names - _CONSTRUCTORS)
            for span in spans:
                node = other.expression(span)
                if isinstance(node, n.Call):
                    found.append(Call(other, other.index.scope_at(span[0]).id, node))
            if len(found) > MAX_SITES:
                return tuple(found[:MAX_SITES]), False
        return tuple(found), complete and not registered

    def _files(self, module: Module, scope: Scope, names: frozenset[str]) -> tuple[list[str], bool]:
        """The files that may call a function, and whether all: those that mention it and where it comes from."""
        mentioned = self.ev.program.mentions(names)
        paths = sorted({p for name in names for p in mentioned[name]})
        if len(paths) > MAX_NEAR_FILES and not is_method(module, scope):
            paths = self._near(module, names, paths)
        return (paths, True) if len(paths) <= MAX_CALLER_FILES else ([module.path], False)

    def _near(self, module: Module, names: frozenset[str], paths: list[str]) -> list[str]:
        """Of the files that mention a function, those that mention its module, or one that imports the function."""
        near = {module.path}
        any_name = rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b"
        imports = re.compile(rf"\bimport\b\s*(?:\*|\([^)]*{any_name}|[^\n(]*{any_name})")
        origins, seen = {_stem(module.path)}, set[str]()
        while origins and len(near) <= MAX_CALLER_FILES:
            seen |= origins
            mentioned = {p for rows in self.ev.program.mentions(sorted(origins)).values() for p in rows}
            found = [p for p in paths if p in mentioned and p not in near]
            near |= set(found)
            # Others may import it from these: `from .util import load`, or `*`, in the `__init__` of a package.
            packages = [p for p in mentioned if p.endswith("__init__.py") and p not in found]
            origins = {_stem(p) for p in (*found, *packages) if self._imports(p, imports)} - seen
        return sorted(near)

    def _imports(self, path: str, written: re.Pattern[str]) -> bool:
        """Whether a file's text imports a function, under whichever name, or all names of a module.

        It is not parsed for that: each file that is parsed uses up some of what one call site may.
        """
        text = self.ev.program.texts.read_text(path)
        return text is None or written.search(text) is not None

    def _spans(
        self, other: Module, names: frozenset[str], around: frozenset[str], own: re.Pattern[bytes]
    ) -> tuple[list[n.Span], bool]:
        """The calls by name in one file, and whether the function travels there as an object; kept by name."""
        key = (other.path, names, around, own.pattern)
        if key not in self._by_name:
            self._by_name[key] = self._find_spans(other, names, around, own)
        return self._by_name[key]

    def _find_spans(
        self, other: Module, names: frozenset[str], around: frozenset[str], own: re.Pattern[bytes]
    ) -> tuple[list[n.Span], bool]:
        here = names | self._aliases(other, names, around)
        pattern = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(here)))
        parsed = other.parsed_around(pattern)
        spans = set(parsed.calls(pattern))
        travels = parsed.references(own)
        if escapes := bool(travels):
            # Through a table, an argument, a return value: it may be called where its name does not stand.
            spans |= calls_of_results(other)
            if given := items_of_tables(other, travels):
                spans |= set(other.calls(re.compile(b"|".join(re.escape(name.encode()) for name in sorted(given)))))
        elif around:
            # `make("a")(f)`: what a function around returns is called at once.
            spans |= {s for s in calls_of_results(other) if _called_result(other, s) in around}
        return sorted(spans), escapes

    def _references(self, other: Module, names: frozenset[str], own: re.Pattern[bytes]) -> list[n.Span]:
        """Where a function travels in one file: under its own names, and under those given to it as it is."""
        given = sorted(
            alias
            for name in names
            for alias, span in self._passed_on(other).get(name, ())
            if span is not None and alias not in names - _CONSTRUCTORS and _names_one(other.expression(span), names)
        )
        spans = list(other.references(own))
        if given:
            spans += other.references(re.compile(b"|".join(re.escape(alias.encode()) for alias in given)))
        return list(dict.fromkeys(spans))

    def _names(self, module: Module, scope: Scope) -> frozenset[str]:
        """The names under which a function is called: its own; for a constructor, of its class and subclasses."""
        if scope.name != "__init__" or scope.parent is None:
            return frozenset([scope.name])
        owner = ClassRef(module.path, scope.parent)
        owners = (owner, *(classes.subclasses(self.ev, owner) or ()))
        return frozenset(classes.class_scope(self.ev, c)[1].name for c in owners) | _CONSTRUCTORS

    def _aliases(self, module: Module, names: frozenset[str], around: frozenset[str]) -> frozenset[str]:
        """Other names of a function: `import f as g`, `g = f`, `g = partial(f, …)`, `self.g = f`, `g = make_f(…)`."""
        passed_on = self._passed_on(module)
        return frozenset(
            alias
            for name in names | around
            for alias, span in passed_on.get(name, ())
            if alias not in names
            if (name in names if span is None else _gives(module, span, names, around))
        )

    def _passed_on(self, module: Module) -> dict[str, list[tuple[str, n.Span | None]]]:
        """For each word the names and attributes that are given an expression with it; no span: by an import."""
        if module.path not in self._given:
            found: dict[str, list[tuple[str, n.Span | None]]] = {}
            for alias, word, span in _gifts(module):
                found.setdefault(word, []).append((alias, span))
            self._given[module.path] = found
        return self._given[module.path]

    def _is_quoted(self, module: Module, names: frozenset[str]) -> bool:
        """Whether one of the names stands in a module as a text, by which the function may be found."""
        if module.path not in self._quoted:
            self._quoted[module.path] = frozenset(_QUOTED.findall(module.source.data))
        return not self._quoted[module.path].isdisjoint(name.encode() for name in names)


def _stem(path: str) -> str:
    """The last name by which a file is imported: of a package, its folder's."""
    parts = path.rsplit(".", 1)[0].split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def is_method(module: Module, scope: Scope) -> bool:
    """Whether a function stands directly in a class."""
    return scope.parent is not None and module.scope(scope.parent).kind is ScopeKind.CLASS


def _gifts(module: Module) -> Iterator[tuple[str, str, n.Span | None]]:
    """What gets something in a module: its name, a word of what it gets, the expression's span (None: an import)."""
    for scope in module.index.scopes:
        for alias, sites in scope.bindings.items():
            for site in sites:
                if site.kind is BindingKind.FROM_IMPORT and site.imported is not None:
                    yield alias, site.imported.name, None
                elif site.kind is BindingKind.ASSIGNMENT and site.value is not None:
                    yield from ((alias, word, site.value) for word in _words(module, site.value))
    for attr, stores in module.index.stores.items():
        for store in stores:
            if store.value is not None:
                yield from ((attr, word, store.value) for word in _words(module, store.value))


def _words(module: Module, span: n.Span) -> frozenset[str]:
    """The words of a short expression; none of a longer one."""
    text = module.source.data[span[0] : span[1]] if span[1] - span[0] < _SHORT else b""
    return frozenset(word.decode() for word in _WORD.findall(text))


def _gives(module: Module, span: n.Span, names: frozenset[str], around: frozenset[str]) -> bool:
    """Whether a short expression may give a function: it is one, is made of one, or is what a maker returns."""
    expr = module.expression(span)
    if isinstance(expr, n.Call):
        return _last(expr.func) in around or any(_last(a.value) in names for a in expr.args)
    return _names_one(expr, names)


def _names_one(expr: n.Expr, names: frozenset[str]) -> bool:
    """Whether an expression is one of the names, in one case at least."""
    match expr:
        case n.IfExp(body=one, orelse=other) | n.BoolOp(left=one, right=other):
            return _names_one(one, names) or _names_one(other, names)
        case _:
            return _last(expr) in names


def _called_result(module: Module, span: n.Span) -> str | None:
    """`make` of `make(…)(…)`; None of any other call."""
    expr = module.expression(span)
    inner = expr.func if isinstance(expr, n.Call) else None
    return _last(inner.func) if isinstance(inner, n.Call) else None


def _last(expr: n.Expr) -> str | None:
    match expr:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case _:
            return None
