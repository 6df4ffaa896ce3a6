"""A scanned folder may try to run something, to be read outside itself, or to make the scan hang."""

from __future__ import annotations

import inspect
import os
import socket
import sys
from pathlib import Path

import pytest
from git_clones import clone, git, write

from ptmscan.discovery import FileTree, MemoryTree, open_tree
from ptmscan.discovery.tree import is_contained
from ptmscan.errors import UnreadableFileError, UsageError

SECRET = "password = 'outside'\n"


def paths(tree: FileTree) -> list[str]:
    return [entry.path for entry in tree.entries()]


def problems(tree: FileTree) -> list[tuple[str, str]]:
    return [(found.path, found.code) for found in tree.diagnostics()]


def use_everything(tree: FileTree) -> None:
    """Everything of a tree that may start git."""
    for entry in tree.entries():
        try:
            tree.read(entry.path)
        except UnreadableFileError:
            continue
    assert tree.diagnostics() is not None
    assert tree.repository
    assert tree.commit is None or len(tree.commit) == 40


# --- clones that would run something ----------------------------------------------------------------------------------


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


@pytest.fixture
def program(tmp_path: Path, marker: Path) -> str:
    write(tmp_path, {"program": f"#!/bin/sh\necho ran > '{marker}'\nexit 1\n"})
    (tmp_path / "program").chmod(0o755)
    return str(tmp_path / "program")


def settings(program: str) -> dict[str, str]:
    return {
        "core.fsmonitor": program,
        "core.hooksPath": str(Path(program).parent),
        "core.pager": program,
        "core.editor": program,
        "core.sshCommand": program,
        "core.askPass": program,
        "core.alternateRefsCommand": program,
        "core.gitProxy": program,
        "credential.helper": program,
        "diff.external": program,
        "diff.evil.textconv": program,
        "filter.evil.smudge": program,
        "filter.evil.clean": program,
        "filter.evil.process": program,
        "filter.evil.required": "true",
        "alias.ls-files": f"!{program}",
        "alias.ls-tree": f"!{program}",
        "alias.rev-parse": f"!{program}",
        "alias.cat-file": f"!{program}",
        "trace2.eventTarget": program,
        "uploadpack.packObjectsHook": program,
        "gpg.program": program,
        "log.showSignature": "true",
        "submodule.recurse": "true",
        "protocol.ext.allow": "always",
        "extensions.partialClone": "evil",
        "core.repositoryFormatVersion": "1",
        "remote.evil.url": f"ext::{program}",
        "remote.evil.promisor": "true",
        "remote.evil.partialCloneFilter": "blob:none",
        "remote.evil.vcs": "evil",
        "remote.evil.uploadpack": program,
        "remote.origin.url": f"ext::{program}",
    }


@pytest.mark.parametrize("revision", [None, "HEAD"])
def test_nothing_that_a_clone_configures_is_run(
    tmp_path: Path, marker: Path, program: str, revision: str | None
) -> None:
    folder = clone(tmp_path / "clone", {"a.py": "x", ".gitattributes": "* filter=evil diff=evil\n", "lost.py": "y"})
    lost = git(folder, "rev-parse", "HEAD:lost.py")
    (folder / ".git/objects" / lost[:2] / lost[2:]).unlink()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        write(folder, {f".git/hooks/{hook}": Path(program).read_text()})
        (folder / ".git/hooks" / hook).chmod(0o755)
    lines = ["[core]"]
    for key, value in settings(program).items():
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        lines += [f'[{section} "{subsection}"]' if subsection else f"[{section}]", f'\t{name} = "{value}"']
    with (folder / ".git/config").open("a") as config:
        config.write("\n".join(lines) + "\n")
    use_everything(open_tree(folder, revision))
    assert not marker.exists()
    # Control: the same configuration does run the program when git is used without care.
    os.system(f"cd '{folder}' && git -c safe.directory='*' status >/dev/null 2>&1")
    assert marker.exists()


