"""What a FileTree lists and reads, whichever kind it is."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from git_clones import clone, git, write

from ptmscan.discovery import FileTree, GitTree, MemoryTree, WorkTree, open_tree, select_python
from ptmscan.errors import UnreadableFileError, UsageError

FILES = {
    "main.py": "import torch\n",
    "pkg/__init__.py": "",
    "pkg/model.py": "x = 1\r\n",
    "notes.ipynb": "{}",
    "weights/model.bin": b"\0\1",
}


def paths(tree: FileTree) -> list[str]:
    return [entry.path for entry in tree.entries()]


@pytest.fixture(params=["memory", "folder", "clone", "commit"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> FileTree:
    if request.param == "memory":
        return MemoryTree({name: text.encode() if isinstance(text, str) else text for name, text in FILES.items()})
    if request.param == "folder":
        return open_tree(write(tmp_path / "tree", FILES))
    folder = clone(tmp_path / "tree", FILES)
    return open_tree(folder, "HEAD" if request.param == "commit" else None)


def test_every_tree_lists_every_file_once_in_order_with_its_size(tree: FileTree) -> None:
    assert [(entry.path, entry.size) for entry in tree.entries()] == [
        ("main.py", 13),
        ("notes.ipynb", 2),
        ("pkg/__init__.py", 0),
        ("pkg/model.py", 7),
        ("weights/model.bin", 2),
    ]
    assert tree.diagnostics() == ()


def test_every_tree_reads_bytes_as_they_are(tree: FileTree) -> None:
    assert tree.read("pkg/model.py") == b"x = 1\r\n"
    assert tree.read("weights/model.bin") == b"\0\1"
    assert tree.read("pkg/__init__.py") == b""


def test_every_tree_tells_files_from_folders(tree: FileTree) -> None:
    assert tree.is_file("pkg/model.py")
    assert not tree.is_file("pkg")
    assert not tree.is_file("missing.py")
    assert tree.is_dir("pkg")
    assert tree.is_dir("weights/")
    assert tree.is_dir(".")
    assert not tree.is_dir("pkg/model.py")
    assert not tree.is_dir("pk")


@pytest.mark.parametrize(
    "path", ["missing.py", "../outside.py", "/etc/passwd", "pkg", "pkg/../main.py", "", ".git/HEAD"]
)
def test_no_tree_reads_what_it_does_not_list(tree: FileTree, path: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        tree.read(path)
    assert caught.value.code == "unreadable"


def test_every_tree_can_be_sent_to_another_process(tree: FileTree) -> None:
    tree.entries()
    tree.read("main.py")
    copy: FileTree = pickle.loads(pickle.dumps(tree))
    assert copy.entries() == tree.entries()
    assert copy.read("main.py") == b"import torch\n"
    assert copy.commit == tree.commit


def test_python_is_selected_by_suffix() -> None:
    tree = MemoryTree(dict.fromkeys(("a.py", "b.pyw", "c.ipynb", "d.pyc", "e.txt", "py", "f.pyi"), ""))
    assert [entry.path for entry in select_python(tree.entries())] == ["a.py", "b.pyw", "c.ipynb"]


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptmscan.discovery.tree.MAX_FILE_BYTES", 10)
    monkeypatch.setattr("ptmscan.discovery.tree.MAX_NOTEBOOK_BYTES", 20)
    files = {"a.py": "x" * 11, "b.py": "x" * 10, "a.ipynb": "x" * 21, "b.ipynb": "x" * 20}
    folder = clone(tmp_path / "tree", files)
    for tree in (open_tree(folder), open_tree(folder, "HEAD"), MemoryTree(files)):
        assert tree.read("b.py") == b"x" * 10
        assert tree.read("b.ipynb") == b"x" * 20
        for name in ("a.py", "a.ipynb"):
            with pytest.raises(UnreadableFileError, match="the limit is") as caught:
                tree.read(name)
            assert caught.value.code == "too-large"


def test_a_python_file_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    tree = open_tree(write(tmp_path, {"big.py": b"x = 1\n" * 1_700_000}))
    assert len(tree.read("big.py")) == 10_200_000


def test_a_clone_and_its_commit_are_the_same_tree(tmp_path: Path) -> None:
    folder = clone(tmp_path / "tree", FILES | {"a.md": "a"})
    (folder / "link.py").symlink_to("main.py")
    (folder / "other.py").symlink_to("../outside.py")
    (folder / "code").symlink_to("pkg")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=links")
    work, commit = open_tree(folder), open_tree(folder, "HEAD")
    assert work.entries() == commit.entries()
    assert work.commit == commit.commit
    assert isinstance(work, WorkTree)
    assert isinstance(commit, GitTree)
    assert (
        [found.path for found in work.diagnostics()] == [found.path for found in commit.diagnostics()] == ["other.py"]
    )
    for tree in (work, commit):
        assert tree.is_file("link.py")
        assert tree.read("link.py") == b"import torch\n"


def test_a_name_outside_utf8_is_printable_and_readable(tmp_path: Path) -> None:
    raw = b"caf\xe9.py"
    folder = tmp_path / "tree"
    folder.mkdir()
    Path(folder, raw.decode("utf-8", "surrogateescape")).write_bytes(b"x = 1\n")
    for tree in (open_tree(folder), open_tree(clone(folder, {}))):
        assert paths(tree) == [r"caf\xe9.py"]
        assert tree.read(r"caf\xe9.py") == b"x = 1\n"
    assert open_tree(folder, "HEAD").read(r"caf\xe9.py") == b"x = 1\n"


def test_two_names_that_print_alike_are_read_once_and_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {r"caf\xe9.py": "first"})
    Path(folder, b"caf\xe9.py".decode("utf-8", "surrogateescape")).write_bytes(b"second")
    tree = open_tree(folder)
    assert paths(tree) == [r"caf\xe9.py"]
    assert [(found.path, found.code) for found in tree.diagnostics()] == [(r"caf\xe9.py", "unreadable")]


def test_the_path_must_exist_and_be_a_file_or_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        open_tree(tmp_path / "missing")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        open_tree(Path("/dev/null"))
    with pytest.raises(UsageError, match="not in a git repository"):
        open_tree(tmp_path, "HEAD")
