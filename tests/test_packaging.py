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
def unpacked_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout, unpacked: what the editable build writes lands there and not here."""
    archive_file = _build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive_file) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return source


@pytest.fixture(scope="module")
def wheels(unpacked_sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of this checkout, and the ordinary and the editable wheel of the source distribution."""
    return {
        "wheel": _build(ROOT, "wheel", tmp_path_factory.mktemp("wheel")),
        "wheel from sdist": _build(unpacked_sdist, "wheel", tmp_path_factory.mktemp("wheel")),
        "editable": _build(unpacked_sdist, "wheel:editable", tmp_path_factory.mktemp("wheel")),
    }


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


def test_wheel_holds_the_package_the_catalogue_and_nothing_else(wheels: dict[str, Path]) -> None:
    names = _names(wheels["wheel"])
    data = "ptmscan/signatures/data"
    assert {f"{data}/signatures.yaml", f"{data}/catalogue.json"} <= names
    assert {name.split("/")[0] for name in names} == {"ptmscan", f"ptmscan-{ptmscan.__version__}.dist-info"}
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ptmscan").rglob("*") if path.is_file()}
    assert {file for file in files if "/." not in file and "/__pycache__/" not in file} <= names


def test_wheel_states_version_and_licence(wheels: dict[str, Path]) -> None:
    folder = f"ptmscan-{ptmscan.__version__}.dist-info"
    with zipfile.ZipFile(wheels["wheel"]) as archive:
        metadata = archive.read(f"{folder}/METADATA").decode()
        licence = archive.read(f"{folder}/licenses/LICENSE").decode()
    assert f"Version: {ptmscan.__version__}\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Apache License" in licence


def test_sdist_builds_the_same_wheel(wheels: dict[str, Path]) -> None:
    assert _names(wheels["wheel from sdist"]) == _names(wheels["wheel"])


def test_sdist_carries_what_a_packager_needs_to_test_it(unpacked_sdist: Path) -> None:
    wanted = {"signatures.yaml", "LICENSE", "README.md", "pyproject.toml", "tests/conftest.py", "docs/architecture.md"}
    assert [path for path in sorted(wanted) if not (unpacked_sdist / path).is_file()] == []


@pytest.mark.parametrize("kind", ["wheel", "wheel from sdist", "editable"])
def test_installed_package_finds_its_catalogue(
    kind: str, wheels: dict[str, Path], unpacked_sdist: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheels[kind]) as archive:
        archive.extractall(tmp_path)
    imported, _, listing = _run_from(tmp_path, "signatures", "list").partition("\n")
    home = unpacked_sdist if kind == "editable" else tmp_path
    assert Path(imported) == home / "ptmscan" / "__init__.py"
    assert "transformers" in listing
