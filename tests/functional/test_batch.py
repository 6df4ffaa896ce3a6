"""Batches with real processes: what a run leaves, what a rerun does, and what a bad repository costs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import Quiet, written
from command_line import OUR_SIGNATURES, Run
from git_clones import clone, git, write

from ptmscan.batch.engines.local import LocalEngine
from ptmscan.batch.jobs import Conditions, Selection
from ptmscan.batch.running import Plan, run_batch
from ptmscan.cache import Cache
from ptmscan.cli import run
from ptmscan.signatures.catalogue import load_catalogue

TESTS = Path(__file__).resolve().parent.parent
CODE = "from transformers import AutoModel\nAutoModel.from_pretrained({name!r})\n"


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """Three clones, each with a load of a model of its name."""
    for name in ("one", "two", "three"):
        clone(tmp_path / "clones" / name, {"app.py": CODE.format(name=f"org/{name}")})
    git(tmp_path / "clones" / "one", "remote", "add", "origin", "https://github.com/owner/first.git")
    return tmp_path / "clones"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def records(out: Path, kind: str = "usage") -> list[dict[str, Any]]:
    lines = [json.loads(line) for file in sorted(out.glob("records/*.jsonl")) for line in file.read_text().splitlines()]
    return [line for line in lines if line["type"] == kind]


def models(out: Path) -> list[tuple[str, str]]:
    return [(usage["repository"], model["name"]) for usage in records(out) for model in usage["models"]]


def rows(out: Path) -> dict[str, sqlite3.Row]:
    connection = sqlite3.connect(out / "manifest.sqlite")
    connection.row_factory = sqlite3.Row
    with connection:
        found = {row["path"]: row for row in connection.execute("SELECT * FROM repository")}
    connection.close()
    return found


# --- a run and its reruns ---------------------------------------------------------------------------------------------


def test_a_run_gives_records_and_a_row_a_repository(ptmscan: Run, clones: Path, out: Path) -> None:
    done = ptmscan("batch", "run", clones, "--out", out)
    assert (done.code, done.out) == (0, "")
    assert "3 repositories, 3 calls; 3 scanned in this run" in done.err
    assert models(out) == [("owner/first", "org/one"), ("three", "org/three"), ("two", "org/two")]
    row = rows(out)["one"]
    assert (row["status"], row["usages"], row["commit"]) == ("ok", 1, git(clones / "one", "rev-parse", "HEAD"))
    assert row["peak_bytes"] > 1_000_000
    assert row["tool_version"]
    assert row["signatures_version"]


def test_records_are_those_of_a_scan(ptmscan: Run, clones: Path, out: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    scanned = "".join(ptmscan("scan", clones / name, "-f", "jsonl").out for name in ("one", "three", "two"))
    assert written(out).decode() == scanned


def test_a_rerun_scans_what_changed_and_nothing_else(ptmscan: Run, clones: Path, out: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    assert "0 scanned in this run" in ptmscan("batch", "run", clones, "--out", out).err
    write(clones / "two", {"app.py": CODE.format(name="org/other")})
    git(clones / "two", "commit", "--quiet", "--all", "-m", "second")
    clone(clones / "new", {"app.py": CODE.format(name="org/new")})
    assert "2 scanned in this run" in ptmscan("batch", "run", clones, "--out", out).err
    assert [name for _, name in models(out)] == ["org/new", "org/one", "org/three", "org/other"]


def test_other_signatures_make_all_results_out_of_date(ptmscan: Run, clones: Path, out: Path, tmp_path: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    extra = tmp_path / "extra.yaml"
    extra.write_text(OUR_SIGNATURES)
    done = ptmscan("batch", "run", clones, "--out", out, "--signatures", extra)
    assert "3 scanned in this run" in done.err


def test_restart_drops_what_was_found(ptmscan: Run, clones: Path, out: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    assert "3 scanned in this run" in ptmscan("batch", "run", clones, "--out", out, "--restart").err
    assert len(models(out)) == 3


def test_an_output_belongs_to_one_folder_of_clones(ptmscan: Run, clones: Path, out: Path, tmp_path: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    clone(tmp_path / "others" / "x", {"app.py": ""})
    done = ptmscan("batch", "run", tmp_path / "others", "--out", out)
    assert done.code == 2
    assert str(clones) in done.err


def test_two_runs_do_not_work_in_one_folder(ptmscan: Run, clones: Path, out: Path) -> None:
    from ptmscan.batch.running import locked

    out.mkdir()
    with locked(out):
        done = ptmscan("batch", "run", clones, "--out", out)
    assert (done.code, "another run is at work" in done.err) == (2, True)


def test_a_clones_own_configuration_has_no_say(ptmscan: Run, clones: Path, out: Path) -> None:
    write(clones / "one", {"ptmscan.toml": 'exclude = ["*.py"]\n'})
    git(clones / "one", "add", "--all")
    assert ptmscan("batch", "run", clones, "--out", out).code == 0
    assert len(models(out)) == 3


# --- commits ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a commit of 2022 and one of 2024, as it is and bare; one that began in 2024; and a plain folder."""
    top = clone(tmp_path / "clones" / "old", {"app.py": CODE.format(name="org/before")}, commit=False)
    _commit_at(top, "2022-05-01T12:00:00Z")
    write(top, {"app.py": CODE.format(name="org/after")})
    _commit_at(top, "2024-05-01T12:00:00Z")
    write(top, {"app.py": "work in progress ("})
    git(tmp_path / "clones", "clone", "--quiet", "--bare", "old", "bare.git")
    _commit_at(clone(tmp_path / "clones" / "young", {"app.py": ""}, commit=False), "2024-06-01T12:00:00Z")
    write(tmp_path / "clones" / "plain", {"app.py": ""})
    return tmp_path / "clones"


