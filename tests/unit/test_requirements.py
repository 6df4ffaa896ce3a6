"""What each kind of file says about releases, which file decides, and that nothing in them is run or led astray."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ptmscan.requirements import (
    Requirement,
    Requirements,
    lock_files,
    meet,
    pip_files,
    projects,
    releases,
    setup_scripts,
)
from ptmscan.requirements.model import Declared
from ptmscan.requirements.versions import spans


class Files:
    """Text files in memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read_text(self, path: str) -> str | None:
        return self.files.get(path)


def asked(files: dict[str, str], path: str = "main.py", name: str = "timm") -> tuple[str, str, int] | None:
    found = Requirements(Files(files)).of((name,), path)
    return found and (found.text, found.path, found.line)


def said(read: Callable[[str], Iterable[object]], text: str) -> dict[str, str]:
    return {one.distribution: one.specifier for one in read(text) if isinstance(one, Declared)}


# --- what a file says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("timm==0.9.2", "==0.9.2"),
        ("timm", ""),
        ("Timm [extra] >= 0.6 , < 1 ; python_version > '3'  # why", "<1,>=0.6"),
        ("timm==0.9.2 --hash=sha256:00", "==0.9.2"),
        ("timm @ git+https://github.com/huggingface/pytorch-image-models@v0.9.16", "==0.9.16"),
        ("-e git+https://github.com/huggingface/pytorch-image-models.git@v0.9.16#egg=timm", "==0.9.16"),
        ("git+https://github.com/acme/timm@main", ""),
        ("https://example.org/wheels/timm-0.4.12-py3-none-any.whl", "==0.4.12"),
        ("timm \\\n  ==0.9.2", "==0.9.2"),
    ],
)
def test_a_line_of_a_requirements_file(line: str, found: str) -> None:
    assert said(pip_files.read_requirements, line) == {"timm": found}


@pytest.mark.parametrize("line", ["# timm==1", "--index-url https://x", "timm==", "???", "timm=1", "x" * 5000 + "==1"])
def test_what_is_no_requirement_says_nothing(line: str) -> None:
    assert said(pip_files.read_requirements, line + "\nother==2") == {"other": "==2"}


@pytest.mark.parametrize(
    ("written", "specifiers"),
    [
        ("^1.2.3", (">=1.2.3,<2",)),
        ("^0.2.3", (">=0.2.3,<0.3",)),
        ("^0.0.3", (">=0.0.3,<0.0.4",)),
        ("~1.2.3", (">=1.2.3,<1.3",)),
        ("~1", (">=1,<2",)),
        ("1.2.*", ("==1.2.*",)),
        ("1.2", ("==1.2",)),
        (">=1,<2", (">=1,<2",)),
        (">=1 <2", (">=1,<2",)),
        ("^1 || ^3", (">=1,<2", ">=3,<4")),
        ("*", ("",)),
    ],
)
def test_constraints_of_poetry(written: str, specifiers: tuple[str, ...]) -> None:
    assert projects.poetry_specifiers(written) == specifiers


@pytest.mark.parametrize(
    ("written", "specifier"),
    [
        ("=4.30", "==4.30.*"),
        ("==4.30.2", "==4.30.2"),
        ("4.*", "==4.*"),
        (">=4,<5", ">=4,<5"),
        ("=1.2=py39_0", "==1.2.*"),
    ],
)
def test_versions_of_conda(written: str, specifier: str) -> None:
    assert projects.conda_specifier(written) == specifier


def test_pyproject_with_all_its_tools() -> None:
    text = """
[project]
dependencies = ["a==1"]
[project.optional-dependencies]
x = ["b==2"]
[dependency-groups]
g = ["c==3", {include-group = "h"}]
[tool.poetry.dependencies]
d = "^4"
e = {version = "5.0", extras = ["x"]}
f = {git = "https://example.org/f", tag = "v6.1"}
[tool.poetry.group.dev.dependencies]
g = "7.*"
[tool.pdm.dev-dependencies]
test = ["h==8"]
[tool.uv]
dev-dependencies = ["i==9"]
"""
    found = {"a": "==1", "b": "==2", "c": "==3", "d": ">=4,<5", "e": "==5.0", "f": "==6.1"}
    assert said(projects.read_pyproject, text) == found | {"g": "==7.*", "h": "==8", "i": "==9"}


def test_setup_cfg_pipfile_and_conda() -> None:
    cfg = "[options]\ninstall_requires =\n    a==1\n    b==2; python_version<'4'\n[options.extras_require]\nx = c==3\n"
    assert said(projects.read_setup_cfg, cfg) == {"a": "==1", "b": "==2", "c": "==3"}
    pipfile = '[packages]\na = "*"\nb = "==2"\n[dev-packages]\nc = {version = "~=3.0"}\n'
    assert said(projects.read_pipfile, pipfile) == {"a": "", "b": "==2", "c": "~=3.0"}
    conda = "dependencies:\n  - python=3.9\n  - pytorch::a=1.2=py39_0\n  - pip:\n    - b==2\n"
    assert said(projects.read_conda, conda) == {"python": "==3.9.*", "a": "==1.2.*", "b": "==2"}


def test_setup_py_is_read_and_not_run() -> None:
    text = """
import os, setuptools
raise SystemExit("never run")
BASE = ["a==1"]
extra = {"x": "b==2\\nc==3"}
setuptools.setup(install_requires=BASE + ["d==4", *["e==5"]], extras_require=extra, **{"tests_require": ("f==6",)})
"""
    found = {"a": "==1", "b": "==2", "c": "==3", "d": "==4", "e": "==5", "f": "==6"}
    assert said(setup_scripts.read_setup_script, text) == found


