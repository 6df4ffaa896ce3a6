"""Import statements find the file that Python would import, in the layouts that repositories have."""

from __future__ import annotations

import pytest

from ptmscan.analysis.modules import Modules


def resolve(files: list[str], importer: str, name: str, libraries: frozenset[str] = frozenset()) -> str | None:
    return Modules(files, libraries).resolve(importer, name)


RESOLVED = {
    "module beside a script": (["a.py", "b.py"], "a.py", "b", "b.py"),
    "module beside a script in a folder": (["tools/a.py", "tools/b.py", "b.py"], "tools/a.py", "b", "tools/b.py"),
    "top level from a script in a folder": (["tools/a.py", "b.py"], "tools/a.py", "b", "b.py"),
    "package beside a script": (["a.py", "p/__init__.py"], "a.py", "p", "p/__init__.py"),
    "module of a package": (["a.py", "p/__init__.py", "p/m.py"], "a.py", "p.m", "p/m.py"),
    "inside a package from its root": (["p/__init__.py", "p/m.py", "p/n.py"], "p/m.py", "p.n", "p/n.py"),
    "package before module": (["a.py", "p.py", "p/__init__.py"], "a.py", "p", "p/__init__.py"),
    "src layout": (["src/p/__init__.py", "src/p/m.py", "tests/test_m.py"], "tests/test_m.py", "p.m", "src/p/m.py"),
    "src layout from a script": (["src/p/__init__.py", "run.py"], "run.py", "p", "src/p/__init__.py"),
    "namespace package": (["a.py", "p/m.py"], "a.py", "p.m", "p/m.py"),
    "folder of a namespace package": (["a.py", "p/m.py"], "a.py", "p", "p"),
    "nested namespace package": (["a.py", "p/q/m.py"], "a.py", "p.q.m", "p/q/m.py"),
    "script inside a package": (["p/__init__.py", "p/a.py", "p/b.py"], "p/a.py", "b", "p/b.py"),
    "not of this repository": (["a.py"], "a.py", "numpy", None),
    "missing submodule": (["a.py", "p/__init__.py"], "a.py", "p.m", None),
    "never itself": (["a.py"], "a.py", "a", None),
}


@pytest.mark.parametrize(("files", "importer", "name", "expected"), RESOLVED.values(), ids=RESOLVED)
def test_absolute_import(files, importer, name, expected):
    assert resolve(files, importer, name) == expected


def test_folder_named_as_a_library_does_not_hide_it():
    files = ["a.py", "transformers/notes.py"]
    assert resolve(files, "a.py", "transformers", frozenset(["transformers"])) is None
    assert resolve(files, "a.py", "transformers.notes", frozenset(["transformers"])) is None


def test_module_inside_a_package_does_not_hide_a_library():
    files = ["p/__init__.py", "p/a.py", "p/transformers.py"]
    assert resolve(files, "p/a.py", "transformers", frozenset(["transformers"])) is None


def test_module_beside_a_script_hides_a_library():
    files = ["a.py", "transformers.py"]
    assert resolve(files, "a.py", "transformers", frozenset(["transformers"])) == "transformers.py"


RELATIVE = {
    "sibling": ("p/q/m.py", 1, "n", "p/q/n.py"),
    "own package": ("p/q/m.py", 1, "", "p/q/__init__.py"),
    "from an __init__": ("p/q/__init__.py", 1, "n", "p/q/n.py"),
    "one up": ("p/q/m.py", 2, "k", "p/k.py"),
    "package one up": ("p/q/m.py", 2, "", "p/__init__.py"),
    "down from one up": ("p/q/m.py", 2, "q.n", "p/q/n.py"),
    "missing": ("p/q/m.py", 1, "absent", None),
    "above the top": ("p/q/m.py", 5, "k", None),
}


@pytest.mark.parametrize(("importer", "level", "name", "expected"), RELATIVE.values(), ids=RELATIVE)
def test_relative_import(importer, level, name, expected):
    modules = Modules(["p/__init__.py", "p/k.py", "p/q/__init__.py", "p/q/m.py", "p/q/n.py"])
    assert modules.relative(importer, level, name) == expected


NAMES = {
    "script": ("run.py", "run"),
    "package": ("src/p/__init__.py", "p"),
    "module": ("src/p/m.py", "p.m"),
    "script in a folder": ("tools/go.py", "go"),
}


@pytest.mark.parametrize(("path", "expected"), NAMES.values(), ids=NAMES)
def test_dotted_name_begins_at_the_import_root(path, expected):
    assert Modules(["run.py", "src/p/__init__.py", "src/p/m.py", "tools/go.py"]).name(path) == expected


def test_submodules_of_packages_and_namespace_folders():
    modules = Modules(["p/__init__.py", "p/m.py", "q/m.py"])
    assert modules.submodule("p/__init__.py", "m") == "p/m.py"
    assert modules.submodule("q", "m") == "q/m.py"
    assert modules.submodule("p/m.py", "m") is None