def _commit_at(top: Path, moment: str) -> None:
    environment = {**os.environ, "GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": moment}
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--all", "-m", moment]
    subprocess.run(command, cwd=top, env=environment, check=True)


def test_a_date_selects_the_commit_of_then_in_work_trees_and_bare_clones(
    ptmscan: Run, history: Path, out: Path
) -> None:
    done = ptmscan("batch", "run", history, "--out", out, "--at-date", "2023-07-12")
    assert done.code == 3
    assert models(out) == [("bare", "org/before"), ("old", "org/before")]
    statuses = {path: row["status"] for path, row in rows(out).items()}
    assert statuses == {"bare.git": "ok", "old": "ok", "young": "skipped", "plain": "unreadable"}
    assert (history / "old" / "app.py").read_text() == "work in progress ("


def test_a_shallow_clone_is_not_taken_for_a_young_one(ptmscan: Run, history: Path, out: Path) -> None:
    git(history, "clone", "--quiet", "--depth=1", f"file://{history}/old", "shallow")
    (history / "list").write_text("shallow\n")
    assert ptmscan("batch", "run", history / "list", "--out", out, "--at-date", "2023-07-12").code == 3
    assert "is a shallow clone, without the commits before 2023-07-12" in rows(out)["shallow"]["reason"]


def test_a_day_ends_with_the_day(ptmscan: Run, history: Path, out: Path) -> None:
    ptmscan("batch", "run", history, "--out", out, "--at-date", "2024-05-01")
    assert ("old", "org/after") in models(out)
    ptmscan("batch", "run", history, "--out", out, "--at-date", "2024-05-01T11:59:59")
    assert ("old", "org/before") in models(out)


def test_a_commit_of_the_command_line_or_of_a_list(ptmscan: Run, history: Path, out: Path, tmp_path: Path) -> None:
    ptmscan("batch", "run", history, "--out", out, "--commit", "HEAD~1")
    assert models(out) == [("bare", "org/before"), ("old", "org/before")]
    (history / "list").write_text("bare.git\tHEAD~1\towner/named\nold\tHEAD\n")
    ptmscan("batch", "run", history / "list", "--out", tmp_path / "other")
    assert models(tmp_path / "other") == [("old", "org/after"), ("owner/named", "org/before")]


def test_a_bare_clone_is_scanned_at_its_head(ptmscan: Run, history: Path, out: Path) -> None:
    ptmscan("batch", "run", history, "--out", out)
    assert ("bare", "org/after") in models(out)


