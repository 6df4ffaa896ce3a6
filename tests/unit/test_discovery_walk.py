"""What is listed of a folder that is no clone; git itself says what .gitignore files mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_clones import git, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptmscan.discovery import FileTree, open_tree


def paths(tree: FileTree) -> list[str]:
    return [entry.path for entry in tree.entries()]


def test_folders_that_tools_made_are_skipped_wherever_they_are(tmp_path: Path) -> None:
    skipped = ["__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache", ".hg", "lib/site-packages", ".eggs"]
    write(tmp_path, {"a.py": "", **{f"pkg/{name}/x.py": "" for name in skipped}})
    assert paths(open_tree(tmp_path)) == ["a.py"]


def test_a_virtual_environment_is_known_by_its_mark_not_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"env3/pyvenv.cfg": "", "env3/bin/x.py": "", "venv/mine.py": ""})
    assert paths(open_tree(tmp_path)) == ["venv/mine.py"]


def test_the_folder_that_was_named_is_walked_whatever_it_is(tmp_path: Path) -> None:
    write(tmp_path, {"site-packages/a.py": "", "site-packages/pyvenv.cfg": "", ".gitignore": "*"})
    assert "a.py" in paths(open_tree(tmp_path / "site-packages"))


def test_the_repository_is_called_as_its_folder(tmp_path: Path) -> None:
    tree = open_tree(write(tmp_path / "project", {"a.py": ""}))
    assert (tree.repository, tree.commit) == ("project", None)
    assert open_tree(tmp_path / "project/a.py").repository == "project"


def test_a_single_file_is_a_tree_of_one(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x", "b.py": "", ".gitignore": "a.py"})
    tree = open_tree(tmp_path / "a.py")
    assert paths(tree) == ["a.py"]
    assert tree.read("a.py") == b"x"


def test_a_single_file_that_is_a_link_is_read_where_it_leads(tmp_path: Path) -> None:
    write(tmp_path, {"real/b.py": "x"})
    (tmp_path / "a.py").symlink_to("real/b.py")
    tree = open_tree(tmp_path / "a.py")
    assert [tree.read(path) for path in paths(tree)] == [b"x"]


def test_ignore_files_of_inner_folders_win(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "*.py\n!kept.py\n/build/\n",
            "a.py": "",
            "kept.py": "",
            "build/kept.py": "",
            "sub/.gitignore": "!b.py\nkept.py\n",
            "sub/a.py": "",
            "sub/b.py": "",
            "sub/kept.py": "",
            "sub/build/kept.txt": "",
        },
    )
    assert paths(open_tree(tmp_path)) == [".gitignore", "kept.py", "sub/.gitignore", "sub/b.py", "sub/build/kept.txt"]


@pytest.mark.parametrize("special", ["folder", "link", "binary", "invalid"])
def test_an_ignore_file_that_is_none_does_not_stop_the_walk(tmp_path: Path, special: str) -> None:
    write(tmp_path, {"sub/a.py": ""})
    ignore = tmp_path / "sub/.gitignore"
    if special == "folder":
        ignore.mkdir()
    elif special == "link":
        ignore.symlink_to("../../rules")
    else:
        ignore.write_bytes(b"\xff\0\xfe[\n" if special == "binary" else b"!\n/\n[\n\\\n! \n")
    tree = open_tree(tmp_path)
    assert "sub/a.py" in paths(tree)
    assert len(tree.diagnostics()) == (1 if special in {"folder", "link"} else 0)


def test_patterns_that_would_take_exponential_time_are_not_applied_and_told(tmp_path: Path) -> None:
    name = "a" * 200
    write(tmp_path, {".gitignore": "*a*a*a*a*a*a*a*a*a*b\n*.log\n", f"{name}.py": "", "b.log": ""})
    tree = open_tree(tmp_path)
    assert paths(tree) == [".gitignore", f"{name}.py"]
    assert [(found.path, found.code) for found in tree.diagnostics()] == [(".gitignore", "analysis-limit")]


NAMES = st.sampled_from(["a", "b", "a.py", "b.py", "build", ".x", "a b"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "!", "/", "!/"]),
    st.lists(
        st.sampled_from(["a", "b", "*", "**", "*.py", "?.py", "a*", "[ab]", "[!a].py", "build", r"\a", ".x"]),
        min_size=1,
        max_size=3,
    ).map("/".join),
    st.sampled_from(["", "/", " ", "/**"]),
).map("".join)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.frozensets(PATHS, min_size=1, max_size=8),
    rules=st.dictionaries(st.sampled_from(["", "a/", "build/", "b/a/"]), st.lists(PATTERNS, max_size=4), max_size=3),
)
def test_what_is_ignored_is_what_git_ignores(
    tmp_path_factory: pytest.TempPathFactory, files: frozenset[str], rules: dict[str, list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    for path in sorted(files):
        if not any(other.startswith(f"{path}/") for other in files) and not _passes_through_a_file(folder, path):
            write(folder, {path: ""})
    for where, patterns in rules.items():
        if (folder / where).is_dir():
            write(folder, {f"{where}.gitignore": "\n".join(patterns)})
    listed = paths(open_tree(folder))
    git(folder, "init", "--quiet")
    expected = git(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    assert listed == sorted(path for path in expected if path)


def _passes_through_a_file(folder: Path, path: str) -> bool:
    return any(parent.is_file() for parent in (folder / path).parents if parent != folder)
