"""What `urlparse` makes of a name decides tests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names

if TYPE_CHECKING:
    from conftest import ScanFiles


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("urlparse(name).scheme in ('http', 'https')", [["https://hf.co/org/a"]]),
        ("urlsplit(name).netloc == 'hf.co'", [["https://hf.co/org/a"]]),
        ("not urlparse(name).scheme", [["org/b"]]),
        ("urlparse(name).path.startswith('/org')", [["https://hf.co/org/a"]]),
        ("urlparse(name).geturl()", [["https://hf.co/org/a", "org/b"]]),
    ],
)
def test_a_test_on_a_part_of_a_url(scan_files: ScanFiles, test: str, found: list[list[str]]) -> None:
    code = f"""
    from urllib.parse import urlparse, urlsplit

    def get(name):
        if {test}:
            load(name)

    get("https://hf.co/org/a")
    get("org/b")
    """
    assert names(loads(scan_files, code)) == found
