"""A repository without a load gives the same result whether the analysis was imported for it or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.hit_free import hit_free_result
from ptmscan.records import ScanResult
from ptmscan.scan import scan_tree
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures.catalogue import load_catalogue

CATALOGUE = load_catalogue()
CELL = '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": %s}],'
NOTEBOOK = CELL + ' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'

FREE: list[dict[str, bytes]] = [
    {},
    {"README.md": b"transformers"},
    {"a.py": b"import os\n", "b/c.pyw": b"x = 1\n", "config.yaml": b"model: gpt2\n"},
    {"broken.py": b"def f(:\n  import os\n", "latin.py": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"},
    {"bad.ipynb": b"{", "n.ipynb": (NOTEBOOK % '"%matplotlib inline\\nimport os"').encode()},
    {"wide.py": "import os\n".encode("utf-16"), "nul.py": b"\0\0"},
    {"line.py": b"import os  # not torch\n"},
    {"words.py": b"# transformers\nfrom_pretrained('gpt2')\n"},
    {"a.py": b"import os, transformers as t\n"},
    {"a.py": b"import torch\n", "b/c.py": b"AutoModel.from_pretrained('gpt2')\n"[:3], "bad.ipynb": b"{"},
]
NOT_FREE: list[dict[str, bytes]] = [
    {"a.py": b"import os, transformers as t\nt.AutoModel.from_pretrained('a')\n"},
    {"a.py": b"from transformers import AutoModel\n", "b/c.py": b"from a import *\nAutoModel.from_pretrained('a')\n"},
    {"a.py": b"from \\\n  torch import hub\nhub.load('a', 'b')\n"},
    {"a.py": b"import \\\n  torch\ntorch.hub.load('a', 'b')\n"},
    {"a.py": "import torch\ntorch.hub.load('a', 'b')\n".encode("utf-16")},
    {"a.py": b"m = __import__('torch')\nm.hub.load('a', 'b')\n"},
    {"a.py": b"import os\n", "c.yaml": b"model: {_target_: mine.load}\n"},
    {"n.ipynb": (NOTEBOOK % '["import \\\\\\n", " torch\\n", "torch.hub.load(1, 2)"]').encode()},
]


def same(one: ScanResult, other: ScanResult) -> bool:
    return replace(one, seconds=0.0) == replace(other, seconds=0.0)


@pytest.mark.parametrize("files", FREE, ids=lambda files: ",".join(files) or "nothing")
@pytest.mark.parametrize("below", [(), ("a.py", "n.ipynb"), ("b",)], ids=["all", "files", "folder"])
def test_the_result_is_that_of_a_scan(files: dict[str, bytes], below: tuple[str, ...]) -> None:
    tree, options = MemoryTree(files), ScanOptions(below=below)
    found = hit_free_result(tree, CATALOGUE, options)
    assert found is not None
    assert same(found, scan_tree(tree, catalogue=CATALOGUE, options=options))


@pytest.mark.parametrize("files", NOT_FREE, ids=range(len(NOT_FREE)))
def test_a_file_that_mentions_a_callable_of_an_imported_library_is_left_to_the_scan(files: dict[str, bytes]) -> None:
    assert hit_free_result(MemoryTree(files), CATALOGUE, ScanOptions()) is None


def test_without_the_prefilter_every_file_is_left_to_the_scan() -> None:
    assert hit_free_result(MemoryTree(FREE[2]), CATALOGUE, ScanOptions(prefilter=False)) is None
