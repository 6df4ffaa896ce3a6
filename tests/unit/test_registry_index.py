"""A registry says which models are known: from a list, by every name rule, and never by a guess."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from samples import TYPICAL, model

from ptmscan.records import ModelOutcome, ModelReference
from ptmscan.registry.building import Builder, build
from ptmscan.registry.index import Registry, RegistryError
from ptmscan.registry.lists import read_list
from ptmscan.registry.marking import marked
from ptmscan.registry.model import KnownHub, KnownModel
from ptmscan.registry.names import NameRule

HF, PT = KnownHub.HUGGINGFACE, KnownHub.PYTORCH
MODELS = (
    KnownModel(HF, "bert-base-uncased", downloads=7, sha="ab" * 20),
    KnownModel(HF, "google-bert/bert-base-cased"),
    KnownModel(HF, "org/new", aliases=("org/old", "org/shared")),
    KnownModel(HF, "org/other", aliases=("org/shared",)),
    KnownModel(HF, "word"),
    KnownModel(HF, "1e5"),
    KnownModel(HF, "resnet18"),
    KnownModel(HF, "timm/mobilenetv3_large_100.ra_in1k"),
    KnownModel(PT, "resnet18", repository="github.com/pytorch/vision"),
    KnownModel(PT, "resnet50", repository="https://github.com/PyTorch/vision"),
    KnownModel(PT, "owner/repo/net"),
)


@pytest.fixture
def registry(tmp_path: Path):
    assert build(tmp_path / "known.ptms", MODELS) == len(MODELS)
    with Registry(tmp_path / "known.ptms") as opened:
        yield opened


def rule(registry: Registry, reference: ModelReference) -> tuple[str, NameRule] | None:
    known = registry.known(reference, "timm" if reference.hub == "library" else "transformers")
    return known and (known.model.context_id, known.rule)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (model("bert-base-uncased"), ("bert-base-uncased", NameRule.EXACT)),
        (model("bert-base-uncased", id="google-bert/bert-base-uncased"), ("bert-base-uncased", NameRule.RENAMED)),
        (model("bert-base-cased"), ("google-bert/bert-base-cased", NameRule.RENAMED)),
        (model("1e5"), ("1e5", NameRule.EXACT)),
        (model("word", id=None, hub=None), ("word", NameRule.AS_WRITTEN)),
        (model("not a name", id=None, hub=None), None),
        (
            model("mobilenetv3_large_100", id=None, hub="library"),
            ("timm/mobilenetv3_large_100.ra_in1k", NameRule.TIMM_DEFAULT),
        ),
        (model("nothing_of_timm", id=None, hub="library"), None),
        (model("org/old"), ("org/new", NameRule.ALIAS)),
        (model("org/shared"), None),
        (model("Bert-Base-Uncased"), None),
        (model("org/nothing"), None),
        (model("resnet50", id="torchvision/resnet50", hub="torchvision"), ("resnet50", NameRule.ENTRY_POINT)),
        (model("x", id="pytorch/vision/resnet50", hub="pytorch-hub"), ("resnet50", NameRule.ENTRY_POINT)),
        (model("x", id="some/fork/resnet50", hub="pytorch-hub"), None),
        (model("x", id="owner/repo/net", hub="pytorch-hub"), ("owner/repo/net", NameRule.EXACT)),
        (model("resnet50", id="keras/resnet50", hub="keras"), None),
        (model("bert-base-uncased", outcome=ModelOutcome.LOCAL, hub="local"), None),
        (model("bert-base-uncased", outcome=ModelOutcome.PARTIAL), None),
    ],
    ids=lambda value: value.id or value.name if isinstance(value, ModelReference) else "",
)
def test_name_rules(registry: Registry, reference: ModelReference, expected: tuple[str, NameRule] | None) -> None:
    assert rule(registry, reference) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("google-bert/bert-base-cased", "google-bert/bert-base-cased"),
        ("org/old", "org/new"),
        ("bert-base-uncased", "bert-base-uncased"),
        ("resnet50", "resnet50"),
        ("resnet18", None),  # two hubs have it
        ("word", None),  # may be any word
        ("1e5", None),
        ("owner/repo/net", None),
        ("org/nothing", None),
        ("\ud800-1/x", None),
        ("", None),
    ],
)
def test_a_text_names_a_model_only_without_doubt(registry: Registry, text: str, expected: str | None) -> None:
    found = registry.named_by(text)
    assert (found and found.context_id) == expected


def test_what_is_stored_comes_back(registry: Registry) -> None:
    assert len(registry) == len(MODELS)
    assert set(registry.models()) == {replace(known, aliases=()) for known in MODELS}


def test_marking_leaves_paths_and_names_in_part_alone(registry: Registry) -> None:
    found = {m.name: m.known for usage in marked(TYPICAL, registry).usages for m in usage.models}
    assert found["resnet50"] is True
    assert found["facebook/bart-large-cnn"] is False
    assert found["./checkpoints/best"] is None
    assert found["{org}/bert-base"] is None


def test_the_same_models_make_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    build(tmp_path / "a", MODELS)
    build(tmp_path / "b", reversed(MODELS))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_later_mention_adds_to_an_earlier_one(tmp_path: Path) -> None:
    build(tmp_path / "a", [KnownModel(HF, "org/x", downloads=3, sha="s"), KnownModel(HF, "org/x", downloads=4)])
    with Registry(tmp_path / "a") as registry:
        assert registry.lookup(HF, "org/x") == KnownModel(HF, "org/x", downloads=4, sha="s")


def test_an_interrupted_build_leaves_the_old_registry_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "known"
    build(path, MODELS[:1])
    with Builder(path) as first:
        first.add(MODELS[1:2], source="hub", position="page 2")
    with Registry(path) as registry:
        assert len(registry) == 1
    with Builder(path) as second:
        assert second.position("hub") == "page 2"
        assert second.finish() == 1
    with Registry(path) as registry:
        assert [m.context_id for m in registry.models()] == ["google-bert/bert-base-cased"]


@pytest.mark.parametrize("content", [b"", b"text\n" * 500, None])
def test_what_is_no_registry_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    with pytest.raises(RegistryError, match=r"x: "):
        Registry(tmp_path / "x")


def test_a_damaged_registry_is_told(tmp_path: Path) -> None:
    build(tmp_path / "x", [KnownModel(HF, f"org/model-{number}") for number in range(3000)])
    content = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(RegistryError, match="build it again"), Registry(tmp_path / "x") as registry:
        list(registry.models())


def test_leftovers_that_are_no_build_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.partial").write_bytes(b"text\n" * 2000)
    with pytest.raises(RegistryError, match=r"x\.partial: cannot be written"):
        Builder(tmp_path / "x")


# --- lists ------------------------------------------------------------------------------------------------------------


def test_lists_in_every_form_say_the_same(tmp_path: Path) -> None:
    expected = [
        KnownModel(HF, "org/x", aliases=("org/y", "org/z"), downloads=5, sha="s"),
        KnownModel(PT, "resnet50", repository="github.com/pytorch/vision"),
    ]
    rows = [
        {"id": "org/x", "aliases": ["org/y", "org/z"], "downloads": 5, "sha": "s", "likes": 9},
        {"name": "resnet50", "hub": "PyTorch", "repo_url": "github.com/pytorch/vision"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    (tmp_path / "a.csv").write_text(
        "\ufeffid,aliases,downloads,sha,hub,repo_url\norg/x,org/y org/z,5,s,,\n"
        "resnet50,,,,pytorch,github.com/pytorch/vision\n",
        encoding="utf-8",
    )
    (tmp_path / "a.tsv").write_text((tmp_path / "a.csv").read_text(encoding="utf-8-sig").replace(",", "\t"))
    for name in ("a.jsonl", "a.csv", "a.tsv"):
        assert list(read_list(tmp_path / name)) == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.jsonl",
            '{"id": "x"}\n{\n[]\n{"id": 3}\n',
            r":2: not JSON.*\n.*:3: is no JSON object\n.*:4: context_id",
        ),
        ("a.jsonl", '{"hub": "huggingface"}\n', "a.jsonl:1: names no model"),
        ("a.jsonl", '{"id": "x", "hub": "kaggle"}\n', "a.jsonl:1: hub 'kaggle' is none of HuggingFace, PyTorch"),
        ("a.csv", "id,downloads\nx,many\n", "a.csv:2: invalid literal"),
        ("a.csv", "id,downloads\nx,-1\n", "a.csv:2: downloads '-1' is no count"),
        ("a.csv", "title\nx\n", "a.csv: no column context_id"),
        ("a.csv", b"id\n\xff\n", "a.csv: 'utf-8' codec"),
        ("a.jsonl", '{"id": "x", "aliases": "\\ud800"}\n', r"'x': is no name"),
    ],
)
def test_mistakes_in_lists_are_named_and_nothing_is_built(
    tmp_path: Path, name: str, text: str | bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RegistryError, match=message):
        build(tmp_path / "known", read_list(tmp_path / name))
    assert not (tmp_path / "known").exists()
