"""Patterns of callables: what they expand to, what they match, and which of two is the more literal."""

from __future__ import annotations

import pytest

from ptmscan.signatures.pattern import Pattern, check, expand


def test_alternatives_expand_in_order() -> None:
    assert expand("a.{b,c}.{d,}") == ("a.b.d", "a.b.", "a.c.d", "a.c.")
    assert expand("a.{,b.}c") == ("a.c", "a.b.c")


@pytest.mark.parametrize("text", ["a.{b", "a.b}", "{" + "a," * 300 + "b}"])
def test_bad_alternatives_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"braces|more than"):
        expand(text)


@pytest.mark.parametrize(
    ("pattern", "name", "captured"),
    [
        ("a.b.f", "a.b.f", None),
        ("a.*.f", "a.b.f", None),
        ("a.**.f", "a.f", None),
        ("a.**.f", "a.b.c.f", None),
        ("a.Peft*.f", "a.PeftModelForX.f", None),
        ("a.**.*Config.f", "a.b.LoraConfig.f", None),
        ("a.<x>", "a.resnet50", "resnet50"),
        ("a.<x>.get", "a.BASE.get", "BASE"),
        ("a.**.<x>.<y>.get", "a.b.Weights.DEFAULT.get", "Weights.DEFAULT"),
        ("a.**().m", "a.B().m", None),
        ("a.**().m", "a.B.make().m", None),
        ("a.**().m", "a.B.make().to().m", None),
        ("a.**().*.m", "a.B().unet.m", None),
        ("a.T[]", "a.T[]", None),
        ("a.**.f", "a.?.f", None),
        ("a.<x>", "a.?", None),
    ],
)
def test_match(pattern: str, name: str, captured: str | None) -> None:
    assert Pattern(pattern).match(name) == (True, captured)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("a.b.f", "a.c.f"),
        ("a.*.f", "a.f"),
        ("a.*.f", "a.b.c.f"),
        ("a.**.f", "b.f"),
        ("a.**.f", "a.b.ff"),
        ("a.**.f", "a.B().f"),
        ("a.**().m", "a.B.m"),
        ("a.Peft*.f", "a.?.f"),
        ("a.b", "a.b()"),
    ],
)
def test_no_match(pattern: str, name: str) -> None:
    assert Pattern(pattern).match(name) == (False, None)


def test_names_bound_what_a_pattern_captures() -> None:
    pattern = Pattern("a.<x>", frozenset({"b"}))
    assert pattern.match("a.b") == (True, "b")
    assert pattern.match("a.c")[0] is False
    assert pattern.match("a.?") == (True, None)


def test_the_more_literal_pattern_has_the_smaller_rank() -> None:
    texts = ["a.b.C.f", "a.b.<x>.f", "a.b.C*.f", "a.b.*.f", "a.b.**.C*.f", "a.b.**.f", "a.**.f"]
    ranks = [Pattern(text).rank for text in texts]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize("text", ["**.f", "*.f", "a..b", "a.b c", "a.**", "a.**()", "a.*", "a.C*", "", "a.(b)"])
def test_what_is_no_pattern_is_said(text: str) -> None:
    assert check(text) is not None


@pytest.mark.parametrize("text", ["a", "a.b", "a.**.f", "<x>.load", "a.**().m", "a.C*.f", "a.T[]"])
def test_what_is_a_pattern_passes(text: str) -> None:
    assert check(text) is None
