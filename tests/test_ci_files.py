"""The GitHub Action and the GitLab template: what they call exists, what they offer is documented, and it runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from ptmscan.cli.commands import root

ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((ROOT / "templates/gitlab-ci.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")

STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
SCRIPT = "\n".join(TEMPLATE["ptmscan"]["script"])
SCRIPTS = [STEPS["Scan"]["run"], STEPS["Check"]["run"], SCRIPT]

CODE = 'from transformers import AutoModel\n\nAutoModel.from_pretrained("org/name", trust_remote_code=True)\n'


# --- what they call ---------------------------------------------------------------------------------------------------


def _called(script: str) -> list[list[str]]:
    """The command lines of ptmscan in a script, each with what the script's `if` lines may add to it."""
    added = re.findall(r"(?:options\+=\(|set -- \"\$@\" )(.*?)(?:\)|;)", script)
    return [
        shlex.split(line.partition(">>")[0]) + shlex.split(" ".join(added))
        for line in script.splitlines()
        if line.startswith("ptmscan ")
    ]


CALLS = [call for script in SCRIPTS for call in _called(script)]


def test_every_script_calls_ptmscan() -> None:
    assert [len(_called(script)) for script in SCRIPTS] == [3, 1, 4]


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_every_command_and_option_exists(words: list[str]) -> None:
    command = root.get_command(click.Context(root), words[1])
    assert command is not None
    options = {name: parameter for parameter in command.params for name in parameter.opts}
    used = [word for word in words[2:] if word.startswith("--") and word != "--"]
    assert used
    assert [word for word in used if word not in options] == []
    formats = [after for word, after in pairwise(words) if word == "--format"]
    choice = options["--format"].type
    assert isinstance(choice, click.Choice)
    assert set(formats) <= set(choice.choices)


# --- what they offer --------------------------------------------------------------------------------------------------


def test_inputs_and_outputs_of_the_action_are_documented_and_used() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name in ACTION["inputs"]:
        assert f"| `{name}` |" in PAGE
        assert f"inputs.{name} " in text
    for name in ACTION["outputs"]:
        assert f"| `{name}` |" in PAGE
        assert f'echo "{name}=' in text


def test_variables_of_the_template_are_documented_and_used() -> None:
    text = json.dumps(TEMPLATE["ptmscan"])
    for name in TEMPLATE["variables"]:
        assert f"| `{name}` |" in PAGE
        assert f"${name}" in text


def test_no_input_stands_in_a_script() -> None:
    """`${{ … }}` in a script is replaced before the shell reads it: a path could then be a command."""
    assert [name for name, step in STEPS.items() if "${{" in step["run"]] == []


def test_reports_of_the_template_are_files_that_it_writes() -> None:
    written = set(re.findall(r"--output (\S+)", SCRIPT))
    assert set(TEMPLATE["ptmscan"]["artifacts"]["reports"].values()) == written


# --- a run ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one model, and a ptmscan where the scripts look for it."""
    program = tmp_path / "runner/ptmscan/bin/ptmscan"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ptmscan "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    folder = tmp_path / "a checkout"
    folder.mkdir()
    (folder / "main.py").write_text(CODE, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return folder


def _run(script: str, shell: list[str], checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    runner = checkout.parent / "runner"
    environment = {
        "PATH": f"{runner / 'ptmscan/bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PTMSCAN_CACHE_DIR": str(runner / "cache"),
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
        "GITHUB_OUTPUT": str(runner / "output"),
        **variables,
    }
    return subprocess.run([*shell, script], cwd=checkout, env=environment, capture_output=True, text=True, check=False)


BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


def test_the_action_scans_and_checks(checkout: Path) -> None:
    runner = checkout.parent / "runner"
    inputs = {"SCANNED": ".", "BASELINE": "", "FAIL_ON": "", "ANNOTATIONS": "true"}
    scanned = _run(STEPS["Scan"]["run"], BASH, checkout, **inputs)
    assert scanned.returncode == 0, scanned.stderr
    outputs = dict(line.split("=", 1) for line in (runner / "output").read_text(encoding="utf-8").splitlines())
    documents: dict[str, Any] = {name: json.loads(Path(path).read_text("utf-8")) for name, path in outputs.items()}
    assert documents["sarif"]["runs"][0]["results"][0]["ruleId"] == "PTM000"
    assert documents["sbom"]["components"][0]["purl"] == "pkg:huggingface/org/name"
    assert "`org/name`" in (runner / "summary.md").read_text(encoding="utf-8")

    checked = _run(STEPS["Check"]["run"], BASH, checkout, **inputs)
    assert (checked.returncode, checked.stdout.startswith("::notice ")) == (0, True), checked.stderr
    failed = _run(STEPS["Check"]["run"], BASH, checkout, **{**inputs, "FAIL_ON": "warning"})
    assert (failed.returncode, "::warning title=PTM006 " in failed.stdout) == (1, True), failed.stderr
    quiet = _run(STEPS["Check"]["run"], BASH, checkout, **{**inputs, "FAIL_ON": "warning", "ANNOTATIONS": "false"})
    assert (quiet.returncode, quiet.stdout, "PTM006" in quiet.stderr) == (1, "", True)


def test_the_template_writes_its_reports_and_fails_when_asked(checkout: Path) -> None:
    variables = {name: str(value) for name, value in TEMPLATE["variables"].items()}
    passed = _run(SCRIPT, ["sh", "-e", "-c"], checkout, **variables)
    assert passed.returncode == 0, passed.stderr
    assert all((checkout / name).stat().st_size for name in TEMPLATE["ptmscan"]["artifacts"]["reports"].values())
    failed = _run(SCRIPT, ["sh", "-e", "-c"], checkout, **{**variables, "PTMSCAN_FAIL_ON": "warning"})
    assert failed.returncode == 1, failed.stderr
