"""Changes of programs that keep their meaning. Each takes the Python files of a repository and gives them changed."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator
from posixpath import dirname, join

Files = dict[str, str]
DEAD = "dead/model"


def round_trip(files: Files) -> Files:
    """The files as `ast.unparse` writes them; those that do not parse stay as they are."""
    return {path: text if (tree := _tree(text, path)) is None else _text(tree) for path, text in files.items()}


def rename_variables(files: Files) -> Files:
    """Every variable that only one file knows gets another name."""
    changed = dict(files)
    for path, tree in _trees(files):
        others = " ".join(text for name, text in files.items() if name != path)
        texts = " ".join(n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
        known = set(re.findall(r"\w+", others + " " + texts))
        names = _variables(tree) - known
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in names:
                node.id += "_renamed"
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                node.names = [name + "_renamed" if name in names else name for name in node.names]
        changed[path] = _text(tree)
    return changed


def move_constants(files: Files) -> Files:
    """Literals that a module binds once go to a module of their own beside it, from which it imports them."""
    changed = dict(files)
    for path, tree in _trees(files):
        stored = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        moved = [s for s in tree.body if (name := _constant_name(s)) is not None and stored[name] == 1]
        if not moved:
            continue
        module = "moved_from_" + path.rpartition("/")[2].removesuffix(".py").strip("_")
        is_package = join(dirname(path), "__init__.py") in files
        tree.body = [
            ast.ImportFrom(module, [ast.alias(str(_constant_name(s)))], int(is_package)) if s in moved else s
            for s in tree.body
        ]
        changed[path] = _text(tree)
        changed[join(dirname(path), module + ".py")] = "\n".join(map(ast.unparse, moved)) + "\n"
    return changed


def wrap_statements(files: Files, loads: Collection[tuple[str, int]]) -> Files:
    """What a module's own flow loads is loaded by a function of its own, called in that place."""
    changed = dict(files)
    for path, tree in _trees(files):
        body: list[ast.stmt] = []
        for number, s in enumerate(tree.body):
            has_load = any((path, line) in loads for line in range(s.lineno, (s.end_lineno or s.lineno) + 1))
            if has_load and isinstance(s, (ast.Expr, ast.Assign)):
                name = f"wrapped_{number}"
                body += ast.parse(f"def {name}():\n    return {ast.unparse(s.value)}\n").body
                s.value = ast.Call(ast.Name(name), [], [])
            body.append(s)
        tree.body = body
        changed[path] = _text(tree)
    return changed


def wrap_script(files: Files) -> Files:
    """The whole of a script but for its imports is done by one function."""
    changed = dict(files)
    for path, tree in _trees(files):
        stem = path.rpartition("/")[2].removesuffix(".py")
        is_known = any(re.search(rf"\b{stem}\b", text) for name, text in files.items() if name != path)
        imports = [s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]
        rest = [s for s in tree.body if s not in imports]
        if is_known or not rest or any(isinstance(n, (ast.Global, ast.Return)) for s in rest for n in [s]):
            continue
        if any(isinstance(n, ast.Global) for n in ast.walk(tree)) or "__name__" in files[path]:
            continue
        function = ast.parse("def whole_script():\n    pass\n").body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body = rest
        tree.body = [*imports, function, *ast.parse("whole_script()").body]
        changed[path] = _text(tree)
    return changed


def reorder(files: Files) -> Files:
    """Neighbours among a module's statements that have nothing to do with each other change places."""
    changed = dict(files)
    for path, tree in _trees(files):
        body, i = tree.body, 0
        while i + 1 < len(body):
            if _independent(body[i], body[i + 1]):
                body[i], body[i + 1] = body[i + 1], body[i]
                i += 1
            i += 1
        changed[path] = _text(tree)
    return changed


def add_dead_code(files: Files) -> Files:
    """Functions that nobody calls, arms that are never taken and statements behind a `return`."""
    changed = dict(files)
    for path, tree in _trees(files):
        body: list[ast.stmt] = []
        for s in tree.body:
            body.append(s)
            if (name := _constant_name(s)) is not None:
                body += ast.parse(f"if False:\n    {name} = {DEAD!r}\nwhile 0:\n    {name} = {DEAD!r}\n").body
        tree.body = body
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return):
                node.body += ast.parse(f"unused = {DEAD!r}\nprint(unused)").body
        tree.body += ast.parse(f"def never_called():\n    unused = {DEAD!r}\n    return unused\n").body
        changed[path] = _text(tree)
    return changed


# --- parts ------------------------------------------------------------------------------------------------------------


def _tree(text: str, path: str) -> ast.Module | None:
    if not path.endswith(".py"):
        return None
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def _trees(files: Files) -> Iterator[tuple[str, ast.Module]]:
    for path, text in files.items():
        tree = _tree(text, path)
        if tree is not None:
            yield path, tree


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _variables(tree: ast.Module) -> set[str]:
    """The names that are bound as variables and as nothing else: no parameters, attributes of classes, imports."""
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    others: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name, body=body):
                others |= {name, *(n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name))}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                others.add(name)
            case ast.alias(name=name, asname=alias):
                others.add(alias or name.partition(".")[0])
            case _:
                pass
    return {name for name in bound - others if not name.startswith("__")}


def _constant_name(s: ast.stmt) -> str | None:
    """The name that a statement binds to a literal."""
    if isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name):
        try:
            ast.literal_eval(s.value)
        except ValueError:
            return None
        return None if s.targets[0].id.startswith("__") else s.targets[0].id
    return None


def _independent(a: ast.stmt, b: ast.stmt) -> bool:
    return _movable(a) and _movable(b) and not (_names(a) & _names(b))


def _movable(s: ast.stmt) -> bool:
    """Whether a statement has no effect but to bind names, and needs none but when what it binds is used."""
    match s:
        case ast.Import():
            return True
        case ast.ImportFrom(module=module, names=names):
            return module != "__future__" and all(alias.name != "*" for alias in names)
        case ast.FunctionDef(decorator_list=[]):
            return True
        case _:
            return _constant_name(s) is not None


def _names(s: ast.stmt) -> set[str]:
    """The names that a statement binds or uses; of a function's body only what it binds itself counts."""
    match s:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.FunctionDef(name=name, args=arguments):
            return {name, *(n.id for n in ast.walk(arguments) if isinstance(n, ast.Name))}
        case _:
            return {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
