"""Real processes: pipes that close, streams that are not there, encodings, and what a start imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import MakeRepository

PTMSCAN = [sys.executable, "-m", "ptmscan"]


def ptmscan(*arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
    command = [*PTMSCAN, *(str(argument) for argument in arguments)]
    return subprocess.run(command, check=False, **{"capture_output": True, "timeout": 120, **settings})


@pytest.fixture
def large(repo: MakeRepository) -> Path:
    """A repository whose report does not fit into a pipe."""
    lines = [f'AutoModel.from_pretrained("org/name{number}")' for number in range(400)]
    return repo({"app.py": "\n".join(["from transformers import AutoModel", *lines, ""])})


def test_exit_codes(repo: MakeRepository, tmp_path: Path) -> None:
    path = repo({"app.py": "import transformers\n", "broken.ipynb": "{ transformers from_pretrained"})
    assert ptmscan("scan", path).returncode == 0
    assert ptmscan("scan", tmp_path / "missing").returncode == 2
    assert ptmscan("scan", path, "--strict").returncode == 3


def test_a_reader_that_leaves_is_no_error(large: Path) -> None:
    process = subprocess.Popen(
        [*PTMSCAN, "scan", str(large), "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(120) == 141
    assert errors == b""


def test_a_closed_stdout_is_said_at_once(large: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *PTMSCAN, "scan", str(large)], check=False, capture_output=True, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr == b"ptmscan: error: standard output is closed; name a file with -o\n"


def test_a_closed_stderr_costs_only_the_summary(large: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", *PTMSCAN, "scan", str(large)], check=False, stdout=subprocess.PIPE, timeout=120
    )
    assert done.returncode == 0
    assert b"org/name399" in done.stdout


@pytest.mark.parametrize("route", ["stdout", "file"])
def test_a_full_disk_is_one_line(large: Path, route: str) -> None:
    full = Path("/dev/full")
    with full.open("wb") as stream:
        done = (
            ptmscan("scan", large, capture_output=False, stdout=stream, stderr=subprocess.PIPE)
            if route == "stdout"
            else ptmscan("scan", large, "-o", full)
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"ptmscan: error: cannot write ")
    assert done.stderr.count(b"\n") == 1


def test_an_interrupt_ends_with_130_and_one_line(large: Path) -> None:
    endless = (
        "import signal, sys, time, ptmscan.scan; from ptmscan.__main__ import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests may ignore it\n"
        "def scan(*_, **__): print('ready', flush=True); time.sleep(600)\n"
        "ptmscan.scan.scan_tree = scan; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", endless, "scan", str(large), "--no-cache"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, out, errors) == (130, b"", b"ptmscan: interrupted\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_output_is_utf8_whatever_the_locale(repo: MakeRepository, encoding: str) -> None:
    path = repo({"app.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("orgé/模型")\n'})
    done = ptmscan("scan", path, "-f", "jsonl", env={**os.environ, "PYTHONIOENCODING": encoding})
    assert done.returncode == 0
    assert '"name":"orgé/模型"' in done.stdout.decode("utf-8")


def test_bytes_do_not_depend_on_the_hash_seed(large: Path) -> None:
    outputs = {
        ptmscan("scan", large, "-f", "jsonl", env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in "123"
    }
    assert len(outputs) == 1


# --- start-up ---------------------------------------------------------------------------------------------------------

HEAVY = {
    "rich",
    "libcst",
    "yaml",
    "tree_sitter",
    "tree_sitter_python",
    "networkx",
    "pathspec",
    "tomllib",
    "importlib.metadata",
}


def imported(*arguments: str) -> set[str]:
    program = (
        "import sys; from ptmscan.cli import run; sys.stdout = sys.stderr; code = run(sys.argv[1:]);"
        "sys.stdout = sys.__stdout__; print('\\n'.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("scan", "--help"),
        ("hook", "--help"),
        ("config", "show", "--help"),
        ("batch", "run", "--help"),
        ("export", "parquet", "--help"),
    ],
    ids=" ".join,
)
def test_a_start_imports_only_what_it_needs(arguments: tuple[str, ...]) -> None:
    modules = imported(*arguments)
    assert HEAVY & modules - ({"tomllib"} if "--version" not in arguments else set()) == set()
    assert not any(
        name.startswith(("ptmscan.analysis", "ptmscan.syntax", "ptmscan.signatures", "ptmscan.discovery"))
        for name in modules
    )


def test_the_version_needs_little_more_than_click() -> None:
    ours = {name for name in imported("--version") if name.startswith("ptmscan")}
    assert ours <= {
        "ptmscan",
        "ptmscan.cli",
        "ptmscan.cli.commands",
        "ptmscan.cli.streams",
        "ptmscan.errors",
        "ptmscan.report",
        "ptmscan.report.printable",
    }


def test_a_plain_scan_does_without_rich_and_yaml(repo: MakeRepository) -> None:
    modules = imported("scan", str(repo({"app.py": "x = 1\n"})))
    assert {"rich", "networkx", "libcst", "ptmscan.analysis", "ptmscan.syntax"} & modules == set()


def test_the_parent_of_a_batch_imports_no_analysis(tmp_path: Path) -> None:
    (tmp_path / "clones" / "one").mkdir(parents=True)
    (tmp_path / "clones" / "one" / "app.py").write_text("import transformers\n")
    modules = imported("batch", "run", str(tmp_path / "clones"), "--out", str(tmp_path / "out"))
    assert {"rich", "libcst", "tree_sitter", "distributed", "ptmscan.analysis", "ptmscan.scan"} & modules == set()


def test_what_a_scan_leaves_behind_is_not_searched_for_cycles(large: Path) -> None:
    code = (
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print('frozen', gc.get_freeze_count() > 0, file=sys.stderr))\n"
        "from ptmscan.__main__ import main\n"
        f"sys.argv = ['ptmscan', 'scan', {str(large)!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
    assert b"frozen True" in done.stderr
