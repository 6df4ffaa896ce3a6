"""Runs git over a clone whose configuration, hooks, filters and remotes are hostile.

Only commands that read the index, trees and objects are run (config, rev-parse, rev-list, ls-files, ls-tree, cat-file
without filters); none of them needs a file of the work tree, and what a clone's configuration could make them start is
switched off here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Seconds for one command; listing a repository of a million files takes a few.
TIMEOUT = 60.0

# The command line wins over every configuration file; https://git-scm.com/docs/git-config names each key.
_SETTINGS = (
    "core.fsmonitor=false",  # would start a program for each look at the index
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.alternateRefsCommand=",
    "protocol.allow=never",
    "safe.directory=*",  # a clone that someone else owns is still only read
    "safe.bareRepository=all",
    "submodule.recurse=false",
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # wins over a clone's own protocol.*.allow
    "GIT_NO_LAZY_FETCH": "1",  # git 2.44 and the security releases of 2024
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace would show other content than the commit's
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
# The full name of a commit: SHA-1, or SHA-256 of newer repositories.
FULL_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitError(Exception):
    """Git is not there, failed, or took too long. The text says which, for a diagnostic or an error message."""


@dataclass(frozen=True, slots=True)
class GitFolder:
    """A git directory, and the top of its work tree if it has one that may be trusted (see `clones`)."""

    git_dir: Path
    top: Path | None

    @property
    def name(self) -> str:
        """The folder's name as a person knows it: that of the work tree, or of the bare repository without ``.git``."""
        folder = self.top or (self.git_dir.parent if self.git_dir.name == ".git" else self.git_dir)
        return folder.name.removesuffix(".git") or folder.name

    def command(self, *arguments: str) -> list[str]:
        """The command line for one of the commands named above."""
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        # Both are given, so that core.worktree and core.bare of the clone have no say.
        folders = [f"--git-dir={self.git_dir}", f"--work-tree={self.top or self.git_dir}"]
        return [_executable(), "--no-pager", *folders, *settings, *arguments]

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What a command prints when `data` is its input.

        Raises:
            GitError: not installed, a non-zero exit, or the time is up.
        """
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments; revisions and paths cannot be options
                self.command(*arguments),
                cwd=self.top or self.git_dir,
                env=environment(),
                input=data,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took more than {TIMEOUT:g} s") from error
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            raise GitError(f"git {arguments[0]} failed: {_reason(done.stderr)}")
        return done.stdout

    def tracked(self, below: str) -> list[str]:
        """The paths of the index at or below a folder (POSIX, from the top; empty: all), each once.

        Raises:
            GitError: see `run`.
        """
        selection = ("--", below) if below else ()
        printed = self.run("ls-files", "-z", "--cached", "--full-name", *selection)
        # An unmerged path is in the index up to three times.
        return list(dict.fromkeys(path for path in printed.decode("utf-8", "surrogateescape").split("\0") if path))

    def commit_of(self, revision: str) -> str | None:
        """The full hash of the commit that a revision names; None if the repository holds no such commit."""
        return None if revision.startswith("-") else self._hash_of(f"{revision}^{{commit}}")

    def head(self) -> str | None:
        """The full hash of the commit that is checked out; None before the first commit."""
        return self._hash_of("HEAD")

    def commit_before(self, moment: str) -> str | None:
        """The last commit of the line of first parents from HEAD, made at or before a moment (ISO 8601 with a zone).

        None where there is none. The date is the committer's: git-rev-list(1), --until.

        Raises:
            GitError: see `run`.
        """
        if self.head() is None:
            return None
        printed = self.run("rev-list", "--first-parent", "--max-count=1", f"--until={moment}", "HEAD")
        name = printed.decode("ascii", "replace").strip()
        return name if FULL_HASH.fullmatch(name) else None

    @property
    def is_shallow(self) -> bool:
        """Whether the clone lacks older commits."""
        return (self.git_dir / "shallow").is_file()

    def remote_name(self) -> str | None:
        """``owner/name`` of the remote called origin, if it has a URL of that kind."""
        try:
            url = self.run("config", "--no-includes", "--get", "remote.origin.url")
        except GitError:
            return None
        return repository_of_url(url.decode("utf-8", "replace").strip())

    def _hash_of(self, revision: str) -> str | None:
        try:
            printed = self.run("rev-parse", "--quiet", "--verify", revision)
        except GitError:
            return None
        name = printed.decode("ascii", "replace").strip()
        return name if FULL_HASH.fullmatch(name) else None


def environment() -> dict[str, str]:
    """The environment for git: the inherited one without any of git's own variables, which could redirect it."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith("GIT_")}
    return kept | _ENVIRONMENT


_WITH_SCHEME = re.compile(r"(?:https?|ssh|git|git\+ssh|ssh\+git)://[^/]+/(.+)", re.IGNORECASE)
_LIKE_SCP = re.compile(r"(?:[^/:@]+@)?[^/:@]{2,}:(?!//)/?(.+)")
_OWNER_AND_NAME = re.compile(r"[\w.~+-]+(?:/[\w.~+-]+)*")


def repository_of_url(url: str) -> str | None:
    """The path of a remote's URL, which on the usual hosts is ``owner/name``; user, password and host are dropped.

    >>> repository_of_url("https://user:secret@github.com/owner/name.git")
    'owner/name'
    >>> repository_of_url("git@github.com:owner/name.git")
    'owner/name'

    A path on this machine names no repository: None.
    """
    matched = _WITH_SCHEME.fullmatch(url) or ("://" not in url and _LIKE_SCP.fullmatch(url)) or None
    if matched is None:
        return None
    path = re.split(r"[?#]", matched[1])[0].strip("/").removesuffix(".git")
    return path if _OWNER_AND_NAME.fullmatch(path) else None


def _executable() -> str:
    """The absolute path of git. Relative entries of PATH are left out: they could lead into the scanned folder.

    Raises:
        GitError: git is not installed.
    """
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(folder).is_absolute()]
    found = shutil.which("git", path=os.pathsep.join(folders))
    if found is None or not Path(found).is_absolute():
        raise GitError("git is not installed")
    return found


def _reason(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().split("\n")
    fatal = next((line for line in lines if line.startswith("fatal: ")), lines[0]).removeprefix("fatal: ")
    return "".join(character for character in fatal[:200] if character.isprintable()) or "no reason given"
