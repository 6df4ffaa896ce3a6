"""`hook`, `baseline`, `diff` and `scan --fail-on` in a clone: what fails, what is said, and what accepts it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from git_clones import clone, git, write

from ptmscan.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "from transformers import AutoModel\n\n"
ONE = HEAD + 'a = AutoModel.from_pretrained("org/one")\n'
TWO = ONE + 'b = AutoModel.from_pretrained("org/two")\n'
BASELINE = ".ptmscan-baseline.json"

Ran = tuple[int, str, str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with one model, which is the working folder."""
    folder = clone(tmp_path / "clone", {"app.py": ONE, "lib/names.py": 'NAME = "org/three"\n', "README.md": "x"})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTMSCAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def ran(*arguments: str) -> Ran:
        code = run(arguments)
        return code, *capsys.readouterr()

    return ran


# --- hook and baseline ------------------------------------------------------------------------------------------------


def test_a_new_model_fails_until_the_baseline_accepts_it(here: Path, call: Callable[..., Ran]) -> None:
    code, out, err = call("hook")
    assert (code, out.splitlines(), err) == (
        1,
        [
            "app.py:3:5: PTM001 new model huggingface:org/one",
            f"To accept them, update {BASELINE} (there is none yet) and commit it: ptmscan baseline update",
        ],
        "",
    )
    assert call("baseline", "update")[0] == 0
    assert call("hook") == (0, "huggingface:org/one  not pinned  app.py:3\n", "")
    write(here, {"app.py": TWO})
    code, out, _ = call("hook")
    assert (code, out.splitlines()[0]) == (1, "app.py:4:5: PTM001 new model huggingface:org/two")
    assert call("baseline", "check")[0] == 1
    assert "1 added, 0 removed" in call("baseline", "update")[2]
    assert call("baseline", "check")[0] == 0
    assert "nothing changed" in call("baseline", "update")[2]


def test_moving_code_by_fifty_lines_changes_nothing_of_the_baseline(here: Path, call: Callable[..., Ran]) -> None:
    write(here, {"app.py": TWO})
    call("baseline", "update")
    before = (here / BASELINE).read_text()
    write(here, {"app.py": "# moved\n" * 50 + TWO})
    assert call("hook")[0] == 0
    call("baseline", "update")
    assert (here / BASELINE).read_text() == before


def test_named_files_are_judged_with_the_whole_clone_in_view(here: Path, call: Callable[..., Ran]) -> None:
    call("baseline", "update")
    code = "from lib.names import NAME\nfrom transformers import AutoModel\nAutoModel.from_pretrained(NAME)\n"
    write(here, {"app.py": TWO, "new.py": code})
    git(here, "add", ".")
    assert call("hook", "README.md")[:2] == (0, "")
    assert call("hook", "lib/names.py")[:2] == (0, "")
    found = call("hook", "new.py", "README.md")
    assert found[0] == 1
    assert found[1].splitlines()[0] == "new.py:3:1: PTM001 new model huggingface:org/three"
    assert "app.py" not in found[1]


def test_a_file_that_is_not_in_the_repository_is_told_of(here: Path, call: Callable[..., Ran], tmp_path: Path) -> None:
    write(here, {"untracked.py": TWO})
    assert "untracked.py" in call("hook", "untracked.py")[2]
    assert call("hook", str(write(tmp_path, {"x.py": ""}) / "x.py"))[0] == 2


def test_a_baseline_that_leads_out_of_the_repository_is_not_written(
    here: Path, call: Callable[..., Ran], tmp_path: Path
) -> None:
    outside = write(tmp_path, {"precious": "mine"}) / "precious"
    (here / BASELINE).symlink_to(outside)
    assert call("baseline", "update")[0] == 2
    (here / BASELINE).unlink()
    write(here, {"ptmscan.toml": 'baseline = ".git/config"'})
    assert call("baseline", "update")[0] == 2
    assert outside.read_text() == "mine"


def test_a_broken_baseline_is_an_error_and_not_an_empty_one(here: Path, call: Callable[..., Ran]) -> None:
    write(here, {BASELINE: "<<<<<<< ours\n"})
    code, out, err = call("hook")
    assert (code, out) == (2, "")
    assert f"{BASELINE}:1: merge conflict" in err


