"""A stand-in for the library: loads nothing and records who asked for what."""

from recorder import record


def hf_hub_download(*args, **kwargs):
    record("hf_hub_download", args, kwargs)


def snapshot_download(*args, **kwargs):
    record("snapshot_download", args, kwargs)
