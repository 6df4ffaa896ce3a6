"""From the model of a usage record to the name under which PeaTMOSS or a registry may know it. Nothing is guessed.

docs/peatmoss.md lists the rules; the first candidate that is known wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ptmscan.records import ModelOutcome, ModelReference
from ptmscan.registry.model import KnownHub, KnownModel
from ptmscan.signatures import tables
from ptmscan.signatures.identity import Hub, is_hub_id
from ptmscan.signatures.names import identify, releases_of_rule


class NameRule(StrEnum):
    """How a record's model was found among the known ones."""

    EXACT = "exact"  # the id of the record is the known name
    RENAMED = "renamed"  # an id that the hub redirects, in either direction (table hf_renames)
    AS_WRITTEN = "as-written"  # no id in the record: the name as the code writes it is a known name
    TIMM_DEFAULT = (
        "timm-default"  # an architecture of timm before 0.9: what its name means since its weights are on the hub
    )
    ENTRY_POINT = "entry-point"  # PyTorch Hub: the entry point alone, in the repository that the record names
    ALIAS = "alias"  # a further name that the registry holds


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name under which a model may be known; `repository` is what its code repository has to be, as `owner/name`."""

    hub: KnownHub
    name: str
    rule: NameRule
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A known model, and the rule that led to it."""

    model: KnownModel
    rule: NameRule


Lookup = Callable[[KnownHub, str], "KnownModel | None"]

# The repositories whose entry points torch.hub gives for a library (pytorch.org/hub).
_LIBRARY_REPOSITORIES = {
    Hub.TORCHVISION: "pytorch/vision",
    Hub.TORCHAUDIO: "pytorch/audio",
    Hub.TORCHTEXT: "pytorch/text",
}


def candidates(reference: ModelReference, library: str) -> tuple[Candidate, ...]:
    """The names under which the model may be known, best first; none for paths and for names known in part.

    `library` is that of the usage.
    """
    if reference.outcome is not ModelOutcome.RESOLVED:
        return ()
    match reference.hub:
        case Hub.HUGGINGFACE if reference.id:
            return tuple(_hugging_face(reference.id, NameRule.EXACT))
        case Hub.PYTORCH_HUB if reference.id:
            return tuple(_entry_point(reference.id))
        case Hub.TORCHVISION | Hub.TORCHAUDIO | Hub.TORCHTEXT if reference.id:
            entry = reference.id.partition("/")[2]
            return tuple(_entry_point(f"{_LIBRARY_REPOSITORIES[Hub(reference.hub)]}/{entry}"))
        case Hub.LIBRARY if reference.id is None and library == "timm":
            return tuple(_timm_default(reference.name))
        case None if reference.id is None and is_hub_id(reference.name):
            return tuple(_hugging_face(reference.name, NameRule.AS_WRITTEN))
        case _:
            return ()


def first_known(reference: ModelReference, library: str, lookup: Lookup) -> Known | None:
    """The known model that a usage of a library means; None when no candidate is known."""
    for candidate in candidates(reference, library):
        found = lookup(candidate.hub, candidate.name)
        if found is not None and _is_there(candidate.repository, found.repository):
            is_alias = found.context_id != candidate.name
            return Known(found, NameRule.ALIAS if is_alias else candidate.rule)
    return None


def _hugging_face(name: str, rule: NameRule) -> Iterator[Candidate]:
    yield Candidate(KnownHub.HUGGINGFACE, name, rule)
    for other in _renames().get(name, ()):
        yield Candidate(KnownHub.HUGGINGFACE, other, NameRule.RENAMED)


def _timm_default(name: str) -> Iterator[Candidate]:
    """The id of the oldest release with weights on the hub; before, weights had URLs (timm 0.9.0 release notes)."""
    releases = releases_of_rule("timm")
    oldest = next((release for release in reversed(releases.known) if release != "0"), None) if releases else None
    found = identify("timm", (name,), _NoTree(), release=oldest).id
    if found is not None:
        yield Candidate(KnownHub.HUGGINGFACE, found, NameRule.TIMM_DEFAULT)


class _NoTree:
    """A record is read without its repository."""

    def is_file(self, path: str) -> bool:  # noqa: ARG002  # the protocol's signature
        """Nothing is a file here."""
        return False

    def is_dir(self, path: str) -> bool:  # noqa: ARG002
        """Nothing is a folder here."""
        return False


def _entry_point(name: str) -> Iterator[Candidate]:
    """`owner/repository/entry`, which some versions of the data set use, then the entry point alone."""
    repository, _, entry = name.rpartition("/")
    yield Candidate(KnownHub.PYTORCH, name, NameRule.EXACT)
    yield Candidate(KnownHub.PYTORCH, entry, NameRule.ENTRY_POINT, repository)


@cache
def _renames() -> dict[str, tuple[str, ...]]:
    """Every name to the other names of the same model: what it became, then what it was."""
    group: dict[str, list[str]] = {}
    for old, new, *_ in tables.rows("hf_renames"):
        group.setdefault(new, []).append(old)
    found: dict[str, tuple[str, ...]] = {}
    for new, olds in group.items():
        found[new] = tuple(olds)
        for old in olds:
            found[old] = (new, *(other for other in olds if other != old))
    return found


def _is_there(wanted: str | None, known: str | None) -> bool:
    """Whether the known model may live in the wanted repository; an unknown one of either may."""
    return wanted is None or known is None or plain_repository(known) == wanted.lower()


def plain_repository(url: str) -> str:
    """`owner/name` in lower case, of a URL or of `github.com/owner/name`."""
    path = url.partition("://")[2] or url
    head, _, rest = path.partition("/")
    return (rest if "." in head else path).removesuffix(".git").strip("/").lower()
