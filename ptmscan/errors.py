"""What can go wrong with ptmscan itself. Problems of scanned files are diagnostics, not exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """The process exit codes, stable and documented in the README."""

    DONE = 0
    FINDINGS = 1
    ERROR = 2
    INCOMPLETE = 3


class PtmscanError(Exception):
    """Base of every error that ptmscan raises on purpose; its text is meant for the user."""


class UsageError(PtmscanError):
    """The command line or the configuration asks for something impossible."""


class SignatureFileError(PtmscanError):
    """A signature file is wrong. `mistakes` holds every mistake, each as ``file:line: text``."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))

    def __reduce__(self) -> tuple[type[SignatureFileError], tuple[tuple[str, ...]]]:
        return SignatureFileError, (self.mistakes,)


class UnreadableFileError(PtmscanError):
    """A file of the scanned tree cannot be read. `code` is a `DiagnosticCode` value."""

    def __init__(self, path: str, code: str, message: str) -> None:
        self.path, self.code, self.message = path, code, message
        super().__init__(f"{path}: {message}")

    def __reduce__(self) -> tuple[type[UnreadableFileError], tuple[str, str, str]]:
        return UnreadableFileError, (self.path, self.code, self.message)


class RecordFileError(PtmscanError):
    """A file that should hold the records of a scan does not. The text names the line and what is wrong with it."""
