"""The small notations of signatures.yaml."""

from __future__ import annotations

import pytest

from ptmscan.signatures.model import ArgumentSpec, GateTest
from ptmscan.signatures.notation import Condition, Parameter, names_of_table, parse_call, parse_condition


def test_a_call_is_written_as_in_python() -> None:
    pattern, parameters = parse_call("a.b.f(model|name, pretrained=False, *, source='git, hub')")
    assert pattern == "a.b.f"
    assert parameters == (
        Parameter(ArgumentSpec(0, ("model", "name"))),
        Parameter(ArgumentSpec(1, ("pretrained",)), default=False),
        Parameter(ArgumentSpec(None, ("source",)), default="git, hub"),
    )


def test_brackets_mark_what_names_the_model() -> None:
    _, parameters = parse_call("a.f(x, <new | old>='m', <z>)")
    assert [(p.name, p.marked, p.default) for p in parameters] == [
        ("x", False, None),
        ("new", True, "m"),
        ("z", True, None),
    ]


def test_a_parameter_behind_the_star_may_have_a_place_too() -> None:
    _, parameters = parse_call("a.f(model, *, revision@5, source@2='hub')")
    assert [(p.name, p.argument.position, p.default) for p in parameters] == [
        ("model", 0, None),
        ("revision", 4, None),
        ("source", 1, "hub"),
    ]


def test_a_call_may_have_no_parameters_and_results_of_calls_in_its_name() -> None:
    assert parse_call("a.**().m(x)") == ("a.**().m", (Parameter(ArgumentSpec(0, ("x",))),))
    assert parse_call("a.load()") == ("a.load", ())
    assert parse_call("a.load") == ("a.load", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.f(x",
        "a.f(1)",
        "a.f(x, x)",
        "a.f(x|y, y)",
        "a.f(x=y)",
        "a.f(x=[1])",
        "a f(x)",
        "a.f(<x)",
        "a.f(x>)",
        "a.f(x@0)",
    ],
)
def test_a_wrong_call_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_call(text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("x is true", Condition("x", GateTest.TRUE)),
        ("x is set", Condition("x", GateTest.SET)),
        ("x is unset", Condition("x", GateTest.UNSET)),
        ("x is github", Condition("x", GateTest.IS, ("github",))),
        ("x is not dataset, space", Condition("x", GateTest.NOT, ("dataset", "space"))),
        ("x is None, model", Condition("x", GateTest.IS, (None, "model"))),
        ("x is like hf-hub:*", Condition("x", GateTest.LIKE, ("hf-hub:*",))),
        ("x is unlike *.yaml", Condition("x", GateTest.UNLIKE, ("*.yaml",))),
    ],
)
def test_conditions(text: str, condition: Condition) -> None:
    assert parse_condition(text) == condition


@pytest.mark.parametrize("text", ["x", "x is", "x = true", ""])
def test_a_wrong_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no condition"):
        parse_condition(text)


def test_a_table_gives_its_first_column() -> None:
    assert "resnet50" in names_of_table("torchvision_builders")
    video = names_of_table("torchvision_builders(subpackage=video)")
    assert "r3d_18" in video
    assert "resnet50" not in video


@pytest.mark.parametrize("text", ["no_such_table", "timm_tags(colour=red)", "timm_tags(id=nothing)", "a b"])
def test_a_wrong_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"table|column|row"):
        names_of_table(text)
