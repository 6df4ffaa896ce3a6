"""Which repositories a batch finds: clones side by side, bare ones, folders of owners, lists."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from git_clones import clone, git, write

from ptmscan.batch import folder_states
from ptmscan.batch.folder_states import folder_state
from ptmscan.batch.jobs import Selection
from ptmscan.batch.states import look
from ptmscan.batch.worklist import Listed, repositories
from ptmscan.discovery.clones import bare_git_folder, git_folder_of
from ptmscan.discovery.heads import head_commit
from ptmscan.errors import UsageError

CODE = {"app.py": "import transformers\n"}


def found(source: Path, output: Path = Path("/nowhere")) -> dict[str, str]:
    return {each.path: each.name for each in repositories(source, output)}


def test_clones_bare_clones_and_plain_folders_side_by_side(tmp_path: Path) -> None:
    clone(tmp_path / "a-clone", CODE)
    git(tmp_path, "clone", "--quiet", "--bare", "a-clone", "bare.git")
    write(tmp_path / "plain", {"src/pkg/app.py": ""})
    (tmp_path / "notes.txt").write_text("no repository")
    (tmp_path / ".cache").mkdir()
    assert found(tmp_path) == {"a-clone": "a-clone", "bare.git": "bare", "plain": "plain"}


def test_folders_of_owners_give_owner_and_name(tmp_path: Path) -> None:
    clone(tmp_path / "org" / "one", CODE)
    write(tmp_path / "org" / "without-git", CODE)
    clone(tmp_path / "host" / "org" / "two", CODE)
    assert found(tmp_path) == {
        "host/org/two": "org/two",
        "org/one": "org/one",
        "org/without-git": "org/without-git",
    }


def test_a_folder_with_files_of_its_own_is_no_owner_though_a_clone_is_in_it(tmp_path: Path) -> None:
    clone(tmp_path / "project" / "vendored", CODE)
    write(tmp_path / "project", {"setup.py": ""})
    assert found(tmp_path) == {"project": "project"}


def test_links_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    clone(tmp_path / "elsewhere" / "one", CODE)
    clones = tmp_path / "clones"
    clones.mkdir()
    (clones / "linked").symlink_to(tmp_path / "elsewhere" / "one")
    (clones / "circle").symlink_to(clones / "circle")
    (clones / "up").symlink_to(clones)
    assert found(clones)["linked"] == "linked"
    assert len(found(clones)) <= 4


def test_the_output_is_no_repository(tmp_path: Path) -> None:
    clone(tmp_path / "one", CODE)
    write(tmp_path / "results", {"records/x.jsonl": ""})
    assert list(found(tmp_path, tmp_path / "results")) == ["one"]


def test_a_single_repository_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ptmscan scan"):
        found(clone(tmp_path / "one", CODE))
    with pytest.raises(UsageError, match="no such folder"):
        found(tmp_path / "missing")


def test_a_list_names_paths_commits_and_names(tmp_path: Path) -> None:
    listed = tmp_path / "list.tsv"
    listed.write_text("# comment\n\nclones/a\nclones/b.git\tv1.0\nclones/c\t\torg/c\n../x/d\nclones/a\n")
    assert list(repositories(listed, tmp_path)) == [
        Listed("clones/a", tmp_path / "clones/a", "a"),
        Listed("clones/b.git", tmp_path / "clones/b.git", "b", "v1.0"),
        Listed("clones/c", tmp_path / "clones/c", "org/c"),
        Listed("../x/d", tmp_path / "../x/d", "d"),
    ]


@pytest.mark.parametrize("line", ["\tv1.0", "a\tb\tc\td", "x" * 10_000])
def test_a_wrong_line_of_a_list_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(f"a\n{line}\n")
    with pytest.raises(UsageError, match="list:2:"):
        list(repositories(tmp_path / "list", tmp_path))


def test_every_repository_is_in_one_shard(tmp_path: Path) -> None:
    listed = [Listed(f"org/{number}", tmp_path, "") for number in range(200)]
    shares = [[each.path for each in listed if each.is_in_shard(number, 7)] for number in range(7)]
    assert sorted(path for share in shares for path in share) == sorted(each.path for each in listed)
    assert min(map(len, shares)) > 10


# --- states -----------------------------------------------------------------------------------------------------------


def test_head_is_read_without_git_as_git_reads_it(tmp_path: Path) -> None:
    top = clone(tmp_path / "one", CODE)
    folder = git_folder_of(top)
    first = git(top, "rev-parse", "HEAD")
    assert head_commit(folder) == first
    git(top, "pack-refs", "--all")
    assert head_commit(folder) == first
    git(top, "checkout", "--quiet", "--detach")
    assert head_commit(folder) == first
    git(top, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    git(tmp_path / "linked", "commit", "--quiet", "--allow-empty", "-m", "second")
    assert head_commit(git_folder_of(tmp_path / "linked")) == git(tmp_path / "linked", "rev-parse", "HEAD") != first
    git(tmp_path, "clone", "--quiet", "--bare", "one", "bare.git")
    bare = bare_git_folder(tmp_path / "bare.git")
    assert bare is not None
    assert head_commit(bare) == first


def test_head_before_the_first_commit_is_none(tmp_path: Path) -> None:
    assert head_commit(git_folder_of(clone(tmp_path / "one", CODE, commit=False))) is None


def test_a_ref_that_leads_out_of_the_clone_is_left_to_git(tmp_path: Path) -> None:
    top = clone(tmp_path / "one", CODE)
    (tmp_path / "secret").write_text("0" * 40)
    (top / ".git" / "HEAD").write_text("ref: refs/../../../secret\n")
    assert head_commit(git_folder_of(top)) is None


def test_the_state_changes_with_the_commit_and_the_selection(tmp_path: Path) -> None:
    top = clone(tmp_path / "one", CODE)
    before = look(top, Selection())
    assert before == look(top, Selection())
    assert before.weight > 0
    assert look(top, Selection(before="2023-01-01T00:00:00+00:00")).state != before.state
    git(top, "commit", "--quiet", "--allow-empty", "-m", "second")
    assert look(top, Selection()).state != before.state


def test_a_branch_as_selection_has_the_state_of_its_commit(tmp_path: Path) -> None:
    top = clone(tmp_path / "one", CODE)
    before = look(top, Selection(commit="main"))
    git(top, "commit", "--quiet", "--allow-empty", "-m", "second")
    assert look(top, Selection(commit="main")).state != before.state


def test_what_cannot_be_looked_into_has_a_state_that_says_so(tmp_path: Path) -> None:
    assert "not there" in (look(tmp_path / "missing", Selection()).state or "")
    write(tmp_path / "broken", {".git/HEAD": "ref: refs/heads/main\n"})
    assert "not a git directory" in (look(tmp_path / "broken", Selection()).state or "")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute from now."""
    now = time.time_ns() + 60_000_000_000
    monkeypatch.setattr(folder_states.time, "time_ns", lambda: now)


@pytest.mark.usefixtures("later")
def test_the_state_of_a_folder_without_git_changes_with_its_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "plain", {"a.py": "x", "pkg/b.py": "y", "node_modules/c.py": ""})
    (folder / "circle").symlink_to(folder)
    before = folder_state(str(folder))
    assert before == folder_state(str(folder))
    assert before[0] is not None
    write(folder, {"pkg/b.py": "z"})
    changed = folder_state(str(folder))
    assert changed[0] != before[0]
    write(folder, {"node_modules/d.py": ""})
    assert folder_state(str(folder)) == changed
    (folder / "a.py").rename(folder / "c.py")
    assert folder_state(str(folder))[0] != changed[0]


def test_a_folder_that_was_just_written_has_no_state_yet(tmp_path: Path) -> None:
    assert folder_state(str(write(tmp_path / "plain", {"a.py": "x"})))[0] is None


@pytest.mark.usefixtures("later")
def test_a_folder_of_too_many_files_has_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_states, "MAX_ENTRIES", 3)
    assert folder_state(str(write(tmp_path / "plain", {f"{n}.py": "" for n in range(9)}))) == (None, 4)
