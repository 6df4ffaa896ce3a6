"""The texts a part of a model's name may be: what is known of them, and why not all."""

from __future__ import annotations

from collections.abc import Iterable

from ptmscan.analysis.values import (
    REPOSITORY,
    Atom,
    Const,
    EnumMember,
    External,
    Hole,
    PathObject,
    Sequence,
    Text,
    Trace,
    Value,
    weightier,
)


def first_text(value: Value | None) -> str:
    """The constant that a value is, as text; empty when it is None, omitted or not known."""
    single = value.single() if value is not None else None
    return str(single.value) if isinstance(single, Const) and single.value is not None else ""


def single_text(value: Value | None) -> str | None:
    """The text of a value that is one constant text; None for any other."""
    single = value.single() if value is not None else None
    return single.value if isinstance(single, Const) and isinstance(single.value, str) else None


def texts_of(
    value: Value | None, *, objects: bool, optional: bool
) -> tuple[list[tuple[str | None, Trace, str | None]], str | None]:
    """The texts a part of a name may be, with trace and why known in part only; and why there may be others."""
    if value is None:
        return [("", (), None)], None
    found: list[tuple[str | None, Trace, str | None]] = []
    reason = value.open_reason
    for alternative in value.atoms:
        for text, partial in _atom_texts(alternative.atom, objects=objects, optional=optional):
            if text is None:
                reason = weightier(reason, partial)
            else:
                found.append((text, alternative.trace, partial))
    return found, reason


def _atom_texts(atom: Atom, *, objects: bool, optional: bool) -> list[tuple[str | None, str | None]]:
    match atom:
        case Const(value="None"):
            # What `str(name)` makes of a name that is not given; no hub has a model of that name.
            return []
        case Const(value=str() as text):
            return [(text, None)]
        case Const(value=None) if not optional:
            return []
        case Const(value=value) if optional:
            return [("" if value is None else str(value), None)]
        case Const():
            return [(None, "the argument is no text")]
        case Text(parts=(Hole() as start, str() as rest)) | PathObject(parts=(Hole() as start, str() as rest)) if (
            start == REPOSITORY
        ):
            return [(f".{rest}", None)]
        case Text(parts=parts):
            return [(shown(parts), next(p.reason for p in parts if isinstance(p, Hole)))]
        case PathObject(parts=parts):
            holes = [p.reason for p in parts if isinstance(p, Hole)]
            return [(shown(parts), holes[0] if holes else None)]
        case EnumMember(value=inner):
            return [x for a in inner.atoms for x in _atom_texts(a.atom, objects=objects, optional=optional)]
        case Sequence(items=items):
            return [x for i in items for a in i.atoms for x in _atom_texts(a.atom, objects=objects, optional=optional)]
        case External(name=name) if objects and "(" not in name and "[" not in name:
            return [(name, None)]
        case External(name=name):
            return [(None, _external_reason(name))]
        case _:
            return [(None, "the argument is an object, not a name")]


def _external_reason(name: str) -> str:
    if name.startswith("sys.argv"):
        return "a command-line argument (sys.argv)"
    if name.startswith("os.environ"):
        return "an environment variable"
    if name.startswith("builtins.input"):
        return "typed in by the user"
    return f"the result of `{name}`" if name.endswith(("()", "[]")) else f"the object `{name}`"


def shown(parts: Iterable[str | Hole]) -> str:
    """A text with its holes as `{…}`."""
    return "".join(p if isinstance(p, str) else "{…}" for p in parts)
