"""Name rules of everything else: URLs, paths, and libraries with a list of their own."""

from __future__ import annotations

from ptmscan.signatures.identity import Hub, Identity, TreeView, local, no_name, path, url

Written = tuple[str, ...]


def any_url(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """A URL; anything else is a path."""
    name = written[0].strip()
    return no_name(name) or url(name) or local(name, "no URL")


def local_or_url(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A file of the user's own, or a URL."""
    return any_url(written, tree, release)


def own(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A name of the library's own list: no table proves it, so it has no id."""
    name = written[0].strip()
    return no_name(name) or url(name) or path(name, tree) or Identity(name, None, Hub.LIBRARY)
