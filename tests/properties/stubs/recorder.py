"""What the stub libraries call when a model would be loaded: notes where the call stands and what arrived."""

import os
import sys

events = []


def plain(value):
    """A value as JSON, with its kind where JSON has none."""
    if value is None or isinstance(value, (str, bool, int)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {"object": type(value).__name__}


def record(callee, args, kwargs):
    """Note a call of the caller's caller, under the span of the call expression."""
    frame = sys._getframe(2)
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    events.append(
        {
            "file": frame.f_code.co_filename,
            "span": positions,
            "callee": callee,
            "args": [plain(value) for value in args],
            "kwargs": {name: plain(value) for name, value in kwargs.items()},
        }
    )