@pytest.mark.parametrize("revision", [None, "HEAD"])
def test_an_inherited_git_environment_has_no_say(
    tmp_path: Path, marker: Path, program: str, monkeypatch: pytest.MonkeyPatch, revision: str | None
) -> None:
    folder = clone(tmp_path / "clone", {"a.py": "x"})
    other = clone(tmp_path / "other", {"b.py": "y"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git/objects"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", program)
    monkeypatch.setenv("GIT_EXEC_PATH", str(tmp_path))
    tree = open_tree(folder, revision)
    assert paths(tree) == ["a.py"]
    use_everything(tree)
    assert not marker.exists()


def test_a_git_in_the_scanned_folder_is_not_run(
    tmp_path: Path, marker: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clone(tmp_path / "clone", {"a.py": "x"})
    (folder / "git").symlink_to(program)
    (folder / "bin").mkdir()
    (folder / "bin/git").symlink_to(program)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f".::bin:{os.environ['PATH']}")
    use_everything(open_tree(Path()))
    assert not marker.exists()


# --- clones that lead elsewhere ---------------------------------------------------------------------------------------


def test_a_configured_work_tree_elsewhere_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "victim", {"a.py": SECRET, "b.py": SECRET})
    folder = clone(tmp_path / "clone", {"a.py": "mine", "sub/c.py": "mine"})
    git(folder, "config", "core.worktree", str(tmp_path / "victim"))
    for tree in (open_tree(folder), open_tree(folder, "HEAD"), open_tree(folder / "sub")):
        assert "b.py" not in paths(tree)
        assert {tree.read(path) for path in paths(tree)} == {b"mine"}


@pytest.mark.parametrize("how", ["file", "link", "commondir", "refs", "objects"])
@pytest.mark.parametrize("revision", [None, "HEAD"])
def test_another_repository_is_not_read_as_this_one(tmp_path: Path, how: str, revision: str | None) -> None:
    victim = clone(tmp_path / "victim", {"private.py": SECRET})
    folder = write(tmp_path / "clone", {"a.py": "mine"})
    if how == "file":
        write(folder, {".git": f"gitdir: {victim / '.git'}\n"})
    elif how == "link":
        (folder / ".git").symlink_to(victim / ".git")
    else:
        clone(folder, {})
        if how == "commondir":
            write(folder, {".git/commondir": f"{victim / '.git'}\n"})
        else:
            (folder / ".git" / how).rename(folder / ".git/old")
            (folder / ".git" / how).symlink_to(victim / ".git" / how)
    if revision is not None:
        with pytest.raises(UsageError, match=r"lead back|another repository"):
            open_tree(folder, revision)
        return
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(".git", "unreadable")]
    assert tree.commit is None
    assert tree.repository == "clone"


def test_a_file_that_claims_to_be_a_linked_work_tree_is_not_believed(tmp_path: Path) -> None:
    victim = clone(tmp_path / "victim", {"private.py": SECRET})
    folder = write(tmp_path / "clone", {"a.py": "mine"})
    gitdir = folder / "evil/worktrees/x"
    write(gitdir, {"HEAD": "ref: refs/heads/main\n", "commondir": f"{victim / '.git'}\n", "gitdir": f"{folder}/.git\n"})
    write(folder, {".git": f"gitdir: {gitdir}\n"})
    with pytest.raises(UsageError, match="another repository"):
        open_tree(folder, "HEAD")


@pytest.mark.parametrize(
    "content", ["", "gitdir:", "gitdir: missing", "nonsense", "gitdir: a\nb", "gitdir: " + "x" * 9000]
)
def test_a_dot_git_that_is_none_leaves_a_folder(tmp_path: Path, content: str) -> None:
    tree = open_tree(write(tmp_path, {".git": content, "a.py": ""}))
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(".git", "unreadable")]


def test_a_dot_git_that_is_a_fifo_leaves_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".git")
    tree = open_tree(write(tmp_path, {"a.py": ""}))
    assert paths(tree) == ["a.py"]


@pytest.mark.parametrize("name", ["../victim.py", "/etc/victim.py", "a/../../victim.py", ".git/config.py", "a//b.py"])
def test_a_path_of_the_index_or_a_commit_that_leaves_the_repository_is_not_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"victim.py": SECRET})
    folder = clone(tmp_path / "clone", {"a.py": "mine"})
    blob = git(folder, "rev-parse", "HEAD:a.py")
    stand_in = "x" * len(name) + ".py"
    git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{stand_in[-len(name) :]}")
    index = (folder / ".git/index").read_bytes()
    assert index.count(stand_in[-len(name) :].encode()) == 1
    _write_index(folder, index.replace(stand_in[-len(name) :].encode(), name.encode()))
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(name, "link-outside-tree")]
    with pytest.raises(UnreadableFileError):
        tree.read(name)


