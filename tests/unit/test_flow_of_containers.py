"""What is known of containers that other modules change, of what loops leave behind, of names bound by dictionaries."""

from __future__ import annotations

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.scan import scan_tree
from ptmscan.signatures import load_catalogue

CONSTS = 'TABLE = {"a": "org/a", "b": "org/b"}\nROWS = ["org/a"]\nNAME = "org/a"\n'
LOADS = "from transformers import AutoModel\n"


def _answer(main: str, **others: str) -> tuple[set[str], bool]:
    """The names that the loads of the main module may have, and whether these are all."""
    files = {"consts.py": CONSTS, "main.py": LOADS + main} | {f"{name}.py": text for name, text in others.items()}
    usages = [u for u in scan_tree(MemoryTree(files), catalogue=load_catalogue()).usages if u.path == "main.py"]
    return {m.name for u in usages for m in u.models}, all(u.exhaustive for u in usages)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('from consts import TABLE\nTABLE["a"] = "org/c"\nAutoModel.from_pretrained(TABLE["a"])\n', {"org/c"}),
        ('from consts import TABLE\nTABLE["a"] += "-x"\nAutoModel.from_pretrained(TABLE["a"])\n', {"org/a-x"}),
        ('from consts import ROWS\nROWS.append("org/c")\nAutoModel.from_pretrained(ROWS[-1])\n', {"org/c"}),
        (
            'from consts import TABLE\ndel TABLE["a"]\nAutoModel.from_pretrained(next(iter(TABLE.values())))\n',
            {"org/b"},
        ),
        ('for name in ("org/a", "org/b"):\n    pass\nAutoModel.from_pretrained(name)\n', {"org/b"}),
        ('rows = ["org/b", "org/a"]\nAutoModel.from_pretrained(max(rows))\n', {"org/b"}),
        ('AutoModel.from_pretrained(min("org/b", "org/a"))\n', {"org/a"}),
        (
            (
                'class Made:\n    def __init__(self, name):\n        self.name = name\n        self.name = "org/b"\n'
                'AutoModel.from_pretrained(Made("org/a").name)\n'
            ),
            {"org/b"},
        ),
        ('name = "org/a"\nglobals()["name"] = "org/b"\nAutoModel.from_pretrained(name)\n', {"org/b"}),
        ('a = "org/a"\nexec("b = a")\nAutoModel.from_pretrained(a)\n', {"org/a"}),
    ],
)
def test_the_flow_of_the_module_that_changes_it_is_followed(code: str, names: set[str]) -> None:
    assert _answer(code) == (names, True)


def test_a_module_reads_its_own_container_before_others_change_it() -> None:
    consts = CONSTS + LOADS + 'AutoModel.from_pretrained(TABLE["a"])\n'
    files = {"main.py": consts, "late.py": 'from main import TABLE\nTABLE["a"] = "org/c"\n'}
    (usage,) = scan_tree(MemoryTree(files), catalogue=load_catalogue()).usages
    assert ({m.name for m in usage.models}, usage.exhaustive) == ({"org/a"}, True)


@pytest.mark.parametrize(
    ("code", "others"),
    [
        # Another module changes it, too, by a name of its own.
        (
            'from consts import TABLE\nimport late\nAutoModel.from_pretrained(TABLE["a"])\n',
            {"late": 'from consts import TABLE\nTABLE["a"] = "org/c"\n'},
        ),
        # The import runs again after the change, or the name is bound twice.
        (
            (
                'for _ in range(2):\n    from consts import TABLE\n    AutoModel.from_pretrained(TABLE["a"])\n'
                '    TABLE["a"] = "org/c"\n'
            ),
            {},
        ),
        (
            (
                'from consts import TABLE\nTABLE["a"] = "org/c"\nfrom consts import TABLE\n'
                'AutoModel.from_pretrained(TABLE["a"])\n'
            ),
            {},
        ),
        # Seen by another name of the same object.
        (
            (
                'import consts\nfrom consts import TABLE\nTABLE["a"] = "org/c"\n'
                'AutoModel.from_pretrained(consts.TABLE["a"])\n'
            ),
            {},
        ),
        # The loop is left early.
        (
            (
                'import coin\nfor name in ("org/c", "org/b"):\n    if coin.flip():\n        break\n'
                "AutoModel.from_pretrained(name)\n"
            ),
            {},
        ),
        # The loop's own iterable grows.
        (
            (
                'rows = ["org/a"]\nfor name in rows:\n    if len(rows) < 2:\n        rows.append("org/c")\n'
                "AutoModel.from_pretrained(name)\n"
            ),
            {},
        ),
    ],
)
def test_what_another_way_may_have_changed_is_not_passed_over(code: str, others: dict[str, str]) -> None:
    names, closed = _answer(code, **others)
    assert "org/c" in names or not closed


def test_a_table_of_a_package_at_the_top_that_many_files_mention_is_open_and_no_crash() -> None:
    package = LOADS + 'TABLE = {"a": "org/a"}\ndef load(): return AutoModel.from_pretrained(TABLE["a"])\n'
    others = {f"module_{number}.py": "from . import TABLE\n" for number in range(40)}
    (usage,) = scan_tree(MemoryTree({"__init__.py": package} | others), catalogue=load_catalogue()).usages
    assert [model.name for model in usage.models] == ["org/a"]
    assert not usage.exhaustive
