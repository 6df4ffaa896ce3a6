"""The page of a repository: what people see in it without a browser; tests/browser opens it in one."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from html_pages import Page, words
from rendering import rendered
from samples import COMMIT, EMPTY, HEADER, PIN, TYPICAL, USAGE, model, result

from ptmscan.policy.model import CommentFinding, Finding, Severity
from ptmscan.records import Evidence, LibraryRelease, OtherRelease, Outcome, Via
from ptmscan.report import findings_renderer
from ptmscan.report.html import repository


def page(*usages: object, **header: object) -> str:
    found = result(*usages)
    return rendered("html", replace(found, header=replace(found.header, **header)))


def test_the_head_names_the_repository_and_its_figures() -> None:
    seen = words(rendered("html", TYPICAL))
    head = f"{HEADER.repository} Pre-trained models that the code loads · commit {COMMIT[:12]} · 12 of 31 files read"
    assert head in seen


def test_an_empty_scan_says_so() -> None:
    seen = words(rendered("html", EMPTY))
    assert "No model is known by name that this code loads. No call that the catalogue describes was found." in seen
    assert "No rule finds anything." in seen
    assert "Every load names its model." in seen


def test_a_model_links_to_its_card() -> None:
    assert "https://huggingface.co/google-bert/bert-base-uncased" in Page.parsed(page(USAGE)).links


@pytest.mark.parametrize("name", ["../../evil", "a/b?x", "javascript:alert(1)", "a b/c", "org/nämé", ""])
def test_a_name_that_proves_no_address_is_no_link(name: str) -> None:
    links = Page.parsed(page(replace(USAGE, models=(model(name),)))).links
    assert [link for link in links if not link.startswith("#")] == []


def test_an_address_is_whole_or_no_link() -> None:
    for length, links in ((300, 1), (500, 0)):
        address = "https://example.org/" + "a" * length
        found = Page.parsed(page(replace(USAGE, models=(model(address, id=None, hub="url"),)))).links
        assert [link for link in found if not link.startswith("#")] == [address] * links


def test_the_chain_of_evidence_stands_below_the_source_line() -> None:
    chain = (Evidence("settings.py", 3, "constant", 'NAME = "org/a"'), Evidence("app.py", 7, "call", "load(NAME)"))
    seen = words(page(replace(USAGE, models=(model("org/a", via=Via.CONSTANT, evidence=chain),))))
    assert "from a constant How the name gets here: 2 steps settings.py:3 constant" in seen
    assert USAGE.source_line in seen


def test_a_name_in_the_call_needs_no_chain() -> None:
    assert "How the name gets here" not in words(page(USAGE))


def test_pins_are_words() -> None:
    revisions = {"org/a": PIN, "org/b": "main", "org/c": None}
    usages = [replace(USAGE, models=(model(name, revision=revision),)) for name, revision in revisions.items()]
    seen = words(page(*usages))
    assert f"org/a Hugging Face ● {PIN[:12]} 1 load" in seen
    assert "org/b Hugging Face ◐ main 1 load" in seen
    assert "org/c Hugging Face ○ not pinned 1 load" in seen


def test_remote_code_is_flagged_and_counted() -> None:
    seen = words(page(replace(USAGE, trust_remote_code=True)))
    assert "runs remote code" in seen
    assert "loads that run remote code 1" in seen
    assert "PTM006 remote-code warning 1 finding" in seen


def test_open_answers_tell_the_reason() -> None:
    seen = words(page(replace(USAGE, exhaustive=False, open_reason="option --model")))
    assert "others possible" in seen
    assert "Other models are possible: option --model" in seen


def test_unknown_loads_are_grouped_by_reason() -> None:
    unknown = replace(USAGE, models=(), outcome=Outcome.DYNAMIC, reason="read from a request")
    seen = words(page(unknown, replace(unknown, line=9), replace(unknown, reason="another", line=11)))
    assert "read from a request 2 calls" in seen
    assert seen.index("read from a request 2 calls") < seen.index("another 1 call")


def test_releases_are_told() -> None:
    release = LibraryRelease(
        "timm", "<0.9", "setup.py", 4, (OtherRelease(">=0.9", "x", "timm/x", "huggingface", None),)
    )
    seen = words(page(replace(USAGE, release=release)))
    assert "the repository asks for <0.9 (setup.py:4). With >=0.9 it is timm/x." in seen


def test_findings_of_a_policy_take_the_place_of_the_default_ones() -> None:
    scan = result(USAGE)
    stream = io.StringIO()
    comment = CommentFinding("PTM010", Severity.WARNING, "unused", "app.py", 3, 1)
    findings_renderer("html")(scan, stream, [Finding("PTM004", Severity.ERROR, "denied by x", scan.usages[0]), comment])
    seen = words(stream.getvalue())
    assert "PTM004 denied-model error 1 finding" in seen
    assert "app.py:3 unused" in seen
    assert "PTM003" not in seen
    assert "after exceptions and ignore comments" in seen
    assert seen.index("PTM004") < seen.index("PTM010")


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MAX_PLACES", 2)
    monkeypatch.setattr(repository, "MAX_MODELS", 1)
    usages = [replace(USAGE, line=line) for line in range(1, 6)]
    other = replace(USAGE, models=(model("org/b"),))
    seen = words(page(*usages, other))
    assert "3 loads more. ptmscan scan --format jsonl lists all." in seen
    assert "1 model more." in seen


def test_places_of_all_models_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MAX_ALL_PLACES", 3)
    usages = [replace(USAGE, line=line, models=(model(f"org/{line % 2}"),)) for line in range(1, 5)]
    text = page(*usages)
    assert text.count('<li class="place">') == 3
    assert "1 load more." in words(text)


def test_the_policy_of_the_page_names_its_script_and_style() -> None:
    text = rendered("html", TYPICAL)
    assert re.search(r"content=\"default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]+&#39;; script-src", text)
    assert "style=" not in text
