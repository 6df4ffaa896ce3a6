"""The scripts that build the name tables read packages as text: on small packages made here."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import build_tables  # noqa: E402
from table_builders import reading, timm_names, vision  # noqa: E402

from ptmscan.signatures import tables  # noqa: E402


class Packages(reading.Sources):
    """Wheels that were never fetched: the same files for every package and version."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        super().__init__(folder)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def wheel(self, name: str, version: str, *, python: str = "3.11") -> Path:
        return self.folder


def test_every_table_is_built_or_says_where_it_comes_from() -> None:
    assert set(build_tables.BUILDERS) | set(build_tables.KEPT) == set(tables.names())
    assert not set(build_tables.BUILDERS) & set(build_tables.KEPT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a' + 'b'", "ab"),
        ("['a', 1, None]", ["a", 1, None]),
        ("('a', 'b')", ("a", "b")),
        ("{'a': X, **{'c': 2}}", {"a": "x", "c": 2}),
        ("dict(a=1, b=f())", {"a": 1, "b": None}),
        ("f'{X}/y'", "x/y"),
        ("f(1)", None),
        ("LOOP", None),
    ],
)
def test_literal(text: str, value: object) -> None:
    names = {"X": ast.parse("'x'", mode="eval").body, "LOOP": ast.parse("LOOP", mode="eval").body}
    assert reading.literal(ast.parse(text, mode="eval").body, names) == value


def test_parameters_leave_out_self_and_keep_defaults() -> None:
    function = next(reading.functions(ast.parse("def f(self, a, b=1, *, c=None, d): pass")))
    found = {name: default and ast.unparse(default) for name, default in reading.parameters(function).items()}
    assert found == {"a": None, "b": "1", "c": "None", "d": None}


def test_timm_orders_tags_as_its_registry_does(tmp_path: Path) -> None:
    sources = Packages(
        tmp_path,
        {
            "timm/models/net.py": """
def _cfg(url='', **kwargs):
    return {'url': url, **kwargs}
default_cfgs = generate_default_cfgs({
    'a.first': _cfg(), 'a.second': _cfg(hf_hub_id='timm/'), 'a.third': _cfg(hf_hub_id='timm/'),
    'b.one': _cfg(hf_hub_id='timm/'), 'b.starred*': _cfg(hf_hub_id='org/b'),
    'c.url': _cfg('https://example.org/c.pth'),
})
@register_model
def a(pretrained=False): ...
@register_model
def b(pretrained=False): ...
@register_model
def c(pretrained=False): ...
register_model_deprecations(__name__, {'old_a': 'a.third'})
"""
        },
    )
    rows = {row[0]: row[1] for row in timm_names.defaults(sources).rows}
    assert rows == {"a": "timm/a.second", "b": "org/b", "c": ""}
    tags = dict(timm_names.tags(sources).rows)
    assert tags == {"a.first": "-", "a.second": "=", "a.third": "=", "b.one": "=", "b.starred": "org/b", "c.url": ""}
    assert timm_names.deprecated(sources).rows == (("old_a", "a.third"),)


def test_torchvision_builders_tell_the_legacy_member_and_the_backbone(tmp_path: Path) -> None:
    text = """
class A_Weights(WeightsEnum):
    V1 = Weights(url='x')
    V2 = Weights(url='y')
    DEFAULT = V2
@register_model()
@handle_legacy_interface(weights=('pretrained', A_Weights.V1), weights_backbone=('pretrained_backbone', B_Weights.V1))
def a(*, weights: Optional[A_Weights] = None, progress=True, weights_backbone=B_Weights.V1, **kwargs): ...
"""
    sources = Packages(tmp_path, {"torchvision/models/detection/a.py": text})
    row = ("a", "detection", "a", "A_Weights", "A_Weights.V1", "", "B_Weights.V1", "yes")
    assert vision.torchvision_builders(sources).rows == (row,)
    assert vision.torchvision_weights(sources).rows == (("A_Weights", "V1", ""), ("A_Weights", "V2", "DEFAULT"))


def test_a_table_is_written_once_sorted_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_tables, "FOLDER", tmp_path)
    made = reading.table("t", "what it holds", "name id", [("b", "2"), ("a", "1"), ("b", "2")])
    monkeypatch.setattr(build_tables, "BUILDERS", {"t": lambda _: made})
    assert build_tables.main(["--check", "--cache", str(tmp_path)]) == 1
    assert not (tmp_path / "t.tsv").exists()
    assert build_tables.main(["--cache", str(tmp_path)]) == 0
    assert (tmp_path / "t.tsv").read_text() == "# what it holds\nname\tid\na\t1\nb\t2\n"
    assert build_tables.main(["--check", "--cache", str(tmp_path)]) == 0
