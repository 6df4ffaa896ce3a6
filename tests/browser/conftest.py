"""Pages in a browser: one browser for the session, and one that runs no scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "unit")]

from chromium import running_browser  # noqa: E402
from pages import size  # noqa: E402

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


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