def _write_index(folder: Path, index: bytes) -> None:
    import hashlib

    (folder / ".git/index").write_bytes(index[:-20] + hashlib.sha1(index[:-20]).digest())


@pytest.mark.parametrize("name", ["..", ".git", "."])
def test_a_tree_object_with_a_forbidden_name_is_not_read(tmp_path: Path, name: str) -> None:
    folder = clone(tmp_path / "clone", {"a.py": "mine"})
    blob = git(folder, "rev-parse", "HEAD:a.py")
    inner = git(folder, "mktree", data=f"100644 blob {blob}\tb.py\n".encode())
    body = b"40000 " + name.encode() + b"\0" + bytes.fromhex(inner) + b"100644 a.py\0" + bytes.fromhex(blob)
    outer = git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=body)
    commit = git(folder, "commit-tree", outer, "-m", "evil")
    tree = open_tree(folder, commit)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(f"{name}/b.py", "link-outside-tree")]


@pytest.mark.parametrize(
    ("path", "contained"),
    [("a", True), ("a/b.py", True), ("..a/b..", True), (".github/x", True), ("..", False), ("a/../b", False),
     ("/a", False), ("a//b", False), ("./a", False), ("", False), ("a/.git/x", False), (".GIT/x", False),
     ("a\0b", False)],
)  # fmt: skip
def test_containment_is_decided_by_the_text_of_a_path(path: str, contained: bool) -> None:
    assert is_contained(path) is contained


# --- links, special files, permissions --------------------------------------------------------------------------------


@pytest.fixture(params=["folder", "clone"])
def tracked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "clone")


def opened(folder: Path, tracked: bool) -> FileTree:
    return open_tree(clone(folder, {}) if tracked else folder)


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path, tracked: bool) -> None:
    write(tmp_path, {"victim.py": SECRET, "lib/x.py": SECRET, "data/x.csv": "1"})
    folder = write(tmp_path / "tree", {"a.py": "mine"})
    (folder / "file.py").symlink_to("../victim.py")
    (folder / "absolute.py").symlink_to(tmp_path / "victim.py")
    (folder / "notes.txt").symlink_to("../victim.py")
    (folder / "lib").symlink_to("../lib")
    tree = opened(folder, tracked)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(path, "link-outside-tree") for path in ("absolute.py", "file.py", "lib")]
    for path in ("file.py", "absolute.py", "notes.txt", "lib/x.py"):
        with pytest.raises(UnreadableFileError):
            tree.read(path)


def test_a_link_to_a_listed_file_is_readable_but_not_listed_twice(tmp_path: Path, tracked: bool) -> None:
    folder = write(tmp_path / "tree", {"pkg/a.py": "x"})
    (folder / "b.py").symlink_to("pkg/a.py")
    (folder / "chain.py").symlink_to("b.py")
    (folder / "code").symlink_to("pkg")
    tree = opened(folder, tracked)
    assert paths(tree) == ["pkg/a.py"]
    assert tree.diagnostics() == ()
    assert tree.read("b.py") == tree.read("chain.py") == b"x"


def test_a_link_to_a_file_of_the_tree_that_is_not_listed_is_followed(tmp_path: Path) -> None:
    folder = clone(tmp_path, {".gitignore": "/made\n"})
    write(folder, {"made/a.py": "x"})
    (folder / "a.py").symlink_to("made/a.py")
    (folder / "b.py").symlink_to("made/a.py")
    git(folder, "add", "a.py", "b.py")
    tree = open_tree(folder)
    assert paths(tree) == [".gitignore", "a.py"]
    assert tree.read("a.py") == tree.read("b.py") == b"x"
    assert tree.diagnostics() == ()


