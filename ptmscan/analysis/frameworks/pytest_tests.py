"""pytest: what it passes to tests and fixtures, from `parametrize` and from the fixtures that parameters name.

Interface: pytest 8.4 (https://docs.pytest.org/en/stable/how-to/parametrize.html, …/reference/fixtures.html).
"""

from __future__ import annotations

import re
from posixpath import basename, dirname, join
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, generators, lookup
from ptmscan.analysis.alternatives import join as joined
from ptmscan.analysis.collection_functions import first
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.options import decorators
from ptmscan.analysis.index import BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    Made,
    Sequence,
    Setting,
    StepKind,
    Value,
    known,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

REQUEST = "pytest.FixtureRequest"
_PARAMETRIZE = "pytest.mark.parametrize"
_FIXTURES = frozenset(["pytest.fixture", "pytest.fixture()", "pytest_asyncio.fixture", "pytest_asyncio.fixture()"])


class PytestTests(Model):
    """The model of pytest."""

    def owns(self, made: Made) -> bool:
        """The object that tells a fixture what it is made for."""
        return made.name == REQUEST

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """`request.param`: one of the fixture's parameters."""
        return made.arguments.positional[0] if attr == "param" else unknown(f"`request.{attr}` of a fixture")

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """What a test or a fixture gets by that name."""
        if parameter.default is not None or not _is_called_by_pytest(ev, module, scope):
            return None
        given = _parameters(ev, module, scope, parameter.name)
        if given is not None:
            return Setting(given, only=True)
        if parameter.name == "request":
            params = _fixture_params(ev, module, scope)
            return None if params is None else Setting(_request(module, params), only=True)
        fixture = _fixture(ev, module, scope, parameter.name)
        if fixture is None:
            return None
        value = _made(ev, *fixture)
        if not scope.name.startswith("test") and _may_be_replaced(ev, scope, parameter.name):
            value = value.opened(f"another fixture `{parameter.name}` may take its place")
        return Setting(value, only=True)


def _is_called_by_pytest(ev: Evaluator, module: Module, scope: Scope) -> bool:
    """Whether a function is a test or a fixture of a file that pytest looks into."""
    name = basename(module.path)
    if not name.startswith(("test", "conftest")) and not name.endswith("_test.py") and "tests/" not in module.path:
        return False
    return scope.name.startswith("test") or _is_fixture(ev, module, scope)


def _is_fixture(ev: Evaluator, module: Module, scope: Scope) -> bool:
    if scope.kind is not ScopeKind.FUNCTION or scope.node is None or not scope.node.decorators:
        return False
    return bool(calls.decorator_names(ev, module, scope.id) & _FIXTURES)


# --- parametrize ------------------------------------------------------------------------------------------------------


def _parameters(ev: Evaluator, module: Module, scope: Scope, name: str) -> Value | None:
    """What the decorators of a test, or of the class around it, give a parameter; None when they do not."""
    around = module.scope(scope.parent) if scope.parent is not None else None
    for owner in (scope, *([around] if around is not None and around.kind is ScopeKind.CLASS else [])):
        for span, env, call in _calls_of(ev, module, owner, frozenset([_PARAMETRIZE])):
            given = calls.evaluate_arguments(ev, call.args, env)
            names = _names(first(given, "argnames"))
            if name in names and given.keyword("indirect") is not None:
                return unknown(f"what the fixture `{name}` makes of a parameter")
            if name in names:
                rows = next((a.value for a in call.args if a.name == "argvalues"), None)
                rows = rows or (call.args[1].value if len(call.args) > 1 else None)
                place = names.index(name) if len(names) > 1 else None
                value = unknown("a test without parameters") if rows is None else _column(ev, rows, place, env)
                return value.traced(env.step(span, StepKind.ARGUMENT))
    return None


def _calls_of(
    ev: Evaluator, module: Module, scope: Scope, names: frozenset[str]
) -> list[tuple[n.Span, Environment, n.Call]]:
    """The decorators of a definition that are calls of one of the names."""
    found = []
    for value, span, env in decorators(ev, module, scope):
        call = module.expression(span)
        atoms = (a.atom for a in value.atoms)
        if isinstance(call, n.Call) and any(
            isinstance(a, External) and a.name.removesuffix("()") in names for a in atoms
        ):
            found.append((span, env, call))
    return found


def _names(value: Value | None) -> list[str]:
    """The names of `"a, b"` or `["a", "b"]`."""
    single = value.single() if value is not None else None
    if isinstance(single, Const):
        return [part.strip() for part in str(single.value).split(",") if part.strip()]
    items = single.items if isinstance(single, Sequence) else ()
    return [str(c.value) for item in items for c in item.consts()]


def _column(ev: Evaluator, rows: n.Expr, place: int | None, env: Environment) -> Value:
    """What one parameter is in any of the rows, given their expression; `place` None: a row is the value itself."""
    if not isinstance(rows, (n.ListExpr, n.TupleExpr)):
        row = containers.elements(ev.evaluate(rows, env))
        found = [_cell(item, place) for item in row.items]
        return (
            joined(found) if row.complete and found else joined(found).opened("parameters of a test that are not known")
        )
    found = []
    for item in rows.items:
        if isinstance(item, n.Call) and _is_param(ev, item, env):
            plain = [a for a in item.args if a.name is None]
            cells = [ev.evaluate(a.value, env) for a in plain]
            found.append(cells[place or 0] if len(cells) > (place or 0) else unknown("a parameter of a test"))
        elif isinstance(item, n.Starred):
            found.append(_column(ev, item.value, place, env))
        else:
            found.append(_cell(ev.evaluate(item, env), place))
    return joined(found)


