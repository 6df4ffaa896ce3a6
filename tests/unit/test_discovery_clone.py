"""Which files a clone gives, under which paths, and what the repository is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_clones import clone, git, write

from ptmscan.discovery import FileTree, GitTree, WorkTree, open_tree
from ptmscan.discovery.git import repository_of_url
from ptmscan.errors import UnreadableFileError, UsageError


def paths(tree: FileTree) -> list[str]:
    return [entry.path for entry in tree.entries()]


def problems(tree: FileTree) -> list[tuple[str, str]]:
    return [(found.path, found.code) for found in tree.diagnostics()]


def test_tracked_files_are_listed_even_if_ignored_and_untracked_ones_are_not(tmp_path: Path) -> None:
    folder = clone(tmp_path, {".gitignore": "build\n", "a.py": "", "build/kept.py": ""})
    write(folder, {"new.py": "", "build/made.py": ""})
    assert paths(open_tree(folder)) == [".gitignore", "a.py", "build/kept.py"]


def test_staged_files_count_before_the_first_commit(tmp_path: Path) -> None:
    tree = open_tree(clone(tmp_path, {"a.py": ""}, commit=False))
    assert paths(tree) == ["a.py"]
    assert tree.commit is None


def test_a_file_with_three_unmerged_stages_is_listed_once(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "base\n"})
    blob = git(folder, "rev-parse", "HEAD:a.py")
    stages = "".join(f"100644 {blob} {stage}\ta.py\n" for stage in (1, 2, 3))
    git(folder, "update-index", "--force-remove", "a.py")
    git(folder, "update-index", "--index-info", data=stages.encode())
    assert paths(open_tree(folder)) == ["a.py"]


def test_a_subfolder_lists_what_is_below_it_with_paths_from_the_top(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "", "sub/b.py": "b", "sub/deep/c.py": "", "subway/d.py": ""})
    for tree in (open_tree(folder / "sub"), open_tree(folder / "sub", "HEAD")):
        assert paths(tree) == ["sub/b.py", "sub/deep/c.py"]
        assert tree.read("sub/b.py") == b"b"
        assert not tree.is_file("a.py")


def test_a_single_file_has_its_path_from_the_top(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "", "sub/b.py": ""})
    write(folder, {"sub/new.py": ""})
    assert paths(open_tree(folder / "sub/b.py")) == ["sub/b.py"]
    assert paths(open_tree(folder / "sub/new.py")) == ["sub/new.py"]
    assert paths(open_tree(folder / "sub/b.py", "HEAD")) == ["sub/b.py"]


def test_a_folder_of_which_the_clone_around_it_tracks_nothing_is_a_tree_of_its_own(tmp_path: Path) -> None:
    folder = clone(tmp_path / "dotfiles", {".profile": ""})
    write(folder / "project", {"a.py": ""})
    tree = open_tree(folder / "project")
    assert paths(tree) == ["a.py"]
    assert (tree.repository, tree.commit) == ("project", None)


def test_submodules_are_not_entered(tmp_path: Path) -> None:
    inner = clone(tmp_path / "inner", {"inside.py": ""})
    folder = clone(tmp_path / "outer", {"a.py": ""})
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "vendored")
    git(folder, "commit", "--quiet", "--message=submodule")
    assert paths(open_tree(folder)) == paths(open_tree(folder, "HEAD")) == [".gitmodules", "a.py"]
    assert paths(open_tree(folder / "vendored")) == ["inside.py"]


def test_a_linked_work_tree_is_a_clone(tmp_path: Path) -> None:
    folder = clone(tmp_path / "main", {"a.py": ""})
    git(folder, "worktree", "add", "--quiet", "../linked")
    write(tmp_path / "linked", {"untracked.py": ""})
    tree = open_tree(tmp_path / "linked")
    assert paths(tree) == ["a.py"]
    assert tree.diagnostics() == ()
    assert tree.commit == git(folder, "rev-parse", "HEAD")


def test_a_tracked_python_file_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "", "gone.py": "", "gone.txt": ""})
    (folder / "gone.py").unlink()
    (folder / "gone.txt").unlink()
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [("gone.py", "unreadable")]


def test_files_left_out_by_a_sparse_checkout_are_told(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"in/a.py": "", "out/b.py": "", "out/data.csv": ""})
    git(folder, "sparse-checkout", "set", "in")
    (found,) = open_tree(folder).diagnostics()
    assert (found.path, found.code, "sparse checkout" in found.message) == ("out/b.py", "unreadable", True)
    assert paths(open_tree(folder, "HEAD")) == ["in/a.py", "out/b.py", "out/data.csv"]


def test_a_bare_repository_gives_its_head(tmp_path: Path) -> None:
    folder = clone(tmp_path / "work", {"a.py": "x"})
    git(tmp_path, "clone", "--quiet", "--bare", "work", "name.git")
    tree = open_tree(tmp_path / "name.git")
    assert isinstance(tree, GitTree)
    assert tree.read("a.py") == b"x"
    assert (tree.repository, tree.commit) == ("name", git(folder, "rev-parse", "HEAD"))


def test_a_revision_gives_the_files_as_they_were(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "old"})
    write(folder, {"a.py": "new", "b.py": ""})
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=second")
    before = open_tree(folder, "HEAD~1")
    assert paths(before) == ["a.py"]
    assert before.read("a.py") == b"old"


@pytest.mark.parametrize("revision", ["missing", "--output=x", "HEAD:a.py", ""])
def test_what_names_no_commit_is_a_usage_error(tmp_path: Path, revision: str) -> None:
    folder = clone(tmp_path, {"a.py": ""})
    with pytest.raises(UsageError, match="no commit"):
        open_tree(folder, revision)


def test_an_object_that_a_partial_clone_lacks_is_told_and_not_fetched(tmp_path: Path) -> None:
    source = clone(tmp_path / "source", {"a.py": "a", "pkg/b.py": "b", "data.bin": "c"})
    git(source, "config", "uploadpack.allowFilter", "true")
    url = f"file://{source}"
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", url, "partial.git")
    tree = open_tree(tmp_path / "partial.git")
    assert paths(tree) == []
    assert problems(tree) == [("a.py", "missing-git-object"), ("pkg/b.py", "missing-git-object")]


def test_an_object_that_vanishes_after_the_listing_is_a_problem_of_its_file_alone(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "a", "b.py": "b"})
    tree = open_tree(folder, "HEAD")
    assert paths(tree) == ["a.py", "b.py"]
    blob = git(folder, "rev-parse", "HEAD:a.py")
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnreadableFileError) as caught:
        tree.read("a.py")
    assert caught.value.code == "missing-git-object"
    assert tree.read("b.py") == b"b"


def test_a_damaged_object_is_a_problem_of_its_file_alone(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": "a" * 100, "b.py": "b"})
    tree = open_tree(folder, "HEAD")
    assert paths(tree) == ["a.py", "b.py"]
    blob = git(folder, "rev-parse", "HEAD:a.py")
    damaged = folder / ".git/objects" / blob[:2] / blob[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-12] + b"\0" * 12)
    with pytest.raises(UnreadableFileError) as caught:
        tree.read("a.py")
    assert caught.value.code == "missing-git-object"
    assert tree.read("b.py") == b"b"


def test_without_git_a_clone_is_walked_and_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = clone(tmp_path, {".gitignore": "build\n", "a.py": "", "sub/b.py": ""})
    write(folder, {"build/made.py": "", "sub/build/made.py": "", "sub/new.py": ""})
    monkeypatch.setenv("PATH", "")
    tree = open_tree(folder)
    assert paths(tree) == [".gitignore", "a.py", "sub/b.py", "sub/new.py"]
    assert problems(tree) == [(".git", "unreadable")]
    assert "git is not installed" in tree.diagnostics()[0].message
    assert paths(open_tree(folder / "sub")) == ["sub/b.py", "sub/new.py"]
    with pytest.raises(UsageError, match="no commit"):
        open_tree(folder, "HEAD")


def test_a_broken_index_is_told_and_the_folder_walked(tmp_path: Path) -> None:
    folder = clone(tmp_path, {"a.py": ""})
    (folder / ".git/index").write_bytes(b"not an index, but long enough to be looked at")
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert problems(tree) == [(".git", "unreadable")]


def test_a_git_that_does_not_answer_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = clone(tmp_path / "tree", {"a.py": ""})
    slow = tmp_path / "bin/git"
    write(tmp_path, {"bin/git": "#!/bin/sh\nexec sleep 60\n"})
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:/usr/bin:/bin")
    monkeypatch.setattr("ptmscan.discovery.git.TIMEOUT", 0.2)
    tree = open_tree(folder)
    assert paths(tree) == ["a.py"]
    assert "took more than" in tree.diagnostics()[0].message


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/owner/name.git", "owner/name"),
        ("https://github.com/owner/name/", "owner/name"),
        ("https://user:ghp_secret@github.com/owner/name", "owner/name"),
        ("https://oauth2:secret@host:8443/group/sub/name.git?x=1#y", "group/sub/name"),
        ("ssh://git@github.com:22/owner/name.git", "owner/name"),
        ("git@github.com:owner/name.git", "owner/name"),
        ("host:/srv/owner/name", "srv/owner/name"),
        ("git://host/owner/na-me.js", "owner/na-me.js"),
        ("/srv/mirrors/owner/name.git", None),
        ("../name", None),
        ("file:///srv/owner/name.git", None),
        ("C:/owner/name", None),
        ("https://github.com/", None),
        ("https://github.com/a/\x1b[31mb", None),
        ("ext::sh -c evil", None),
        ("", None),
    ],
)
def test_the_repository_is_named_by_its_remote_without_credentials(url: str, name: str | None) -> None:
    assert repository_of_url(url) == name


def test_the_remote_called_origin_names_the_repository(tmp_path: Path) -> None:
    folder = clone(tmp_path / "folder", {"a.py": ""})
    assert open_tree(folder).repository == "folder"
    git(folder, "remote", "add", "origin", "https://me:secret@example.org/owner/name.git")
    assert open_tree(folder).repository == open_tree(folder, "HEAD").repository == "owner/name"


def test_a_work_tree_is_opened_through_a_link_to_it(tmp_path: Path) -> None:
    clone(tmp_path / "real", {"a.py": ""})
    (tmp_path / "alias").symlink_to("real")
    tree = open_tree(tmp_path / "alias")
    assert isinstance(tree, WorkTree)
    assert paths(tree) == ["a.py"]