# --- bad repositories -------------------------------------------------------------------------------------------------


def poisoned(clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch, **plan: Any) -> Quiet:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    conditions = Conditions(seconds=plan.pop("seconds", 60.0), memory=1 << 30, scan="poisoned_scans:scan")
    watch = Quiet()
    wanted = Plan(clones, out, load_catalogue().version, Selection(), **plan)
    run_batch(wanted, lambda: LocalEngine(conditions, 2), watch)
    return watch


@pytest.mark.parametrize(
    ("poison", "status", "reason"),
    [
        ("crash", "crashed", "SIGSEGV"),
        ("killed", "memory", "killed from outside"),
        ("exit", "crashed", "exit code 3"),
        ("memory", "memory", "more memory than it may have"),
        ("error", "failed", "ValueError: a mistake of ours (poisoned_scans.py:"),
        ("server", "crashed", "died 3 times"),
    ],
)
def test_a_bad_repository_costs_its_own_row(
    clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch, poison: str, status: str, reason: str
) -> None:
    write(clones / "two", {"POISON": poison})
    poisoned(clones, out, monkeypatch)
    assert rows(out)["two"]["status"] == status
    assert reason in rows(out)["two"]["reason"]
    assert models(out) == [("owner/first", "org/one"), ("three", "org/three")]


