"""A stand-in for the library: loads nothing and records who asked for what."""

from recorder import record


def create_model(*args, **kwargs):
    record("create_model", args, kwargs)
