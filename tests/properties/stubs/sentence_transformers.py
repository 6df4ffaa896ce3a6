"""A stand-in for the library: loads nothing and records who asked for what."""

from recorder import record


class SentenceTransformer:
    def __init__(self, *args, **kwargs):
        record("SentenceTransformer", args, kwargs)
