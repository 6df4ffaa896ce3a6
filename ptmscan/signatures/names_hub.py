"""Name rules whose names live on the Hugging Face hub: transformers, sentence-transformers, timm, spaCy, diffusers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from ptmscan.records import ModelOutcome
from ptmscan.signatures import tables
from ptmscan.signatures.identity import Hub, Identity, TreeView, is_hub_id, no_name, path, url

Written = tuple[str, ...]


def hf(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A hub id, a renamed old id, a URL, or a path (transformers tries a directory of that name first)."""
    name = written[0].strip()
    return no_name(name) or url(name) or path(name, tree) or _hub_id(name)


def hf_at(written: Written, tree: TreeView, release: str | None) -> Identity:
    """As `hf`, with ``org/name@revision`` (asteroid, pyannote before 4.0, PyTorchModelHubMixin before 0.16)."""
    name, at, revision = written[0].strip().partition("@")
    found = hf((name,), tree, release)
    return replace(found, name=written[0], revision=revision or None) if at else found


def hf_file(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A file on the hub: a URL of huggingface.co, or ``org/name/file`` (diffusers `from_single_file`); else a path."""
    name = written[0].strip()
    parts = name.split("/")
    is_file = len(parts) >= 3 and "." in parts[-1] and parts[0] not in ("", ".", "..", "~") and not tree.is_file(name)
    if is_file and is_hub_id("/".join(parts[:2])) and not _looks_local(parts[0], tree):
        return Identity(name, "/".join(parts[:2]), Hub.HUGGINGFACE, reason="a file of that repository")
    return hf(written, tree, release)


def st(written: Written, tree: TreeView, release: str | None) -> Identity:
    """sentence-transformers 2.2-6.2: a bare name gets `sentence-transformers/`, but for 68 old transformers names."""
    return _prefixed("sentence-transformers/", written, tree, release, keep=_canonical())


def ce(written: Written, tree: TreeView, release: str | None) -> Identity:
    """CrossEncoder of sentence-transformers 6: a bare name gets `cross-encoder/`."""
    return _prefixed("cross-encoder/", written, tree, release, keep=_canonical())


def sparse(written: Written, tree: TreeView, release: str | None) -> Identity:
    """SparseEncoder of sentence-transformers 6: a bare name gets `sparse-encoder/`."""
    return _prefixed("sparse-encoder/", written, tree, release, keep=_canonical())


def under(organisation: str, written: Written, tree: TreeView) -> Identity:
    """A bare name of the library's own organisation on the hub gets `ORG/`; else as `hf`."""
    return _prefixed(f"{organisation}/", written, tree, None, keep=frozenset())


def spacy(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A spaCy package, a shortcut of spaCy 2 (`en`), or a path."""
    name = written[0].strip()
    if found := no_name(name) or url(name) or path(name, tree):
        return found
    if name in tables.mapping("spacy_packages"):
        id_ = tables.mapping("spacy_packages")[name] or None
        return Identity(name, id_, Hub.HUGGINGFACE if id_ else Hub.SPACY)
    if (package := _SHORTCUTS.get(name)) is not None:
        return Identity(name, f"spacy/{package}", Hub.HUGGINGFACE, reason="a shortcut of spaCy 2")
    return Identity(name, None, Hub.SPACY if name.isidentifier() else None, reason="a package that no table knows")


# The shortcuts of spaCy 2 that stand for an official small package (spacy/cli/download.py, shortcuts-v2.json).
_SHORTCUTS = {
    "en": "en_core_web_sm",
    "xx": "xx_ent_wiki_sm",
    **{language: f"{language}_core_news_sm" for language in ("de", "es", "pt", "fr", "it", "nl", "el", "nb", "lt")},
}


def timm(written: Written, tree: TreeView, release: str | None) -> Identity:
    """timm: NAME (its default tag), NAME.TAG, an old name, `hf-hub:ID[@REVISION]`, `local-dir:PATH`, `timm/NAME`."""
    name = written[0].strip()
    if found := no_name(name):
        return found
    for prefix in ("hf-hub:", "hf_hub:"):
        if name.startswith(prefix):
            return replace(hf_at((name.removeprefix(prefix),), tree, release), name=name)
    if name.startswith("local-dir:"):
        return Identity(name, None, Hub.LOCAL, outcome=ModelOutcome.LOCAL, reason="the prefix local-dir:")
    return _timm_name(name, release)


@cache
def timm_releases() -> tuple[str, ...]:
    """The releases that timm's default tags were read from, and "0" for those before: weights at URLs of their own."""
    return (*tables.columns("timm_defaults")[1:], "0")


def _timm_name(name: str, release: str | None) -> Identity:
    if release == "0":
        before = f"timm before {timm_releases()[-2]} loads weights from URLs of its own"
        return Identity(name, None, Hub.LIBRARY, reason=before)
    key = name.removeprefix("timm/")
    key = tables.mapping("timm_deprecated").get(key, key)
    tags, reason = tables.mapping("timm_tags"), None if key == name else "an older spelling"
    if "." in key:
        found = tags.get(key)
        id_ = {None: None, "=": f"timm/{key}", "-": None, "": None}.get(found, found)
        return Identity(name, id_, Hub.HUGGINGFACE if id_ else Hub.LIBRARY, reason=reason)
    row = _timm_defaults().get(key, ())
    if not row:
        return Identity(name, None, Hub.LIBRARY, reason="an architecture that the table of timm does not know")
    ids = [row[0] if cell == "=" else cell for cell in row]
    if release in timm_releases():
        ids = [ids[timm_releases().index(release or "")]]
    default = next((cell for cell in ids if cell), None)
    return Identity(name, default, Hub.HUGGINGFACE if default else Hub.LIBRARY, reason=reason)


@cache
def _timm_defaults() -> dict[str, Written]:
    return {row[0]: row[1:] for row in tables.rows("timm_defaults")}


def is_canonical(name: str) -> bool:
    """Whether a bare name is one of the hub's models from before organisations."""
    return name in _canonical()


@cache
def _canonical() -> frozenset[str]:
    return frozenset(row[0] for row in tables.rows("hf_renames") if row[2] == "canonical")


def _prefixed(prefix: str, written: Written, tree: TreeView, release: str | None, *, keep: frozenset[str]) -> Identity:
    name = written[0].strip()
    if "/" in name or name in keep or not is_hub_id(name):
        return hf(written, tree, release)
    return path(name, tree) or Identity(name, prefix + name, Hub.HUGGINGFACE, reason="a bare name of the library")


def _hub_id(name: str) -> Identity:
    renames = tables.mapping("hf_renames")
    if name in renames:
        return Identity(name, renames[name], Hub.HUGGINGFACE, reason="an old id that the hub redirects")
    if not is_hub_id(name):
        return Identity(name, None, None, outcome=ModelOutcome.PARTIAL, reason="no form of a hub id")
    if "/" in name:
        return Identity(name, name, Hub.HUGGINGFACE)
    return Identity(name, None, None, reason="a bare name that no table knows: an old hub id or a folder")


def _looks_local(head: str, tree: TreeView) -> bool:
    return path(f"{head}/x", tree) is not None or tree.is_dir(head)
