"""The documentation in Debian's Chromium: pages load from their own server only, fit a phone, and can be searched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from documentation_site import ROOT, build_site
from pages import size

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

LOADED = "return performance.getEntriesByType('resource').map(entry => entry.name)"
PAGES = sorted(path.stem for path in (ROOT / "docs").glob("*.md"))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, on a server of this machine."""
    folder: Path = tmp_path_factory.mktemp("site")
    assert build_site(folder).returncode == 0
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("width", [1280, 400])
def test_pages_load_nothing_from_elsewhere_and_are_as_wide_as_the_window(
    browser: Chrome, site: str, width: int
) -> None:
    size(browser, width)
    for name in PAGES:
        browser.get(f"{site}/{name}.html")
        assert [address for address in browser.execute_script(LOADED) if not address.startswith(site)] == [], name
        assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), name


def test_a_search_finds_the_page_that_tells_of_a_word(browser: Chrome, site: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(f"{site}/index.html?q=unpinned-source")
    WebDriverWait(browser, 30).until(lambda b: b.find_elements("css selector", ".md-search-result__item a"))
    found = [link.get_attribute("href") for link in browser.find_elements("css selector", ".md-search-result__item a")]
    assert any("/rules.html" in (address or "") for address in found)
