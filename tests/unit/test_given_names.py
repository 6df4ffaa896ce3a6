"""Names that a module gives to loading callables are followed into the modules that call them."""

from __future__ import annotations

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.records import ScanResult
from ptmscan.scan import scan_tree
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import Catalogue, load_catalogue

CONSTS = """\
from functools import partial
from huggingface_hub import hf_hub_download as get
from transformers import AutoModel, pipeline

fetch = AutoModel.from_pretrained
TABLE = {"model": AutoModel.from_pretrained}
pinned = partial(AutoModel.from_pretrained, revision="v1")
made = AutoModel.from_pretrained("org/made")


class Settings:
    loader = AutoModel.from_pretrained
"""


@pytest.fixture(name="catalogue", scope="module")
def _catalogue() -> Catalogue:
    return load_catalogue()


def _scan(catalogue: Catalogue, main: str, options: ScanOptions | None = None, **others: str) -> ScanResult:
    files = {"consts.py": CONSTS, "main.py": main} | {f"{name}.py": text for name, text in others.items()}
    return scan_tree(MemoryTree(files), catalogue=catalogue, options=options)


def _in_main(result: ScanResult) -> list[str]:
    return [m.name for u in result.usages if u.path == "main.py" for m in u.models]


@pytest.mark.parametrize(
    "main",
    [
        'import consts\nconsts.fetch("org/name")\n',
        'from consts import fetch\nfetch("org/name")\n',
        'from consts import fetch as load_it\nload_it("org/name")\n',
        'from consts import *\nfetch("org/name")\n',
        'import consts\nload_it = consts.fetch\nload_it("org/name")\n',
        'import consts\nconsts.get("org/name", "model.bin")\n',
        'import consts\nconsts.pinned("org/name")\n',
        'from consts import TABLE\nTABLE["model"]("org/name")\n',
        'from consts import Settings\nSettings.loader("org/name")\n',
        'from consts import Settings\nSettings().loader("org/name")\n',
    ],
)
def test_a_file_that_names_no_library_loads_by_a_name_of_another(catalogue: Catalogue, main: str) -> None:
    assert _in_main(_scan(catalogue, main)) == ["org/name"]
    assert _in_main(_scan(catalogue, main, ScanOptions(prefilter=False))) == ["org/name"]


def test_a_name_is_followed_through_a_module_that_renames_it(catalogue: Catalogue) -> None:
    main = 'import api\napi.load_it("org/name")\n'
    assert _in_main(_scan(catalogue, main, api="from consts import fetch as load_it\n")) == ["org/name"]


def test_what_was_found_before_stays_and_twins_are_told_apart(catalogue: Catalogue) -> None:
    loads = 'AutoModel.from_pretrained("org/name")\nconsts.fetch("org/name")\n'
    main = f"import consts\nfrom transformers import AutoModel\n{loads}"
    result = _scan(catalogue, main)
    assert _in_main(result) == ["org/name", "org/name"]
    assert len({u.fingerprint for u in result.usages}) == len(result.usages)


@pytest.mark.parametrize(
    "main",
    [
        'class consts:\n    def fetch(name): ...\nconsts.fetch("org/name")\n',
        'import consts\nconsts.made("org/name")\n',
        'def fetch(name): ...\nfetch("org/name")\n',
    ],
)
def test_another_thing_of_that_name_loads_nothing(catalogue: Catalogue, main: str) -> None:
    assert _in_main(_scan(catalogue, main)) == []
