"""Makes clones for tests, with a git that knows nothing of the user's own configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

GIT = shutil.which("git") or "git"
IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    """Run git in a folder and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | IDENTITY
    done = subprocess.run([GIT, *arguments], cwd=folder, env=environment, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, which is made if need be."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def clone(folder: Path, files: Mapping[str, str | bytes], *, commit: bool = True) -> Path:
    """A repository in which those files are tracked."""
    write(folder, files)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    if commit:
        git(folder, "commit", "--quiet", "--message=first")
    return folder
