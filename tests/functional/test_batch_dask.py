"""Batches on the workers of a real scheduler, all of them processes of this machine that talk over 127.0.0.1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from batches import Quiet, written
from git_clones import clone, write

pytest.importorskip("distributed")

from ptmscan.batch.client import EngineError
from ptmscan.batch.engines import slurm
from ptmscan.batch.engines.dask import DaskEngine
from ptmscan.batch.jobs import Conditions, Job, Report, Selection
from ptmscan.batch.running import Plan, run_batch
from ptmscan.cli import run
from ptmscan.errors import UsageError
from ptmscan.signatures.catalogue import load_catalogue

TESTS = Path(__file__).resolve().parent.parent
# Its own servers, sockets and loops are for distributed to close.
pytestmark = pytest.mark.filterwarnings("ignore")

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": f"{TESTS}:{TESTS.parent}",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "DASK_DISTRIBUTED__DASHBOARD__LINK": "",
}


class Cluster:
    """A scheduler and workers, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log").open("wb")
        options = ("--scheduler-file", str(self.file))
        self.scheduler = self._start("scheduler", *options, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_for(self.file)
        for number in range(workers):
            local = ("--local-directory", str(folder / str(number)))
            self._start("worker", *options, *local, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard")

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", kind, *arguments]
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=self._log, stderr=self._log, start_new_session=True)
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
        self._log.close()


def wait_for(file: Path) -> None:
    for _ in range(600):
        if file.exists() and file.stat().st_size:
            return
        time.sleep(0.1)
    raise AssertionError(f"{file} does not come")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"), workers=3)
    yield made
    made.close()


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    code = "from transformers import AutoModel\nAutoModel.from_pretrained('org/{}')\n"
    for number in range(12):
        clone(tmp_path / "clones" / f"r{number}", {"app.py": code.format(number)})
    return tmp_path / "clones"


def run_on(cluster: Cluster, clones: Path, out: Path, watch: Quiet, **plan: bool) -> None:
    conditions = Conditions(seconds=60.0, scan="poisoned_scans:scan")
    wanted = Plan(clones, out, load_catalogue().version, Selection(), **plan)
    run_batch(wanted, lambda: DaskEngine(conditions, str(cluster.file)), watch)


def test_workers_give_the_records_of_the_local_engine(cluster: Cluster, clones: Path, tmp_path: Path) -> None:
    assert run(["batch", "run", str(clones), "--out", str(tmp_path / "local")]) == 0
    dask = ["--engine", "dask", "--scheduler", str(cluster.file)]
    assert run(["batch", "run", str(clones), "--out", str(tmp_path / "dask"), *dask]) == 0
    assert written(tmp_path / "dask") == written(tmp_path / "local")
    assert written(tmp_path / "local").count(b'"type":"usage"') == 12


def test_a_worker_that_dies_loses_nothing(cluster: Cluster, clones: Path, tmp_path: Path) -> None:
    write(clones / "r3", {"POISON": "worker"})
    watch = Quiet()
    run_on(cluster, clones, tmp_path / "out", watch)
    assert not (clones / "r3" / "POISON").exists(), "the scan killed its worker"
    assert sorted(report.path for report in watch.reports) == sorted(path.name for path in clones.iterdir())
    assert written(tmp_path / "out").count(b'"type":"usage"') == 12


def test_a_scan_that_crashes_on_a_worker_costs_its_row(cluster: Cluster, clones: Path, tmp_path: Path) -> None:
    write(clones / "r3", {"POISON": "crash"})
    watch = Quiet()
    run_on(cluster, clones, tmp_path / "out", watch)
    assert {report.path: report.status for report in watch.reports}["r3"] == "crashed"
    assert written(tmp_path / "out").count(b'"type":"usage"') == 11


def test_a_run_goes_on_after_its_scheduler_died(clones: Path, tmp_path: Path) -> None:
    import dask

    cluster = Cluster(tmp_path, workers=1)
    write(clones / "r3", {"POISON": "hang"})

    class Kills(Quiet):
        def finished(self, report: Report) -> None:
            super().finished(report)
            cluster.scheduler.kill()

    try:
        quick = dask.config.set({"distributed.comm.timeouts.connect": "2s"})
        with quick, pytest.raises(EngineError, match="the scheduler is gone"):
            run_on(cluster, clones, tmp_path / "out", Kills())
    finally:
        cluster.close()
    (clones / "r3" / "POISON").unlink()
    assert run(["batch", "run", str(clones), "--out", str(tmp_path / "out")]) == 0
    assert run(["batch", "run", str(clones), "--out", str(tmp_path / "undisturbed")]) == 0
    assert written(tmp_path / "out") == written(tmp_path / "undisturbed")


def test_no_scheduler_is_one_line(clones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--engine", "dask", "--scheduler", "nonsense://nowhere"]
    assert run(["batch", "run", str(clones), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert "no scheduler answers there" in capsys.readouterr().err


# --- SLURM ------------------------------------------------------------------------------------------------------------


def test_settings_of_jobs_are_read_by_key() -> None:
    found = slurm.settings(
        ["cores=16", "queue=long", "job_extra_directives=--exclusive", "job_extra_directives=--requeue"]
    )
    assert found["cores"] == found["processes"] == 16
    assert found["job_extra_directives"] == ["--exclusive", "--requeue"]
    assert found["queue"] == "long"


@pytest.mark.parametrize("option", ["cores", "cores=many", "queue=", "colour=red"])
def test_wrong_settings_are_refused(option: str) -> None:
    with pytest.raises(UsageError, match="--slurm-option"):
        slurm.settings([option])


SBATCH = """#!/bin/sh
# Runs the script that SLURM would run on a node, and answers as SLURM does.
cp "$1" "$0.script"
sh "$0.script" > "$0.log" 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill "$@" 2>/dev/null
"""


def test_jobs_of_slurm_are_started_and_scan(clones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = write(tmp_path / "bin", {"sbatch": SBATCH, "scancel": SCANCEL})
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    options = ["--slurm-option", "interface=lo", "--slurm-option", f"local_directory={tmp_path}"]
    command = ["batch", "run", str(clones), "--out", str(tmp_path / "out"), "--engine", "dask", "--slurm", "1"]
    assert run([*command, *options]) == 0
    assert written(tmp_path / "out").count(b'"type":"usage"') == 12


def test_a_result_that_is_lost_while_it_is_fetched_ends_the_run() -> None:
    class Lost:
        def result(self, timeout: float) -> bytes:
            raise CancelledError(f"scheduler-connection-lost within {timeout} s")

    engine = DaskEngine.__new__(DaskEngine)
    with pytest.raises(EngineError, match="the scheduler is gone"):
        engine._report(Lost(), Job("r1", "r1", "r1"))  # type: ignore[arg-type]
