"""Signature files that a user adds to the built-in catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.errors import SignatureFileError, UsageError
from ptmscan.signatures.schema import read_document

if TYPE_CHECKING:
    from pathlib import Path

    from ptmscan.signatures.model import Signature


def read_extra(paths: tuple[Path, ...]) -> tuple[tuple[Signature, ...], tuple[bytes, ...]]:
    """The signatures of all files in order, and the content of each.

    Raises:
        SignatureFileError: holding every mistake of every file.
        UsageError: a file that cannot be read or is not UTF-8.
    """
    signatures: list[Signature] = []
    texts: list[bytes] = []
    mistakes: list[str] = []
    for path in paths:
        try:
            texts.append(path.read_bytes())
            signatures += read_document(str(path), texts[-1].decode("utf-8")).signatures
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the signature file {path}: {error}") from None
        except SignatureFileError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SignatureFileError(mistakes)
    return tuple(signatures), tuple(texts)
