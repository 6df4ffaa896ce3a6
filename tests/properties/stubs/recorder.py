"""What the stub libraries call when a model would be loaded: notes where the call stands and what arrived.

Then the load may fail.
"""

import os
import sys

import failures

events = []
# Where calls stand, by code object and instruction: loops ask for one place again and again.
places = {}


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
    at = (frame.f_code, frame.f_lasti)
    if (known := places.get((id(at[0]), at[1]))) is None:
        known = places[id(at[0]), at[1]] = (list(at[0].co_positions())[at[1] // 2], at[0])
    positions = known[0]
    events.append(
        {
            "file": frame.f_code.co_filename,
            "span": positions,
            "callee": callee,
            "args": [plain(value) for value in args],
            "kwargs": {name: plain(value) for name, value in kwargs.items()},
        }
    )
    failures.perhaps(frame)
