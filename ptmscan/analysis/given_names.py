"""Names that a module gives to loading callables for others to call: `fetch = AutoModel.from_pretrained` in a module.

Call sites are found by names. These ones say nothing of models where they are called (`consts.fetch("bert")`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis import lookup
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.index import BindingKind, ScopeKind
from ptmscan.analysis.values import Atom, Mapping, Sequence, StepKind, Value

if TYPE_CHECKING:
    from ptmscan.analysis.matcher import Matcher
    from ptmscan.analysis.program import Module, Program

# Containers of containers of loading callables are looked into so far, each at so many items.
MAX_LEVELS = 3
MAX_ITEMS = 64
# Of more files than these that mention a name only those that mention the module are looked at.
MAX_FILES = 24

_GIVING = (BindingKind.ASSIGNMENT, BindingKind.WALRUS, BindingKind.FROM_IMPORT, BindingKind.IMPORT)


def given_names(matcher: Matcher, module: Module, aliases: Iterable[str]) -> frozenset[str]:
    """Those of a module's aliases for loading callables that other modules can see, by what they stand for."""
    return frozenset(
        alias for alias in aliases if any(_loads(matcher, v, MAX_LEVELS) for v in _values(matcher, module, alias))
    )


def followers(program: Program, origin: str, name: str) -> tuple[str, ...]:
    """The files that mention a name which a module of that path gives, but for the module itself."""
    paths = tuple(path for path in program.mentions([name])[name] if path != origin)
    if len(paths) <= MAX_FILES:
        return paths
    word = program.modules.name(origin).rpartition(".")[2]
    near = frozenset(program.mentions([word]).get(word, ()))
    return tuple(path for path in paths if path in near)


def _values(matcher: Matcher, module: Module, alias: str) -> Iterator[Value]:
    """What a name of the module or of a class in it, or an attribute, is given."""
    ev = matcher.ev
    for scope in module.index.scopes:
        if scope.kind is not ScopeKind.FUNCTION:
            for site in scope.bindings.get(alias, ()):
                if site.kind in _GIVING:
                    ev.begin(telling=False)
                    yield lookup.site_value(ev, module, scope, None, site, StepKind.MODULE_CONSTANT)
    for where, site in (row for key, rows in module.index.outside_bindings.items() if key[1] == alias for row in rows):
        ev.begin(telling=False)
        yield lookup.outside_value(ev, module, where, site)
    for store in module.index.stores.get(alias, ()):
        if store.value is not None:
            ev.begin(telling=False)
            frame = ev.open_frame(module, module.scope(store.scope))
            yield ev.evaluate_span(store.value, Environment(module, store.scope, frame))


def _loads(matcher: Matcher, value: Value, levels: int) -> bool:
    return any(_is_loading(matcher, a.atom, levels) for a in value.atoms)


def _is_loading(matcher: Matcher, atom: Atom, levels: int) -> bool:
    match atom:
        case Sequence(items=items) if levels:
            return any(_loads(matcher, item, levels - 1) for item in items[:MAX_ITEMS])
        case Mapping(items=pairs) if levels:
            return any(_loads(matcher, item, levels - 1) for _, item in pairs[:MAX_ITEMS])
        case _:
            return matcher.is_loading(atom)
