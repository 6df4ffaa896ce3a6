"""What tells that a folder without git has changed: names, sizes and times of all below it. No file of it is read.

This happens in the process that all others depend on, so that nothing is done here that what lies in the folder could
make slow: no ignore files, no links, and no more entries than a bound.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator

from ptmscan.discovery.walk import SKIPPED_FOLDERS

# More than any repository of code holds; listing them takes some seconds.
MAX_ENTRIES = 500_000
# Beyond the resolution of any file system's times (FAT: two seconds): a file that is as new may change unseen.
_RACY_NS = 2_000_000_000


def folder_state(top: str) -> tuple[str | None, int]:
    """A digest that changes with the folder, and the number of entries; no digest where it cannot tell the next change.

    Args:
        top: the folder, without links in its path.
    """
    whole, number, started = hashlib.sha256(), 0, time.time_ns()
    is_certain = True
    for row, changed in _rows(top):
        number += 1
        if number > MAX_ENTRIES:
            return None, number
        is_certain = is_certain and changed < started - _RACY_NS
        whole.update(row.encode("utf-8", "surrogatepass") + b"\0")
    return whole.hexdigest() if is_certain else None, number


def _rows(top: str) -> Iterator[tuple[str, int]]:
    """A row for each entry, and when it changed; folders in the order of their names."""
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            yield f"{folder}: {error.errno}", 0
            continue
        for child in children:
            try:
                status = child.stat(follow_symlinks=False)
            except OSError as error:
                yield f"{child.path}: {error.errno}", 0
                continue
            if child.is_dir(follow_symlinks=False):
                if child.name not in SKIPPED_FOLDERS:
                    pending.append(child.path)
            else:
                facts = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode)
                yield f"{child.path}: {facts}", max(status.st_mtime_ns, status.st_ctime_ns)
