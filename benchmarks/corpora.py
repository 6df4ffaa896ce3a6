"""Fetches pinned sources from PyPI, as data: wheels are unpacked with zipfile, never installed, built or imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def fetch(name: str, version: str, cache: Path) -> Path:
    """The folder with the unpacked wheel of `name` at `version`; downloaded once, then kept in `cache`.

    Wheels only: downloading a source distribution makes pip run its build script.

    Raises:
        subprocess.CalledProcessError: pip could not download the wheel; its standard error was shown.
    """
    target = cache / f"{name}-{version}"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        download, unpacked = Path(scratch) / "download", Path(scratch) / "unpacked"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(download), f"{name}=={version}"], check=True, stdout=sys.stderr)
        (wheel,) = download.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        shutil.move(unpacked, target)
    return target
