"""The hooks through pre-commit itself, installed from this checkout as pre-commit installs any hook, without network.

pip finds what ptmscan depends on in the environment that runs the tests (PYTHONPATH), so it has nothing to download.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from git_clones import IDENTITY, clone, git, write

import ptmscan

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGED = (".pre-commit-hooks.yaml", "LICENSE", "README.md", "hatch_build.py", "pyproject.toml", "signatures.yaml")
ONE = 'from transformers import AutoModel\n\na = AutoModel.from_pretrained("org/one")\n'
TWO = ONE + 'b = AutoModel.from_pretrained("org/two")\nc = AutoModel.from_pretrained("org/three")\n'


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """pip without an index, a build isolation, or settings of the machine; what it needs is already importable."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "GIT_", "PRE_COMMIT", "PTMSCAN_", "PYTHON"))
    }
    libraries = {str(Path(find_spec(name).origin).parent.parent) for name in ("pytest", "hatchling")}
    return (
        kept
        | IDENTITY
        | {
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this as the option's value: isolation is off
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONPATH": os.pathsep.join(sorted(libraries)),
            "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit")),
            "PTMSCAN_CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
        }
    )


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with what of this checkout makes the package, as pre-commit would clone it."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in PACKAGED:
        shutil.copy(ROOT / name, folder / name)
    package = Path(ptmscan.__file__).parent
    shutil.copytree(package, folder / "ptmscan", ignore=shutil.ignore_patterns("__pycache__", "data"))
    return clone(folder, {})


def run(folder: Path, environment: dict[str, str], *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_try_repo_lists_the_dependencies_and_fails_on_them_without_a_baseline(
    hooks: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    project = clone(tmp_path / "project", {"app.py": ONE})
    code, lines = run(project, environment, "try-repo", str(hooks), "ptmscan", "--all-files", "--verbose")
    assert code == 1, lines
    assert "app.py:3:5: PTM001 new model huggingface:org/one" in lines


def test_the_hooks_guard_a_repository(hooks: Path, environment: dict[str, str], tmp_path: Path) -> None:
    config = f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD')}\n  hooks: [{{id: ID}}]\n"
    names = 'NAME = "org/one"\n'
    project = clone(
        tmp_path / "project", {"app.py": ONE, "names.py": names, "all.yaml": config.replace("ID", "ptmscan")}
    )
    every = ("run", "--config", "all.yaml", "--all-files")

    code, lines = run(project, environment, *every)
    assert code == 1, lines
    accept = next(line for line in lines if line.startswith("To accept them"))
    found = re.fullmatch(r"To accept them, update (\S+) \(there is none yet\) and commit it: (.+)", accept)
    assert found is not None
    subprocess.run(found[2], shell=True, cwd=project, env=environment, check=True, capture_output=True)
    git(project, "add", found[1])

    code, lines = run(project, environment, *every)
    assert (code, len(lines)) == (0, 1), lines
    assert lines[0].endswith("Passed")
    code, lines = run(project, environment, *every, "--verbose")
    assert (code, "huggingface:org/one  not pinned  app.py:3" in lines) == (0, True), lines

    write(project, {"app.py": TWO})
    git(project, "add", "app.py")
    code, lines = run(project, environment, *every)
    assert code == 1
    assert [line for line in lines if "PTM" in line] == [
        "app.py:4:5: PTM001 new model huggingface:org/two",
        "app.py:5:5: PTM001 new model huggingface:org/three",
    ]
    assert lines[-1 if lines[-1] else -2].endswith("ptmscan baseline update")

    write(project, {"files.yaml": config.replace("ID", "ptmscan-files")})
    git(project, "add", "files.yaml")
    changed = ("run", "--config", "files.yaml", "--files")
    assert run(project, environment, *changed, "names.py")[0] == 0
    code, lines = run(project, environment, *changed, "app.py", "names.py")
    assert (code, sum("PTM001" in line for line in lines)) == (1, 2), lines