def _cell(row: Value, place: int | None) -> Value:
    if any(isinstance(a.atom, External) and a.atom.name == "pytest.param()" for a in row.atoms):
        return unknown("a parameter of a test")
    return row if place is None else containers.item(row, place)


def _is_param(ev: Evaluator, call: n.Call, env: Environment) -> bool:
    return any(isinstance(a, External) and a.name == "pytest.param" for a in ev.atoms(ev.evaluate(call.func, env)))


# --- fixtures ---------------------------------------------------------------------------------------------------------


def _fixture_params(ev: Evaluator, module: Module, scope: Scope) -> Value | None:
    """The values of `@pytest.fixture(params=[…])`."""
    for _, env, call in _calls_of(ev, module, scope, _FIXTURES):
        rows = next((a.value for a in call.args if a.name == "params"), None)
        if rows is not None:
            value = _column(ev, rows, None, env)
            is_replaced = _is_parametrized(ev, scope.name)
            return value.opened(f"tests may give the fixture `{scope.name}` others") if is_replaced else value
    return None


def _request(module: Module, params: Value) -> Value:
    return known(Made(REQUEST, module.path, (0, 0), Arguments((params,))))


def _fixture(ev: Evaluator, module: Module, scope: Scope, name: str) -> tuple[Module, Scope] | None:
    """The fixture that a name means in a test: of its class, its module, or the nearest `conftest.py` above."""
    own = scope.name == name  # A fixture that asks for its own name gets the one that it replaces.
    around = module.scope(scope.parent) if scope.parent is not None else None
    if around is not None and around.kind is ScopeKind.CLASS and not own:
        found = _defined(ev, module, around, name)
        if found is not None:
            return found
    folder = dirname(module.path)
    paths = [] if own else [module.path]
    while True:
        paths.append(join(folder, "conftest.py"))
        if not folder:
            break
        folder = dirname(folder)
    for path in dict.fromkeys(paths):
        other = ev.program.module(path) if path in ev.program.modules.files else None
        if other is not None and not (own and path == module.path):
            found = _defined(ev, other, other.scope(0), name)
            if found is not None:
                return found
    return None


def _may_be_replaced(ev: Evaluator, scope: Scope, name: str) -> bool:
    """Whether some test may see another fixture of a name than the fixture that asks for it does from its own place."""
    if scope.name == name:
        return False
    found = 0
    for path in ev.program.mentions([name]).get(name, ()):
        other = ev.program.module(path)
        for inner in other.index.scopes if other is not None else ():
            found += any(b.kind is BindingKind.FUNCTION for b in inner.bindings.get(name, ()))
    return found > 1 or _is_parametrized(ev, name)


def _is_parametrized(ev: Evaluator, name: str) -> bool:
    """Whether a `parametrize` somewhere may name a fixture."""
    written = re.compile(
        rb"parametrize\(\s*[\[(]?\s*(?:argnames\s*=\s*)?[^)\]]{0,400}[\"',\s]%s[\"',\s]" % name.encode()
    )
    modules = (ev.program.module(path) for path in ev.program.mentions([name]).get(name, ()))
    return any(m is not None and written.search(m.source.data) is not None for m in modules)


def _defined(ev: Evaluator, module: Module, scope: Scope, name: str) -> tuple[Module, Scope] | None:
    """The fixture that a module or class binds to a name, perhaps by an import."""
    for site in reversed(scope.bindings.get(name, ())):
        if site.kind is BindingKind.FUNCTION:
            inner = next((s for s in module.index.scopes if s.node is site.statement), None)
            if inner is not None and _is_fixture(ev, module, inner):
                return module, inner
        elif site.kind is BindingKind.FROM_IMPORT:
            value = lookup.module_attribute(ev, module.path, name)
            for atom in ev.atoms(value) if value is not None else ():
                if isinstance(atom, FunctionRef) and _is_fixture(
                    ev, m := ev.program.get(atom.path), m.scope(atom.scope)
                ):
                    return m, m.scope(atom.scope)
    return None


def _made(ev: Evaluator, module: Module, scope: Scope) -> Value:
    """What a fixture gives the tests that ask for it: its result, or what it yields."""
    around = module.scope(scope.parent or 0)
    receiver = around.kind is ScopeKind.CLASS and "builtins.staticmethod" not in calls.decorator_names(
        ev, module, scope.id
    )
    rows = []
    for p in scope.parameters[1:] if receiver else scope.parameters:
        setting = ev.setting(module, scope, p)
        rows.append((p.name, setting.value if setting is not None else unknown(f"parameter `{p.name}` of a fixture")))
    function = FunctionRef(module.path, scope.id)
    callee: Atom = BoundMethod(function, Instance(ClassRef(module.path, around.id))) if receiver else function
    env = lookup.environment(module, around, None)
    result = ev.call(known(callee), Arguments((), tuple(rows)), env, scope.span)
    return containers.any_item(result) if generators.is_generator(module, scope) else result
