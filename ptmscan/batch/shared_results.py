"""Results that clones of equal content share, whatever they are called and whatever else lies beside the files.

A result depends on the list of files, and on the contents of those that were read. Both are kept with it, so that a
second clone costs reading these files again, and no analysis. Forks, mirrors and copies are found that way.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.batch.recording import RecordingTree, answers_alike
from ptmscan.contents import MAX_TEXT_BYTES
from ptmscan.errors import RecordFileError
from ptmscan.record_json import read_jsonl, write_jsonl

if TYPE_CHECKING:
    from ptmscan.cache import Cache
    from ptmscan.records import ScanResult

_KIND = "shared"
# Quicker scans are not worth an entry: to read the files again takes as long.
MIN_SECONDS = 0.1


def shared_or_new(
    store: Cache, tree: RecordingTree, versions: str, scan: Callable[[RecordingTree], ScanResult]
) -> ScanResult:
    """The result of an earlier scan of the same files under this tree's name, or that of `scan`, which is kept.

    `versions` is all else that a result depends on: the program, the signatures, the options.
    """
    key = _key(tree, versions)
    found = _found(store.get(_KIND, key), tree)
    if found is not None:
        return found
    result = scan(tree)
    if result.seconds >= MIN_SECONDS:
        text = io.StringIO()
        write_jsonl(result, text)
        store.put(_KIND, key, json.dumps([tree.reads, tree.asked]).encode() + b"\n" + text.getvalue().encode())
    return result


def _key(tree: RecordingTree, versions: str) -> str:
    whole = hashlib.sha256(versions.encode())
    # Of what is not read, a scan knows only whether it is too large to be.
    rows = [(entry.path, entry.size > MAX_TEXT_BYTES) for entry in tree.entries()]
    told = [(found.path, found.code, found.message) for found in tree.diagnostics()]
    whole.update(repr((rows, told)).encode())
    return whole.hexdigest()


def _found(content: bytes | None, tree: RecordingTree) -> ScanResult | None:
    """A kept result, if every file that it was made from reads in this tree as it did then."""
    if content is None:
        return None
    remembered, _, text = content.partition(b"\n")
    try:
        reads, asked = json.loads(remembered)
        if not answers_alike(tree, reads, asked):
            return None
        result = read_jsonl(io.StringIO(text.decode()))
    except (RecordFileError, ValueError):
        return None
    header = replace(result.header, repository=tree.repository, commit=tree.commit)
    usages = tuple(replace(usage, repository=tree.repository, commit=tree.commit) for usage in result.usages)
    return replace(result, header=header, usages=usages)
