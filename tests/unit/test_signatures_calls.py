"""Any call that a signature describes is found, however it is written: the oracle is the signature itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from written_calls import is_class_method, values

from ptmscan.scan import RECURSION_LIMIT
from ptmscan.signatures import load_catalogue
from ptmscan.signatures.model import Signature

if TYPE_CHECKING:
    from tests.conftest import ScanText

# A scan raises the limit; Hypothesis wants it unchanged while a test runs.
sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))

CATALOGUE = load_catalogue()
OMITTED = object()


@dataclass(frozen=True)
class Written:
    """A call as code: what stands before it, its callee, its arguments."""

    before: tuple[str, ...]
    name: str
    arguments: str


@st.composite
def names(draw: st.DrawFn, signature: Signature) -> str:
    """A name that the pattern matches: wildcards filled, captures chosen."""
    captured = sorted(signature.names or ("something",))
    parts: list[str] = []
    for part in signature.pattern.split("."):
        if part == "**":
            parts += draw(st.sampled_from([[], ["module"]]))
        elif part == "**()":
            parts.append("Thing()")
        elif part.startswith("<"):
            parts.append(draw(st.sampled_from(captured)) + part.rpartition(">")[2])
        else:
            parts.append(part.replace("*", "Anything"))
    return ".".join(parts)


@st.composite
def arguments(draw: st.DrawFn, signature: Signature) -> str:
    """The values passed by position as far as drawn, else under any of their names."""
    wanted = values(signature)
    positions = {spec.position: spec for spec in wanted if spec.position is not None}
    leading = draw(st.integers(0, max(positions, default=-1) + 1))
    written = [repr(wanted[positions[i]]) if i in positions else "something_else" for i in range(leading)]
    for spec, value in wanted.items():
        if spec.position is None or spec.position >= leading:
            keyword = draw(st.sampled_from(spec.keywords))
            for key in reversed(spec.keys):
                value = {key: value}
            written.append(f"{keyword}={value!r}")
    return ", ".join(written)


METHODS = [number for number, signature in enumerate(CATALOGUE.signatures) if is_class_method(signature)]


@st.composite
def calls(draw: st.DrawFn, *, methods: bool = False) -> tuple[Signature, Written]:
    last = len(CATALOGUE.signatures) - 1
    number = draw(st.integers(0, len(METHODS) - 1)) if methods else draw(st.integers(0, last))
    signature = CATALOGUE.signatures[METHODS[number] if methods else number]
    name = draw(names(signature))
    found = [one for one, _ in CATALOGUE.find(name)]
    assume(found and found[0] == signature)
    assume("[]" not in name)
    return signature, Written((), name, draw(arguments(signature)))


FORMS = ("import", "from", "alias", "partial", "variable")


def code(written: Written, form: str) -> str:
    """The call with its callee imported and bound in one of the ways of FORMS."""
    owner, _, last = written.name.rpartition(".")
    root = written.name.partition(".")[0]
    if "()" in written.name or form == "import" or not owner:
        return f"import {root}\nresult = {written.name}({written.arguments})\n"
    top, dot, rest = written.name.partition(".")
    if form == "from" and owner.count(".") <= 1 and not owner.rpartition(".")[2][:1].isupper():
        return f"from {owner} import {last}\n{last}({written.arguments})\n"
    if form == "alias":
        return f"import {top} as short\nshort{dot}{rest}({written.arguments})\n"
    if form == "partial":
        return f"import functools, {root}\nload = functools.partial({written.name})\nload({written.arguments})\n"
    return f"import {root}\nload = {written.name}\nload({written.arguments})\n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=calls(), form=st.sampled_from(FORMS))
def test_a_call_of_any_signature_is_found(call: tuple[Signature, Written], form: str, scan_text: ScanText) -> None:
    _, written = call
    text = code(written, form)
    alternatives = {one.id for one, _ in CATALOGUE.find(written.name)}
    found = [usage for usage in scan_text(text) if usage.signature in alternatives]
    assert found, text
    assert any(usage.pretrained is not False for usage in found), text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=calls(methods=True))
def test_a_class_that_derives_from_a_class_of_a_library_loads_like_it(
    call: tuple[Signature, Written], scan_text: ScanText
) -> None:
    signature, written = call
    owner, _, method = written.name.rpartition(".")
    base = owner if owner.rpartition(".")[2][:1].isupper() else f"{owner}.AnyClass"
    assume(CATALOGUE.find(f"{base}.{method}")[0][0] == signature)
    text = f"import {base.partition('.')[0]}\nclass Mine({base}): pass\nMine.{method}({written.arguments})\n"
    assert any(usage.signature == signature.id for usage in scan_text(text)), text
