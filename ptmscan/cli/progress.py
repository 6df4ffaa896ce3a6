"""A progress bar on standard error, for people who wait."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# Below this nobody needs to be told that something goes on.
DELAY_SECONDS = 1.0


class DelayedProgress:
    """Call it with what is done and all there is to do; a bar appears after a second, on a terminal only."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None
        self._wanted = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> DelayedProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def __call__(self, done: int, total: int | None) -> None:
        """Take note of progress; `total` is None where nobody knows it."""
        if not self._wanted:
            return
        if self._bar is None and time.monotonic() - self._started >= DELAY_SECONDS:
            self._bar = self._start()
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=done, total=total)

    def _start(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import Progress

        bar = Progress(console=Console(stderr=True), transient=True)
        bar.start()
        return bar, bar.add_task(self._label, total=None)
