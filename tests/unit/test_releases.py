"""Releases that a repository asks for decide what a call loads; what others load is kept beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ptmscan.record_json import from_line, to_line
from ptmscan.records import LibraryRelease, Outcome

if TYPE_CHECKING:
    from ptmscan.records import UsageRecord
    from tests.conftest import ScanFiles

SST = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"


def scanned(scan_files: ScanFiles, call: str, requirements: str) -> UsageRecord:
    imports = "import timm, transformers, sentence_transformers, torchvision\n"
    (usage,) = scan_files({"main.py": imports + call, "requirements.txt": requirements}).usages
    return usage


def release(usage: UsageRecord) -> LibraryRelease:
    assert usage.release is not None
    return usage.release


PIPELINE = "transformers.pipeline('sentiment-analysis')"
EFFICIENTNET = "timm.create_model('efficientnet_b1', pretrained=True)"
CROSS = "sentence_transformers.CrossEncoder('ms-marco')"


@pytest.mark.parametrize(
    ("call", "requirement", "id_", "revision"),
    [
        (PIPELINE, "", SST, "714eb0f"),
        (PIPELINE, "transformers==4.20.1", SST, None),
        (PIPELINE, "transformers~=4.30.2", SST, "af0f99b"),
        ("transformers.pipeline('summarization')", "transformers<3", "google-t5/t5-small", None),
        ("transformers.pipeline('summarization')", "", "sshleifer/distilbart-cnn-12-6", "a4f8f3e"),
        ("transformers.pipeline('text-generation')", "transformers==4.46.3", "openai-community/gpt2", "607a30d"),
        (EFFICIENTNET, "timm==0.9.2", "timm/efficientnet_b1.ft_in1k", None),
        (EFFICIENTNET, "timm==1.0.31", "timm/efficientnet_b1.ra4_e3600_r240_in1k", None),
        (EFFICIENTNET, "timm==0.6.12", None, None),
        (CROSS, "sentence-transformers==5.1.0", None, None),
        (CROSS, "sentence_transformers>=6", "cross-encoder/ms-marco", None),
        (
            "torchvision.models.resnet50(weights='DEFAULT')",
            "torchvision==0.13.1",
            "torchvision/resnet50",
            "IMAGENET1K_V2",
        ),
    ],
)
def test_the_requirement_decides(
    call: str, requirement: str, id_: str | None, revision: str | None, scan_files: ScanFiles
) -> None:
    (model,) = scanned(scan_files, call, requirement).models
    assert (model.id, model.revision) == (id_, revision)


@pytest.mark.parametrize(
    ("requirement", "model"),
    [
        ("", "ultralytics/yolo26n"),
        ("ultralytics==8.3.251", "ultralytics/yolo11n"),
        ("ultralytics>=8.0,<8.3", "ultralytics/yolov8n"),
    ],
)
def test_the_default_of_a_callable_moves(requirement: str, model: str, scan_files: ScanFiles) -> None:
    (usage,) = scan_files({"a.py": "from ultralytics import YOLO\nYOLO()\n", "requirements.txt": requirement}).usages
    assert [one.id for one in usage.models] == [model]


@pytest.mark.parametrize(
    ("requirement", "loads", "alternatives"),
    [("", True, [("<0.9", None)]), ("kornia<0.9", False, []), ("kornia==0.9.0", True, [])],
)
def test_a_release_may_load_where_another_does_not(
    requirement: str, loads: bool, alternatives: list[tuple[str, str | None]], scan_files: ScanFiles
) -> None:
    (usage,) = scan_files({"a.py": "import kornia\nkornia.feature.HardNet()\n", "requirements.txt": requirement}).usages
    assert usage.pretrained is loads
    assert [(one.versions, one.name) for one in release(usage).alternatives] == alternatives


def test_the_record_names_the_requirement(scan_files: ScanFiles) -> None:
    found = release(scanned(scan_files, EFFICIENTNET, "torch\ntimm==0.9.2"))
    assert found == LibraryRelease("timm", "==0.9.2", "requirements.txt", 2, ())


def test_without_one_the_newest_is_taken_and_the_others_are_kept(scan_files: ScanFiles) -> None:
    found = release(scanned(scan_files, EFFICIENTNET, ""))
    assert (found.requirement, found.path, found.line) == (None, None, None)
    assert [(one.versions, one.id) for one in found.alternatives] == [
        (">=0.9.2,<1.0.15", "timm/efficientnet_b1.ft_in1k")
    ]
    assert [one.versions for one in release(scanned(scan_files, CROSS, "")).alternatives] == ["<6"]


def test_a_range_keeps_what_its_older_releases_load(scan_files: ScanFiles) -> None:
    found = release(scanned(scan_files, PIPELINE, "transformers>=4.12.5,<4.40"))
    assert [(one.versions, one.revision) for one in found.alternatives] == [(">=4.12.5,<4.30.2", None)]


def test_a_task_that_a_release_does_not_have_has_no_default(scan_files: ScanFiles) -> None:
    usage = scanned(scan_files, "transformers.pipeline('summarization')", "transformers>=5")
    assert usage.outcome is Outcome.DYNAMIC
    assert usage.reason == "the default of transformers >=5 for this task is not known"


def test_the_project_beside_the_code_decides(scan_files: ScanFiles) -> None:
    files = {
        "service/app/main.py": "import timm\n" + EFFICIENTNET,
        "service/pyproject.toml": '[project]\ndependencies = ["timm==1.0.31"]\n',
        "requirements.txt": "timm==0.9.2\n",
    }
    (usage,) = scan_files(files).usages
    assert release(usage).path == "service/pyproject.toml"


@pytest.mark.parametrize(
    "call", ["timm.create_model('resnet50', pretrained=True)", "transformers.AutoModel.from_pretrained('a/b')"]
)
def test_where_releases_agree_nothing_is_said(call: str, scan_files: ScanFiles) -> None:
    assert scanned(scan_files, call, "").release is None


def test_a_release_survives_json(scan_files: ScanFiles) -> None:
    usage = scanned(scan_files, PIPELINE, "transformers>=4.12.5")
    line = to_line(usage)
    assert from_line(line) == usage
    assert json.loads(line)["release"]["alternatives"][0]["versions"]


def test_requirements_that_cannot_be_read_are_told_of(scan_files: ScanFiles) -> None:
    result = scan_files({"main.py": "import timm\n" + EFFICIENTNET, "pyproject.toml": "[[["})
    assert [(one.path, one.code) for one in result.diagnostics] == [("pyproject.toml", "analysis-limit")]