def test_what_hangs_is_ended_with_all_that_it_started(clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(clones / "two", {"POISON": "spawn"})
    poisoned(clones, out, monkeypatch, seconds=3.0)
    assert rows(out)["two"]["status"] == "timeout"
    assert rows(out)["two"]["reason"] == "not done after 3 s"
    assert not is_alive(int((clones / "two" / "PID").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its own clock ends it, much later")
def test_a_scan_ends_with_its_server(clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(clones / "two", {"POISON": "server"})
    poisoned(clones, out, monkeypatch, seconds=600.0)
    wait_for(lambda: not is_alive(int((clones / "two" / "PID").read_text())))
    assert rows(out)["two"]["status"] == "crashed"


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_failed_ones_are_scanned_again_on_demand_only(clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(clones / "two", {"POISON": "crash"})
    poisoned(clones, out, monkeypatch)
    (clones / "two" / "POISON").unlink()
    assert poisoned(clones, out, monkeypatch).reports == []
    assert [r.path for r in poisoned(clones, out, monkeypatch, retry_failed=True).reports] == ["two"]
    assert len(models(out)) == 3


def test_the_largest_come_first(clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(clones / "large", {f"module_{number}.py": "" for number in range(300)})
    began: list[str] = []
    watch = Quiet()
    watch.began = lambda job: began.append(job.path)  # type: ignore[method-assign]
    plan = Plan(clones, out, load_catalogue().version, Selection())
    run_batch(plan, lambda: LocalEngine(Conditions(), 1), watch)
    assert began[0] == "large"


HOSTILE = {
    "binary": {"app.py": b"\0\1import transformers; from_pretrained\xff" * 99},
    "huge": {"app.py": b"x = 1\n" * 3_000_000},
    "deep": {"app.py": b"from transformers import pipeline\n" + b"f(" * 20_000},
    "broken": {"app.py": b"from transformers import (\n", ".git/HEAD": b"nonsense"},
    "empty": {},
}


def test_hostile_repositories_have_rows_and_hurt_nobody(ptmscan: Run, clones: Path, out: Path) -> None:
    for name, files in HOSTILE.items():
        (clones / name).mkdir()
        write(clones / name, files)
    (clones / "circle").mkdir()
    (clones / "circle" / "a").symlink_to(clones / "circle")
    (clones / "circle" / "b.py").symlink_to("b.py")
    done = ptmscan("batch", "run", clones, "--out", out)
    assert done.code == 0
    statuses = {path: row["status"] for path, row in rows(out).items()}
    assert statuses.keys() == {"one", "two", "three", "circle", *HOSTILE}
    assert {path for path, status in statuses.items() if status == "partial"} >= {"binary", "huge", "deep", "broken"}
    assert len(models(out)) == 3


# Root may read everything: without these capabilities, it may not (capabilities(7)).
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@pytest.mark.skipif(WITHOUT_OVERRIDE != () and not shutil.which("setpriv"), reason="root may read everything")
def test_a_folder_without_permission_is_unreadable(clones: Path, out: Path) -> None:
    (clones / "closed").mkdir(mode=0)
    process = start("batch", "run", clones, "--out", out, below=WITHOUT_OVERRIDE)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert rows(out)["closed"]["status"] == "unreadable"
    assert len(models(out)) == 3


def test_a_list_with_a_path_that_is_not_there(ptmscan: Run, clones: Path, out: Path) -> None:
    (clones / "list").write_text("one\nmissing\n")
    done = ptmscan("batch", "run", clones / "list", "--out", out)
    assert done.code == 3
    assert "missing: unreadable: there is no such folder" in done.err


# --- ends from outside ------------------------------------------------------------------------------------------------

_HANGING = (
    "import functools, sys; import ptmscan.batch.jobs as jobs; from ptmscan.__main__ import main\n"
    "jobs.Conditions = functools.partial(jobs.Conditions, scan='poisoned_scans:scan'); main()"
)


def start(*arguments: str | Path, below: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A batch whose scans heed POISON, started by the program `below` if one is given."""
    command = [*below, sys.executable, "-c", _HANGING, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from descendants(child)


def wait_for(condition: Callable[[], Any]) -> Any:
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_and_all_its_processes(clones: Path, out: Path, number: int, code: int) -> None:
    write(clones / "two", {"POISON": "spawn"})
    process = start("batch", "run", clones, "--out", out, "--jobs", "1")
    wait_for(lambda: (clones / "two" / "PID").exists() and (clones / "two" / "PID").read_text())
    children = list(descendants(process.pid))
    assert len(children) >= 3
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors.endswith("the same command goes on from here\n")
    wait_for(lambda: not any(map(is_alive, children)))
    (clones / "two" / "POISON").unlink()
    assert run(["batch", "run", str(clones), "--out", str(out)]) == 0
    assert len(models(out)) == 3


def test_kill_9_loses_and_doubles_nothing(ptmscan: Run, tmp_path: Path) -> None:
    clones = tmp_path / "clones"
    for number in range(20):
        # Slow enough to be killed in the midst of it.
        write(clone(clones / f"r{number}", {"app.py": CODE.format(name=f"org/{number}")}), {"POISON": "sleep"})
    ptmscan("batch", "run", clones, "--out", tmp_path / "undisturbed")
    out = tmp_path / "out"
    for target in (3, 8):
        killed_after(target, clones, out)
    assert 3 <= done_rows(out) < 20
    assert ptmscan("batch", "run", clones, "--out", out).code == 0
    assert written(out) == written(tmp_path / "undisturbed")


def killed_after(number: int, clones: Path, out: Path) -> None:
    process = start("batch", "run", clones, "--out", out, "--jobs", "2")
    wait_for(lambda: process.poll() is not None or done_rows(out) >= number)
    process.kill()
    process.communicate()


def done_rows(out: Path) -> int:
    try:
        return sum(row["status"] is not None for row in rows(out).values())
    except sqlite3.Error:
        return 0


def test_records_are_written_anew_when_the_last_run_could_not(ptmscan: Run, clones: Path, out: Path) -> None:
    ptmscan("batch", "run", clones, "--out", out)
    before = models(out)
    (out / "records").rename(out / ".records.old")  # as a run leaves it that is killed between its two renames
    assert "0 scanned in this run" in ptmscan("batch", "run", clones, "--out", out).err
    assert models(out) == before
    assert sorted(path.name for path in out.iterdir()) == [".lock", "manifest.sqlite", "records"]


# --- shards, status, the command line ---------------------------------------------------------------------------------


def test_shards_merged_are_the_whole(ptmscan: Run, clones: Path, out: Path, tmp_path: Path) -> None:
    clone(clones / "org" / "four", {"app.py": CODE.format(name="org/four")})
    ptmscan("batch", "run", clones, "--out", tmp_path / "whole")
    for number in (0, 2):
        assert ptmscan("batch", "run", clones, "--out", out, "--shard", f"{number}/3").code == 0
    assert not list(out.rglob("*.jsonl")), "records of parts would be loaded beside those of the whole"
    incomplete = ptmscan("batch", "merge", out)
    assert (incomplete.code, "never begun: 1/3" in incomplete.err) == (3, True)
    ptmscan("batch", "run", clones, "--out", out, "--shard", "1/3")
    assert ptmscan("batch", "merge", out).code == 0
    assert models(out) == models(tmp_path / "whole")
    assert "done                     4\n" in ptmscan("batch", "status", out).out


def test_merge_tells_of_names_that_several_clones_have(ptmscan: Run, clones: Path, out: Path) -> None:
    git(clones / "two", "remote", "add", "origin", "git@github.com:owner/first.git")
    ptmscan("batch", "run", clones, "--out", out)
    assert "1 name belong to several clones" in ptmscan("batch", "merge", out).err
    assert len(models(out)) == 3


def test_status_tells_slowest_and_failures(
    ptmscan: Run, clones: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clones / "two", {"POISON": "crash"})
    poisoned(clones, out, monkeypatch)
    with sqlite3.connect(out / "manifest.sqlite") as connection:
        connection.execute("UPDATE repository SET status = NULL WHERE path = 'one'")  # as in a run that goes on
    connection.close()
    shown = ptmscan("batch", "status", out).out
    assert re.search(r"^rate +0\.0 a second, about \d+ s left$", shown, re.MULTILINE)
    assert "  crashed                1\n" in shown
    assert "without a result:\n" in shown
    assert "two (ended by SIGSEGV" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shard", "3/3"), "I from 0 to N-1"),
        (("--at-date", "yesterday"), "neither a day"),
        (("--at-date", "2023-01-01", "--commit", "HEAD"), "exclude each other"),
        (("--memory", "12"), "at least 256M"),
        (("--scheduler", "tcp://x:1"), "go with --engine dask"),
        (("--engine", "dask"), "either --scheduler ADDRESS or --slurm N"),
        (("--engine", "dask", "--slurm", "2", "--slurm-option", "colour=red"), "unknown key 'colour'"),
        (("--engine", "dask", "--scheduler", "x", "--jobs", "2"), "goes with --engine local"),
    ],
)
def test_wrong_options_are_said_at_once(
    ptmscan: Run, clones: Path, out: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = ptmscan("batch", "run", clones, "--out", out, *arguments)
    assert done.code == 2
    assert message in done.err
    assert not out.exists()


@pytest.mark.parametrize("command", ["status", "merge"])
def test_a_folder_without_a_batch_is_an_error(ptmscan: Run, tmp_path: Path, command: str) -> None:
    done = ptmscan("batch", command, tmp_path)
    assert (done.code, "holds no batch" in done.err) == (2, True)
    assert not list(tmp_path.glob("*.sqlite"))


def test_clones_of_equal_content_are_scanned_once(ptmscan: Run, tmp_path: Path) -> None:
    code = "".join(f"def f{n}(name): return AutoModel.from_pretrained(name)\nf{n}('org/{n}')\n" for n in range(600))
    for name in ("a", "b"):
        clone(tmp_path / name / "copy", {"app.py": "from transformers import AutoModel\n" + code})
        git(tmp_path / name / "copy", "remote", "add", "origin", f"https://github.com/{name}/copy.git")
    cache = Cache(tmp_path / "cache")
    ptmscan("batch", "run", tmp_path / "a", "--out", tmp_path / "out-a", "--cache", cache.folder)
    (entry,) = cache.folder.glob("shared/??/*")
    key = entry.parent.name + entry.name
    kept = cache.get("shared", key)
    assert kept is not None
    cache.put("shared", key, kept.replace(b"org/77", b"org/is-kept"))
    ptmscan("batch", "run", tmp_path / "b", "--out", tmp_path / "out-b", "--cache", cache.folder)
    found = models(tmp_path / "out-b")
    assert len(found) == 600
    assert ("b/copy", "org/is-kept") in found
