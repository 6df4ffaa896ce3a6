"""CycloneDX: valid by its schema, read back by the library of its authors, and the same from run to run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import ComponentType
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from rendering import rendered
from samples import EMPTY, HOSTILE, PIN, TYPICAL, USAGE, model, result, usage

from ptmscan.records import Evidence, ModelOutcome, Outcome, ScanResult, UsageRecord, Via
from ptmscan.report.tasks import task_of


def document(*found: UsageRecord) -> dict[str, Any]:
    text = rendered("cyclonedx", result(*found))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return dict(json.loads(text))


def component(*found: UsageRecord) -> dict[str, Any]:
    (only,) = document(*found)["components"]
    return dict(only)


def properties(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"].removeprefix("ptmscan:"), each["value"]) for each in found["properties"]]


@pytest.mark.parametrize("scan", [EMPTY, TYPICAL, HOSTILE], ids=["empty", "typical", "hostile"])
def test_the_library_of_its_authors_reads_every_component(scan: ScanResult) -> None:
    text = rendered("cyclonedx", scan)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    written = json.loads(text)
    read = Bom.from_json(written)  # type: ignore[attr-defined]
    assert len(read.components) == len(written["components"])
    assert all(each.type is ComponentType.MACHINE_LEARNING_MODEL for each in read.components)
    assert {str(each.purl) for each in read.components if each.purl} == {
        each["purl"] for each in written["components"] if "purl" in each
    }
    assert not {"serialNumber", "timestamp"} & {*written, *written["metadata"]}


def test_a_model_is_one_component_with_every_place() -> None:
    found = component(
        usage("a.py", 1, model("org/x")), usage("b.ipynb", 2, model("org/x"), cell=3), usage("c.py", 4, model("org/x"))
    )
    assert (found["group"], found["name"], found["purl"]) == ("org", "x", "pkg:huggingface/org/x")
    places = [(each["location"], each["line"]) for each in found["evidence"]["occurrences"]]
    assert places == [("a.py", 1), ("b.ipynb", 2), ("c.py", 4)]
    assert found["evidence"]["occurrences"][1]["additionalContext"] == "cell 3: load"


def test_each_revision_is_a_component_of_its_own() -> None:
    found = document(
        usage("a.py", 1, model("org/x", revision=PIN)),
        usage("a.py", 2, model("org/x", revision="main")),
        usage("a.py", 3, model("org/x")),
    )
    unpinned, pinned, branch = found["components"]
    assert (pinned["version"], pinned["purl"]) == (PIN, f"pkg:huggingface/org/x@{PIN}")
    assert "version" not in unpinned
    assert "version" not in branch
    assert ("revision", "main") in properties(branch)
    assert len({each["bom-ref"] for each in found["components"]}) == 3
    assert found["dependencies"][0]["dependsOn"] == sorted(each["bom-ref"] for each in found["components"])


def test_what_a_component_tells_of_its_calls() -> None:
    found = component(
        replace(USAGE, trust_remote_code=True),
        usage("b.py", 2, replace(USAGE.models[0], name="google-bert/bert-base-uncased")),
    )
    assert properties(found) == [
        ("hub", "huggingface"),
        ("written_as", "bert-base-uncased"),
        ("component", "model"),
        ("library", "transformers"),
        ("trust_remote_code", "true"),
    ]


def test_the_call_stack_is_that_of_the_best_known_call() -> None:
    steps = (
        Evidence("src/config.py", 3, "constant", 'NAME = "org/x"'),
        Evidence("src/app.py", 9, "call", "load(NAME)"),
    )
    found = component(
        usage("src/other.py", 1, model("org/x"), confidence=0.5),
        usage("src/app.py", 9, model("org/x", evidence=steps, via=Via.CONSTANT), confidence=0.98),
    )
    frames = found["evidence"]["callstack"]["frames"]
    assert [(each["module"], each["line"]) for each in frames] == [("src.config", 3), ("src.app", 9)]
    assert found["evidence"]["identity"][0]["confidence"] == 0.98


def test_local_files_are_components_and_names_known_in_part_are_not() -> None:
    local = model("./best", id=None, hub="local", outcome=ModelOutcome.LOCAL)
    part = model("{org}/x", id=None, outcome=ModelOutcome.PARTIAL)
    found = document(usage("a.py", 1, local), usage("a.py", 2, part, outcome=Outcome.PARTIAL, exhaustive=False))
    assert [each["name"] for each in found["components"]] == ["./best"]
    assert ("outcome", "local") in properties(found["components"][0])
    assert found["compositions"] == [{"aggregate": "incomplete", "dependencies": ["repository"]}]


def test_no_list_is_called_complete() -> None:
    assert document(USAGE)["compositions"][0]["aggregate"] == "unknown"


@pytest.mark.parametrize("url", ["https://x.org/a.pt?x=1", "https://x.org", "https://x.org:8080/%20a"])
def test_a_download_links_its_url(url: str) -> None:
    found = component(usage("a.py", 1, model(url, hub="url")))
    assert found["externalReferences"] == [{"type": "distribution", "url": url}]


@pytest.mark.parametrize("url", ["https://a b", "https://x/%zz", "javascript:alert(1)", "https://u:p@x.org/", "x.org"])
def test_what_is_no_plain_url_is_no_link(url: str) -> None:
    assert "externalReferences" not in component(usage("a.py", 1, model(url, hub="url")))


@pytest.mark.parametrize(
    ("resolved_to", "arguments", "task"),
    [
        ("transformers.pipeline", {"task": "ner"}, "token-classification"),
        ("transformers.pipeline", {"task": "text-generation"}, "text-generation"),
        ("transformers.pipeline", {"task": "translation_en_to_fr"}, "translation"),
        ("transformers.pipeline", {"task": "x" * 100_000}, None),
        ("transformers.pipeline", {"task": "<b>"}, None),
        ("transformers.pipeline", {"task": ["ner"]}, None),
        ("transformers.pipeline", {}, None),
        ("transformers.AutoModelForSequenceClassification.from_pretrained", {}, "text-classification"),
        ("transformers.TFBertForMaskedLM.from_pretrained", {}, "fill-mask"),
        ("transformers.WhisperForConditionalGeneration.from_pretrained", {}, None),
        ("transformers.AutoModel.from_pretrained", {}, None),
    ],
)
def test_tasks(resolved_to: str, arguments: dict[str, Any], task: str | None) -> None:
    assert task_of(replace(USAGE, resolved_to=resolved_to, arguments=arguments)) == task


def test_a_task_is_told_when_the_calls_agree() -> None:
    first = replace(USAGE, resolved_to="transformers.AutoModelForTokenClassification.from_pretrained")
    tokenizer = replace(USAGE, line=8, resolved_to="transformers.AutoTokenizer.from_pretrained")
    other = replace(USAGE, line=9, resolved_to="transformers.AutoModelForMaskedLM.from_pretrained")
    assert component(first, tokenizer)["modelCard"] == {"modelParameters": {"task": "token-classification"}}
    assert "modelCard" not in component(first, other)
