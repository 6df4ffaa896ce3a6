"""What a user gets: the wheel, the source distribution and an editable install all work and carry the catalogue."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import ptmscan

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel, the editable wheel and the sdist of this checkout, and the wheel that the sdist builds."""
    built = {kind: _build(ROOT, kind, tmp_path_factory.mktemp("dist")) for kind in ("wheel", "wheel:editable", "sdist")}
    unpacked = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built["sdist"]) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return built | {"wheel from sdist": _build(source, "wheel", tmp_path_factory.mktemp("dist"))}


def _build(source: Path, kind: str, target: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = target.iterdir()
    return built


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _run_from(site: Path, *arguments: str) -> str:
    """Run `ptmscan` from `site`, put first as a site directory (`.pth` files of an editable wheel count)."""
    program = (
        "import site, sys; sys.path[:] = [p for p in sys.path if p != sys.argv[1]]; before = len(sys.path);"
        "site.addsitedir(sys.argv[1]); sys.path[:] = sys.path[before:] + sys.path[:before];"
        "sys.argv[:] = ['ptmscan', *sys.argv[2:]];"
        "import ptmscan; print(ptmscan.__file__); sys.stdout.flush();"
        "from ptmscan.__main__ import main; main()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(site), *arguments],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_the_package_the_catalogue_and_nothing_else(distributions: dict[str, Path]) -> None:
    names = _names(distributions["wheel"])
    assert "ptmscan/signatures/data/signatures.yaml" in names
    assert {name.split("/")[0] for name in names} == {"ptmscan", f"ptmscan-{ptmscan.__version__}.dist-info"}
    sources = (path for path in (ROOT / "ptmscan").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    package = {path.relative_to(ROOT).as_posix() for path in sources}
    assert package <= names


def test_wheel_states_version_and_licence(distributions: dict[str, Path]) -> None:
    folder = f"ptmscan-{ptmscan.__version__}.dist-info"
    with zipfile.ZipFile(distributions["wheel"]) as archive:
        metadata = archive.read(f"{folder}/METADATA").decode()
        licence = archive.read(f"{folder}/licenses/LICENSE").decode()
    assert f"Version: {ptmscan.__version__}\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Apache License" in licence


def test_sdist_builds_the_same_wheel(distributions: dict[str, Path]) -> None:
    assert _names(distributions["wheel from sdist"]) == _names(distributions["wheel"])


def test_sdist_carries_what_a_packager_needs_to_test_it(distributions: dict[str, Path]) -> None:
    with tarfile.open(distributions["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"signatures.yaml", "LICENSE", "README.md", "pyproject.toml", "tests/conftest.py", "docs/architecture.md"}
    assert wanted <= names


@pytest.mark.parametrize("kind", ["wheel", "wheel from sdist", "wheel:editable"])
def test_installed_package_finds_its_catalogue(kind: str, distributions: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(distributions[kind]) as archive:
        archive.extractall(tmp_path)
    imported, _, listing = _run_from(tmp_path, "signatures", "list").partition("\n")
    home = ROOT if kind == "wheel:editable" else tmp_path
    assert Path(imported) == home / "ptmscan" / "__init__.py"
    assert "transformers" in listing
