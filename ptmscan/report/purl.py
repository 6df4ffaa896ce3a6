"""Package URLs of models, where the specification has a type for them.

https://github.com/package-url/purl-spec, types/huggingface-definition.json, github-, pypi- and generic-definition.json
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from ptmscan.records import ModelReference

# As huggingface_hub checks repository names (utils/_validators.py); a name without its owner has no package URL.
_HUB_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_HUB_ENTRY = re.compile(r"(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)/(?P<entry>.+)", re.ASCII)
_PACKAGE = re.compile(r"[A-Za-z]\w*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
# Their models are named in the library, and its release decides which weights a name means.
_IN_LIBRARIES = frozenset({"torchvision", "torchaudio", "torchtext"})


def purl_of(model: ModelReference) -> str | None:
    """The package URL of a model, or None where the specification has no type for its hub or it would not be exact.

    Models of a library have the URL of the library, which then names the origin and not the single model.
    """
    match model.hub:
        case "huggingface":
            return _hugging_face(model.id, model.revision)
        case "pytorch-hub":
            return _git_hub(model.id, model.revision)
        case "spacy":
            return _package((model.id or model.name).rpartition("/")[2])
        case library if library in _IN_LIBRARIES:
            return f"pkg:pypi/{library}"
        case _:
            return None


def is_commit(revision: str | None) -> bool:
    """Whether a revision is a full commit hash: the only version that the type `huggingface` has."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def _hugging_face(model_id: str | None, revision: str | None) -> str | None:
    if model_id is None or not _HUB_ID.fullmatch(model_id):
        return None
    version = f"@{revision.lower()}" if revision and is_commit(revision) else ""
    return f"pkg:huggingface/{model_id}{version}"


def _git_hub(model_id: str | None, revision: str | None) -> str | None:
    """The repository with the entry point as its subpath, which the specification leaves to us."""
    found = _HUB_ENTRY.fullmatch(model_id or "")
    if found is None:
        return None
    version = f"@{_quoted(revision)}" if revision else ""
    return f"pkg:github/{found['owner']}/{found['repository']}".lower() + f"{version}#{_quoted(found['entry'])}"


def _package(name: str) -> str | None:
    return f"pkg:generic/{name}" if _PACKAGE.fullmatch(name) else None


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=":")
