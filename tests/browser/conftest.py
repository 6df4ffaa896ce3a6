"""Pages in a browser: one browser for the session, one that runs no scripts, and pages made from hand-made scans."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "unit")]

from chromium import running_browser  # noqa: E402

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from ptmscan.records import ScanResult

OpenPage = Callable[[str], None]


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def chrome_without_scripts() -> Iterator[Chrome]:
    with running_browser(scripts=False) as browser:
        yield browser


@pytest.fixture
def browser(chrome: Chrome) -> Iterator[Chrome]:
    """The browser at the width of a desk; after the test nothing stands in its console."""
    size(chrome, 1280)
    chrome.get_log("browser")
    yield chrome
    assert [entry["message"] for entry in chrome.get_log("browser")] == []


def size(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def colours(browser: Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def page_of(scan: ScanResult, folder: Path) -> str:
    """The page of a repository in a file; its address."""
    from rendering import rendered

    return _written(rendered("html", scan), folder)


def page_of_many(scans: list[ScanResult], folder: Path) -> str:
    """The page of many scans in a file; its address."""
    from ptmscan.record_files import latest_scans, record_files
    from ptmscan.record_json import write_jsonl
    from ptmscan.survey.counting import survey_of
    from ptmscan.survey.page import render

    with (folder / "scans.jsonl").open("w", encoding="utf-8") as stream:
        for scan in scans:
            write_jsonl(scan, stream)
    text = io.StringIO()
    render(survey_of(latest_scans(record_files([folder]))), text)
    return _written(text.getvalue(), folder)


def _written(text: str, folder: Path) -> str:
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    return page.as_uri()