def test_locks() -> None:
    lock = '[[package]]\nname = "A_b"\nversion = "1.0"\n[package.source]\nname = "x"\nversion = "3"\n'
    assert said(lock_files.read_toml_lock, lock) == {"a-b": "==1.0"}
    pipfile = '{"_meta": {}, "default": {"a": {"version": "==1.0"}}, "develop": {"b": {"git": "x"}}}'
    assert said(lock_files.read_pipfile_lock, pipfile) == {"a": "==1.0"}


@given(st.text(max_size=200))
def test_no_text_breaks_a_reader(text: str) -> None:
    names = ["requirements.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml"]
    for name in [*names, "uv.lock", "Pipfile.lock"]:
        asked({name: text})


# --- which file decides -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "path", "found"),
    [
        ({"requirements.txt": "timm==1"}, "a/b/c.py", ("==1", "requirements.txt", 1)),
        (
            {"requirements.txt": "timm==1", "a/requirements.txt": "timm==2"},
            "a/b/c.py",
            ("==2", "a/requirements.txt", 1),
        ),
        ({"requirements.txt": "timm==1", "b/requirements.txt": "timm==2"}, "a/c.py", ("==1", "requirements.txt", 1)),
        ({"requirements/prod.txt": "torch\ntimm==1"}, "a.py", ("==1", "requirements/prod.txt", 2)),
        ({"requirements.txt": "timm", "setup.py": "setup(install_requires='timm==2')"}, "a.py", ("==2", "setup.py", 1)),
        (
            {"requirements.txt": "timm>=1", "uv.lock": '[[package]]\nname = "timm"\nversion = "2"'},
            "a.py",
            ("==2", "uv.lock", 2),
        ),
        ({"requirements.txt": "-r more/base.txt", "more/base.txt": "timm==3"}, "a.py", ("==3", "more/base.txt", 1)),
        ({"requirements.txt": "timm>=1\n-c c.txt", "c.txt": "timm==3"}, "a.py", (">=1,==3", "requirements.txt", 1)),
        (
            {"requirements.txt": "timm<1; os_name<'a'\ntimm>=2; os_name>'a'"},
            "a.py",
            ("<1 or >=2", "requirements.txt", 1),
        ),
        ({"docs/readme.txt": "timm==1"}, "docs/a.py", None),
    ],
)
def test_the_nearest_file_that_names_a_release(files: dict[str, str], path: str, found: object) -> None:
    assert asked(files, path) == found


def test_includes_end_and_stay_inside() -> None:
    files = {
        "requirements.txt": "-r requirements.txt\n-r ../outside.txt\n-r /etc/passwd\n-r b.txt",
        "b.txt": "-r a.txt\ntimm==1",
    }
    assert asked(files) == ("==1", "b.txt", 2)


def test_many_lines_of_one_distribution_are_cut() -> None:
    found = Requirements(Files({"requirements.txt": "".join(f"timm=={i}\n" for i in range(5000))})).of(["timm"], "a")
    assert found is not None
    assert len(found.specifiers) == 16


def test_a_file_that_cannot_be_read_is_told_of() -> None:
    requirements = Requirements(Files({"pyproject.toml": "[[[", "setup.cfg": "[options]\ninstall_requires = timm==1"}))
    assert requirements.of(("timm",), "a.py") is not None
    assert list(requirements.problems) == ["pyproject.toml"]


# --- releases ---------------------------------------------------------------------------------------------------------

NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
SPECIFIERS = st.lists(st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS).map("".join), max_size=3)


@given(one=SPECIFIERS.map(",".join), other=SPECIFIERS.map(",".join), version=NUMBERS)
def test_what_one_release_satisfies_can_be_satisfied(one: str, other: str, version: str) -> None:
    if SpecifierSet(one).contains(Version(version)) and SpecifierSet(other).contains(Version(version)):
        assert meet(one, other)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (">=6", "<6", False),
        (">5.9", "<6", True),
        ("==4.20.1", ">=4.20.1,<4.30.2", True),
        ("~=4.2", "<4.2", False),
        ("==4.30.*", ">=4.31", False),
        ("no specifier", "==1", True),
    ],
)
def test_whether_two_ranges_meet(one: str, other: str, both: bool) -> None:
    assert meet(one, other) is both


@pytest.mark.parametrize(
    ("specifier", "found"),
    [
        (None, ("3.0", "2.0", "1.0")),
        ("==2.0", ("2.0",)),
        ("==2.5", ("2.0", "3.0")),
        ("<2", ("1.0",)),
        (">=2", ("3.0", "2.0")),
        ("==0.5", ("1.0",)),
        ("==7", ("3.0",)),
    ],
)
def test_a_known_release_stands_for_those_up_to_the_next(specifier: str | None, found: tuple[str, ...]) -> None:
    requirement = None if specifier is None else Requirement("timm", (specifier,), "requirements.txt", 1)
    assert releases(("3.0", "2.0", "1.0"), requirement) == found


def test_neighbouring_releases_are_told_together() -> None:
    known = ("4", "3", "2", "1")
    assert spans(known, ["4", "3"]) == ">=3"
    assert spans(known, ["3", "2"]) == ">=2,<4"
    assert spans(known, ["4", "1"]) == ">=4 or >=1,<2"
