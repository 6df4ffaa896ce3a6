"""How a load may fail: with the errors that something around it would take, tried one run after the other.

A library can raise anything. What nothing takes ends a program, and what arrived until then arrives without an error,
too. So a load raises only what a handler, `contextlib.suppress` or a `finally` in any frame above it deals with.
"""

import ast
import builtins

import coin

# Below this folder stands the program that is run.
_root = [""]
# By file: the places that deal with errors. By code object and instruction: those around a frame, from inside out.
_guards = {}
_around = {}
# Stands for all that no handler names.
_ANY = RuntimeError


class _Guard:
    """Statements and the errors that something around them takes, by handler; none where a `finally` only looks on.

    `idle`: from this place on an error changes nothing, for nothing is left to be done, and the handlers do nothing.
    """

    def __init__(self, body, handlers, *, is_idle):
        self.first, self.last = _start(body[0]), _end(body[-1])
        # Functions and classes in them run elsewhere, or in frames of their own.
        self.elsewhere = [span for s in body for span in _own_code(s)]
        self.handlers = handlers
        self.idle = _start(body[-1]) if is_idle and isinstance(body[-1], (ast.Expr, ast.Assign)) else None

    def holds(self, place):
        return self.first <= place < self.last and not any(a <= place < b for a, b in self.elsewhere)


def begin(root):
    """Forget what was worked out for the program before; another one stands below a folder."""
    _root[:] = [f"{root}/"]
    _guards.clear()
    _around.clear()


def perhaps(frame):
    """Raise one of the errors that something around a load in a frame deals with, or none."""
    errors = _errors(frame)
    if errors and (choice := coin.decide(1 + len(errors))):
        raise errors[choice - 1]("the library failed")


def _errors(frame):
    """An error for each handler and `finally` that one could reach, from inside out."""
    found, taken, own = [], [], frame
    while frame is not None:
        for guard in _around_frame(frame):
            idle = frame is own and guard.idle is not None and _place(frame) >= guard.idle
            for classes in guard.handlers or [[_ANY]]:
                # What an inner handler takes comes no further.
                error = next((c for c in classes if c not in found and not _is_taken(c, taken)), None)
                if error is not None and not idle:
                    found.append(error)
                taken += classes if guard.handlers else []
        frame = frame.f_back
    return found


def _is_taken(error, taken):
    return any(issubclass(error, Exception if t is _ANY else t) for t in taken)


def _around_frame(frame):
    path = frame.f_code.co_filename
    if not path.startswith(_root[0]):
        return ()
    key = (id(frame.f_code), frame.f_lasti)
    if key not in _around:
        place = _place(frame)
        _around[key] = [guard for guard in _in_file(path) if guard.holds(place)]
    return _around[key]


def _place(frame):
    line, _, column, _ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    return (line or 0, column or 0)


def _in_file(path):
    if path not in _guards:
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - no module that the programs may import is touched
            tree = ast.parse(stream.read())
        found = [guard for node in ast.walk(tree) for guard in _guards_of(node)]
        # Of two around a place the inner one begins later; a `finally` is outside the handlers of its statement.
        _guards[path] = sorted(found, key=lambda guard: guard.first, reverse=True)
    return _guards[path]


def _guards_of(node):
    if isinstance(node, ast.Try):
        if node.handlers:
            idle = all(isinstance(h.body[0], ast.Pass) for h in node.handlers) and not node.orelse
            yield _Guard(node.body, [_classes(h.type) for h in node.handlers], is_idle=idle)
        if node.finalbody:
            handled = [s for h in node.handlers for s in h.body]
            yield _Guard([*node.body, *handled, *node.orelse], [], is_idle=False)
    elif isinstance(node, ast.With):
        calls = [i.context_expr for i in node.items if isinstance(i.context_expr, ast.Call)]
        rows = [[c for a in call.args for c in _classes(a)] for call in calls if _is_suppress(call)]
        if rows:
            yield _Guard(node.body, rows, is_idle=True)


def _is_suppress(call):
    return getattr(call.func, "attr", None) == "suppress" or getattr(call.func, "id", None) == "suppress"


def _classes(node):
    """The errors that an expression behind `except` names; what takes any error stands for those that nothing names."""
    if node is None:
        return [_ANY]
    if isinstance(node, ast.Tuple):
        return [c for item in node.elts for c in _classes(item)]
    found = getattr(builtins, node.id, None) if isinstance(node, ast.Name) else None
    if found in (Exception, BaseException):
        return [_ANY]
    return [found] if isinstance(found, type) and issubclass(found, Exception) else []


def _own_code(statement):
    """The bodies of functions and classes in a statement."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Lambda):
            yield _start(node.body), _end(node.body)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield _start(node.body[0]), _end(node.body[-1])


def _start(node):
    return node.lineno, node.col_offset


def _end(node):
    return node.end_lineno, node.end_col_offset
