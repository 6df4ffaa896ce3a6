"""Pages from hand-made scans, in files, and how a browser shows them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from rendering import rendered

from ptmscan.record_files import latest_scans, record_files
from ptmscan.record_json import write_jsonl
from ptmscan.survey.counting import survey_of
from ptmscan.survey.page import render

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from ptmscan.records import ScanResult


def size(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def colours(browser: Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def page_of(scan: ScanResult, folder: Path) -> str:
    """The page of a repository in a file; its address."""
    return _written(rendered("html", scan), folder)


def page_of_many(scans: list[ScanResult], folder: Path) -> str:
    """The page of many scans in a file; its address."""
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
