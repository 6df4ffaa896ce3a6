"""Which release of a library a file's code meets, and what the others would load in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ptmscan.requirements import Requirement, Requirements, meet, releases
from ptmscan.requirements.versions import spans
from ptmscan.signatures.model import Signature
from ptmscan.signatures.names import Identity, Releases

Answer = tuple[Identity, "str | None"]


@dataclass(frozen=True, slots=True)
class Other:
    """A model that other releases load (None: they load none): `versions` is the PEP 440 specifier of these."""

    identity: Identity | None
    revision: str | None
    versions: str


@dataclass(frozen=True, slots=True)
class Release:
    """What decided between releases of a distribution (None: nothing, the newest is taken), and the other models."""

    distribution: str
    requirement: Requirement | None
    others: tuple[Other, ...] = ()


class Chooser:
    """Asks the requirements of the repository on behalf of a file."""

    def __init__(self, requirements: Requirements) -> None:
        self.requirements = requirements

    def requirement(self, signature: Signature, path: str) -> Requirement | None:
        """What the repository asks for of the library of a signature."""
        return self.requirements.of(signature.distributions or (signature.library,), path)

    def allows(self, signature: Signature, path: str) -> bool:
        """Whether a signature describes a release that the repository may use."""
        if signature.versions is None or (asked := self.requirement(signature, path)) is None:
            return True
        return any(meet(one, signature.versions) for one in asked.specifiers)

    def decided(self, signature: Signature, path: str) -> Release:
        """What decided for a signature that holds for some releases only."""
        asked = self.requirement(signature, path)
        return Release(asked.distribution if asked else signature.library, asked)

    def choose(
        self, of: Releases | None, path: str, ask: Callable[[str | None], Answer | None]
    ) -> tuple[Answer | None, Release | None]:
        """The answer of the newest release in question that has one with an id, else of the newest; what decided."""
        if of is None:
            return ask(None), None
        asked = self.requirements.of((of.distribution,), path)
        known = releases(of.known, asked)
        answers = [(one, answer) for one in known if (answer := ask(one)) is not None]
        if not answers:
            return None, Release(of.distribution, asked)
        first = next((answer for _, answer in answers if answer[0].id is not None), answers[0][1])
        others = tuple(_others(of, first, answers))
        return first, Release(of.distribution, asked, others) if asked or others else None


def _others(of: Releases, first: Answer, answers: list[tuple[str, Answer]]) -> Iterator[Other]:
    """The answers with another id or revision, each with all the releases that give it."""
    releases_of: dict[tuple[str | None, str | None], list[str]] = {}
    identities: dict[tuple[str | None, str | None], Identity] = {}
    for release, (identity, revision) in answers:
        key = (identity.id, revision or identity.revision)
        if identity.id is not None and key != (first[0].id, first[1] or first[0].revision):
            releases_of.setdefault(key, []).append(release)
            identities.setdefault(key, identity)
    for key, identity in identities.items():
        yield Other(identity, key[1], spans(of.known, releases_of[key]))