def test_what_the_policy_finds_is_accepted_only_when_asked_and_only_for_that_use(
    here: Path, call: Callable[..., Ran]
) -> None:
    write(here, {"ptmscan.toml": 'rules = {unpinned-model = "error"}'})
    call("baseline", "update")
    code, out, _ = call("hook")
    assert (code, out.splitlines()) == (
        1,
        [
            "app.py:3:5: PTM003 huggingface:org/one is not pinned: no revision",
            "To ignore one, write on its line: # ptmscan: ignore[PTM003] and the reason",
        ],
    )
    assert call("baseline", "check")[0] == 0
    call("baseline", "update", "--accept-findings")
    assert call("hook")[0] == 0
    write(here, {"app.py": ONE + 'c = AutoModel.from_pretrained("org/one")\n'})
    assert call("hook")[1].split()[:2] == ["app.py:4:5:", "PTM003"]
    pinned = ONE.replace('"org/one"', f'"org/one", revision="{"a" * 40}"')
    write(here, {"app.py": pinned})
    call("baseline", "update")
    write(here, {"app.py": ONE})
    assert "PTM003" in call("hook")[1]


def test_the_command_that_accepts_works_outside_of_the_environment_of_pre_commit(
    here: Path, call: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = write(tmp_path, {"env/bin/ptmscan": "#!/bin/sh\n"}) / "env/bin/ptmscan"
    script.chmod(0o755)
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setenv("PATH", str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "hook"])
    assert call("hook")[1].splitlines()[-1].endswith(f": {script} baseline update")


# --- scan under a gate ------------------------------------------------------------------------------------------------


def test_scan_fails_on_a_level_and_tells_the_findings_on_standard_error(here: Path, call: Callable[..., Ran]) -> None:
    assert call("scan", ".")[0] == 0
    assert call("scan", ".", "--fail-on", "warning")[0] == 0
    code, out, err = call("scan", ".", "--fail-on", "note")
    assert code == 1
    assert "org/one" in out
    assert "app.py:3:5: PTM003" in err
    assert "PTM001" not in err


def test_scan_compares_with_a_baseline_when_one_is_named(here: Path, call: Callable[..., Ran]) -> None:
    call("baseline", "update")
    assert call("scan", ".", "--fail-on", "error", "--baseline", BASELINE)[0] == 0
    write(here, {"app.py": TWO})
    code, _, err = call("scan", ".", "--fail-on", "error", "--baseline", BASELINE)
    assert (code, "PTM001 new model huggingface:org/two" in err) == (1, True)
    assert call("scan", ".", "--baseline", "missing.json")[0] == 2


def test_formats_for_other_tools_show_the_findings_of_a_configured_policy(here: Path, call: Callable[..., Ran]) -> None:
    assert "PTM003" not in call("scan", ".", "--format", "github")[1]
    write(here, {"ptmscan.toml": 'rules = {unpinned-model = "error"}'})
    code, out, _ = call("scan", ".", "--format", "github")
    assert (code, "PTM003" in out) == (0, True)


# --- diff -------------------------------------------------------------------------------------------------------------


def test_diff_reads_commits_and_the_work_tree(here: Path, call: Callable[..., Ran]) -> None:
    assert call("diff", "HEAD")[:2] == (0, "")
    write(here, {"app.py": TWO.replace('"org/one"', '"org/one", revision="v2"')})
    lines = "~ huggingface:org/one  not pinned → v2  app.py:3\n+ huggingface:org/two  app.py:4\n"
    assert call("diff", "HEAD")[:2] == (0, lines)
    git(here, "commit", "--all", "--quiet", "--message=second")
    (here / "app.py").unlink()
    assert call("diff", "HEAD~1", "HEAD")[:2] == (0, lines)
    assert call("diff", "HEAD", "HEAD~1", "--repository", "lib")[1].splitlines() == [
        "~ huggingface:org/one  v2 → not pinned  app.py:3",
        "- huggingface:org/two  app.py:4",
    ]
    assert call("diff", "nonsense")[0] == 2


# --- config show ------------------------------------------------------------------------------------------------------


def test_config_show_prints_every_value_with_its_source(here: Path, call: Callable[..., Ran]) -> None:
    write(here, {"ptmscan.toml": 'rules = {PTM003 = "error"}\nper-path-ignores = {"t/" = ["PTM003"]}', "s.yaml": ""})
    code, out, _ = call("config", "show", "--signatures", "s.yaml")
    assert code == 0
    file = here / "ptmscan.toml"
    assert f'rules.unpinned-model = "error"  # {file}\n' in out
    assert f'per-path-ignores = {{"t/" = ["PTM003"]}}  # {file}\n' in out
    assert 'signatures = ["s.yaml"]  # command line\n' in out
    assert 'fail-on = "error"  # default\n' in out
