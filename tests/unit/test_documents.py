"""Configuration files as trees with lines; hostile ones are refused with a reason, at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.documents import DocumentError, Format, Items, Opaque, Scalar, Table, format_of, read_document


def plain(node: object) -> object:
    """A tree as plain Python."""
    match node:
        case Scalar(value=value):
            return value
        case Items(nodes=nodes):
            return [plain(n) for n in nodes]
        case Table(pairs=pairs):
            return {key: plain(n) for key, n in pairs}
        case _:
            return node


def line_of(text: str, kind: Format, *path: str) -> int:
    node = read_document(text, kind)
    for key in path:
        assert isinstance(node, Table)
        node = node.get(key)
    assert node is not None
    return node.line


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(TREES, st.sampled_from([None, 1, 4]))
def test_json_reads_as_the_standard_library_does(tree: object, indent: int | None) -> None:
    assert plain(read_document(json.dumps(tree, indent=indent), Format.JSON)) == tree


@pytest.mark.parametrize(
    ("kind", "text", "path", "line"),
    [
        (Format.YAML, "a: 1\nmodel:\n  name: bert\n", ("model", "name"), 3),
        (Format.YAML, "model:\n  name:\n    bert\n", ("model", "name"), 2),
        (Format.JSON, '{"a": [1,\n 2],\n "model": {\n "name": "bert"}}', ("model", "name"), 4),
        (Format.TOML, 'x = 1\n[model]\n# c\nname = "bert"\n', ("model", "name"), 4),
        (Format.TOML, 'model.name = "bert"\n', ("model", "name"), 1),
        (Format.INI, "; c\n[model]\n\nname = bert\n", ("model", "name"), 4),
        (Format.ENV, "# c\nexport NAME='bert'\n", ("NAME",), 2),
    ],
)
def test_values_know_their_line(kind: Format, text: str, path: tuple[str, ...], line: int) -> None:
    assert line_of(text, kind, *path) == line


def test_yaml_aliases_and_merged_keys_mean_what_yaml_says() -> None:
    text = "base: &b {name: bert, size: 1}\nmine:\n  <<: *b\n  size: 2\nsame: *b\n"
    assert plain(read_document(text, Format.YAML)) == {
        "base": {"name": "bert", "size": 1},
        "mine": {"name": "bert", "size": 2},
        "same": {"name": "bert", "size": 1},
    }


def test_a_tag_of_a_program_is_neither_made_nor_guessed() -> None:
    node = read_document("x: !!python/object/apply:os.system ['true']\ny: !mine {a: 1}\n", Format.YAML)
    assert isinstance(node, Table)
    assert [type(n) for _, n in node.pairs] == [Opaque, Opaque]


def test_env_values_with_variables_are_not_known() -> None:
    node = read_document("A=${B}/x\nC='$kept'\nD=plain # comment\n", Format.ENV)
    assert isinstance(node, Table)
    assert isinstance(node.get("A"), Opaque)
    assert plain(node.get("C")) == "$kept"
    assert plain(node.get("D")) == "plain"


HOSTILE = [
    "[" * 100_000,
    '{"a":' * 5_000,
    "- " * 5_000,
    "a: [",
    '"' * 300_000,
    '\\"' * 200_000,
    "a=" * 200_000,
    "? " * 50_000,
    "[a]\n" * 60_000,
    "a: &a b\n" * 60_000,
    "x: !!int " + "9" * 9_000,
    "\x00",
    "\t- a",
    "<<: *x",
    "[a]\nb",
    "=",
    "'",
]


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_or_refused_with_a_reason(kind: Format, text: str) -> None:
    refused = ""
    try:
        read_document(text, kind)
    except DocumentError as error:
        refused = str(error)
    assert refused.strip() == refused


def test_nested_aliases_are_shared_and_not_multiplied() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    assert isinstance(read_document("\n".join(rows), Format.YAML), Table)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/.env", Format.ENV),
        ("c.YML", Format.YAML),
        ("setup.cfg", Format.INI),
        ("x.json", Format.JSON),
        ("a.txt", None),
    ],
)
def test_the_name_tells_the_format(path: str, kind: Format | None) -> None:
    assert format_of(path) == kind