def test_links_that_lead_nowhere_or_in_a_circle_are_told(tmp_path: Path, tracked: bool) -> None:
    folder = write(tmp_path / "tree", {"a.py": ""})
    (folder / "broken.py").symlink_to("missing.py")
    (folder / "loop.py").symlink_to("pool.py")
    (folder / "pool.py").symlink_to("loop.py")
    (folder / "self").symlink_to(".")
    (folder / "broken.txt").symlink_to("missing.txt")
    tree = opened(folder, tracked)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(path, "unreadable") for path in ("broken.py", "loop.py", "pool.py")]
    if tracked:
        assert problems(open_tree(folder, "HEAD")) == problems(tree)


def test_a_link_into_the_git_directory_is_not_followed(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": ""})
    (folder / "b.py").symlink_to(".git/config")
    git(folder, "add", "b.py")
    tree = open_tree(folder)
    assert problems(tree) == [("b.py", "link-outside-tree")]


def test_special_files_are_told_and_not_opened(tmp_path: Path, tracked: bool) -> None:
    names = ("pipe.py", "device.py", "socket.py") if not tracked else ("pipe.py", "device.py")
    folder = write(tmp_path / "tree", {"a.py": "", **(dict.fromkeys(names, "") if tracked else {})})
    if tracked:
        clone(folder, {})
        for name in names:
            (folder / name).unlink()
    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "pipe.txt")
    (folder / "device.py").symlink_to("/dev/zero")
    if not tracked:
        with socket.socket(socket.AF_UNIX) as server:
            here = os.open(folder, os.O_RDONLY)
            server.bind(f"/proc/self/fd/{here}/socket.py")
            os.close(here)
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    expected = {"pipe.py": "not-a-regular-file", "device.py": "link-outside-tree", "socket.py": "not-a-regular-file"}
    assert dict(problems(tree)) == {name: expected[name] for name in names}


def test_a_file_that_becomes_something_else_after_the_listing_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"victim.py": SECRET, "lib/x.py": SECRET})
    folder = write(
        tmp_path / "tree", {"link.py": "", "pipe.py": "", "folder.py": "", "gone.py": "", "lib/x.py": "mine"}
    )
    tree = open_tree(folder)
    assert len(tree.entries()) == 5
    for name in ("link.py", "pipe.py", "folder.py", "gone.py"):
        (folder / name).unlink()
    (folder / "link.py").symlink_to("../victim.py")
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    codes = {}
    for name in ("link.py", "pipe.py", "folder.py", "gone.py"):
        with pytest.raises(UnreadableFileError) as caught:
            tree.read(name)
        codes[name] = caught.value.code
    assert codes == {
        "link.py": "not-a-regular-file",
        "pipe.py": "not-a-regular-file",
        "folder.py": "not-a-regular-file",
        "gone.py": "unreadable",
    }


def test_a_tracked_folder_that_is_now_a_link_out_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "victim", {"a.py": SECRET})
    folder = clone(tmp_path / "tree", {"pkg/a.py": "mine"})
    (folder / "pkg/a.py").unlink()
    (folder / "pkg").rmdir()
    (folder / "pkg").symlink_to("../victim")
    tree = open_tree(folder)
    assert paths(tree) == []
    assert problems(tree) == [("pkg/a.py", "link-outside-tree")]


def test_a_file_without_permission_is_a_problem_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = open_tree(write(tmp_path, {"a.py": "x", "denied.py": ""}))
    open_file = os.open

    def deny(path: str, flags: int) -> int:
        if path.endswith("denied.py"):
            raise PermissionError(13, "Permission denied", path)
        return open_file(path, flags)

    monkeypatch.setattr("os.open", deny)
    with pytest.raises(UnreadableFileError, match=r"denied.py: permission denied") as caught:
        tree.read("denied.py")
    assert caught.value.code == "unreadable"
    assert tree.read("a.py") == b"x"


def test_a_folder_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, {"a.py": "x", "denied/b.py": ""})
    scan = os.scandir

    def deny(path: str) -> object:
        if path.endswith("denied"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("os.scandir", deny)
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [("denied", "unreadable")]


def test_folders_nested_deeper_than_the_stack_are_walked(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(os.open("deep.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        tree = open_tree(tmp_path)
        listed = paths(tree)
        assert tree.read(listed[0]) == b""
    finally:
        sys.setrecursionlimit(limit)
    assert listed == ["d/" * 300 + "deep.py"]


def test_memory_holds_no_outside() -> None:
    with pytest.raises(UnreadableFileError):
        MemoryTree({"a.py": ""}).read("../a.py")
