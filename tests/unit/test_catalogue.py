"""The built-in catalogue: found, compiled, looked up, extended; every rule shows what it means."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ptmscan.errors import SignatureFileError, UsageError
from ptmscan.signatures import Catalogue, compiled, load_catalogue, tables
from ptmscan.signatures.catalogue import signatures_path
from ptmscan.signatures.model import Signature
from ptmscan.signatures.schema import Document, Example, read_document

MINE = """\
schema: 1
libraries:
  mine:
    mine.load(name):
      also: transformers.**.from_pretrained
      match: mine.load('org/name') -> org/name
      no_match: mine.save()
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def document() -> Document:
    path = signatures_path()
    return read_document(path.name, path.read_text(encoding="utf-8"))


def ids(catalogue: Catalogue, name: str) -> list[tuple[str, str | None]]:
    return [(signature.id, captured) for signature, captured in catalogue.find(name)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("transformers.AutoModel.from_pretrained", [("transformers/from_pretrained", None)]),
        ("transformers.models.bert.BertModel.from_pretrained", [("transformers/from_pretrained", None)]),
        ("transformers.?.from_pretrained", [("transformers/from_pretrained", None)]),
        ("transformers.GenerationConfig.from_pretrained", [("transformers/GenerationConfig.from_pretrained", None)]),
        ("transformers.AutoModel.from_config", []),
        ("torch.nn.Embedding.from_pretrained", []),
        ("torchvision.models.resnet50", [("torchvision/models.builder", "resnet50")]),
        ("torchvision.models.resnet.resnet50", [("torchvision/models.builder", "resnet50")]),
        ("torchvision.models.quantization.resnet50", [("torchvision/models.quantization.builder", "resnet50")]),
        ("torchvision.models.ResNet", []),
        ("torchaudio.pipelines.WAV2VEC2_BASE.get_model", [("torchaudio/bundle.get_model", "WAV2VEC2_BASE")]),
        ("diffusers.X.from_pretrained().load_lora_weights", [("diffusers/load_lora_weights", None)]),
        ("peft.AutoPeftModelForCausalLM.from_pretrained", [("peft/AutoPeftModel.from_pretrained", None)]),
        ("peft.PeftModelForCausalLM.from_pretrained", [("peft/PeftModel.from_pretrained", None)]),
        ("en_core_web_sm.load", [("spacy/package", "en_core_web_sm")]),
        ("nowhere.load", []),
        ("", []),
        ("?", []),
    ],
)
def test_the_most_literal_pattern_wins(name: str, found: list[tuple[str, str | None]], catalogue: Catalogue) -> None:
    assert ids(catalogue, name) == found


def test_alternatives_of_one_callable_come_in_the_order_of_the_file(catalogue: Catalogue) -> None:
    builder = "fasterrcnn_resnet50_fpn"
    found = ids(catalogue, f"torchvision.models.detection.{builder}")
    assert found == [("torchvision/models.detection.builder", builder), ("torchvision/backbone", builder)]


def test_roots_and_callables_spell_out_the_tables(catalogue: Catalogue) -> None:
    assert {"transformers", "torch", "torchvision", "en_core_web_sm"} <= catalogue.roots
    assert {"from_pretrained", "pipeline", "resnet50", "vit_base_patch16_224", "get_model"} <= catalogue.callables


def test_compiled_and_read_catalogues_are_equal(document: Document) -> None:
    text = compiled.dump("key", document.signatures)
    loaded = compiled.load(text, "key")
    assert loaded is not None
    assert tuple(loaded) == document.signatures
    assert Catalogue(loaded, "key").roots == Catalogue(document.signatures, "key").roots


def test_a_stale_compiled_catalogue_is_not_used(document: Document) -> None:
    assert compiled.load(compiled.dump("old", document.signatures), "new") is None


@pytest.mark.parametrize("content", ["", "{}", "[]", "no json", '{"key": "x"}'])
def test_a_broken_compiled_catalogue_is_not_used(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    broken = tmp_path / "catalogue.json"
    broken.write_text(content, encoding="utf-8")
    monkeypatch.setattr("ptmscan.signatures.catalogue.COMPILED", broken)
    assert tuple(load_catalogue().signatures) == tuple(catalogue.signatures)


def test_version_follows_the_content() -> None:
    assert compiled.content_hash(b"a") == compiled.content_hash(b"a")
    assert compiled.content_hash(b"a") != compiled.content_hash(b"b")
    assert compiled.content_hash(b"ab", b"c") != compiled.content_hash(b"a", b"bc")


def test_extra_signatures_come_first_and_replace_equal_patterns(tmp_path: Path) -> None:
    path = tmp_path / "extra.yaml"
    path.write_text(MINE, encoding="utf-8")
    catalogue = load_catalogue((path,))
    assert ids(catalogue, "mine.load") == [("mine/load", None)]
    assert ids(catalogue, "transformers.AutoModel.from_pretrained") == [("mine/load", None)]
    assert ids(catalogue, "transformers.pipeline") == [("transformers/pipeline", None)]
    assert catalogue.version != load_catalogue().version


def test_the_mistakes_of_all_extra_files_are_reported_at_once(tmp_path: Path) -> None:
    paths = (tmp_path / "a.yaml", tmp_path / "b.yaml")
    for path in paths:
        path.write_text("schema: 2\n", encoding="utf-8")
    with pytest.raises(SignatureFileError) as caught:
        load_catalogue(paths)
    assert [mistake.partition(":")[0] for mistake in caught.value.mistakes] == [str(path) for path in paths]


def test_an_extra_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml"):
        load_catalogue((tmp_path / "none.yaml",))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"\xe9")
    with pytest.raises(UsageError, match=r"latin\.yaml"):
        load_catalogue((latin,))


def test_every_match_example_calls_what_its_rule_describes(document: Document) -> None:
    lasts: dict[str, set[str]] = {}
    for signature in document.signatures:
        lasts.setdefault(signature.id, set()).update(_last_parts(signature))
    assert [e for e in document.examples if e.matches and not _called(e) & lasts[e.rule]] == []


def _last_parts(signature: Signature) -> set[str]:
    last = signature.pattern.rpartition(".")[2].removesuffix("()").removesuffix("[]")
    return set(signature.names or ()) if last.startswith("<") else {last}


def _called(example: Example) -> set[str]:
    tree = ast.parse(example.code)
    renamed = {a.asname: a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names if a.asname}
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [func.value if isinstance(func, ast.Subscript) else func for func in called]
    names = {f.id for f in called if isinstance(f, ast.Name)} | {f.attr for f in called if isinstance(f, ast.Attribute)}
    return {renamed.get(name, name) for name in names}


def test_the_catalogue_stays_short_enough_to_read() -> None:
    assert len(signatures_path().read_text(encoding="utf-8").splitlines()) < 2000


@pytest.mark.parametrize("table", tables.names())
def test_tables_are_regular(table: str) -> None:
    columns, rows = tables.columns(table), tables.rows(table)
    assert len(columns) == len(set(columns)) >= 2
    assert rows == tuple(sorted(set(rows)))
    assert all(len(row) == len(columns) and row[0] for row in rows)
