"""What the registry and the PeaTMOSS database know of a model, in one form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KnownHub(StrEnum):
    """The hubs of PeaTMOSS, as its table `model_hub` writes them (arXiv 2402.00699)."""

    HUGGINGFACE = "HuggingFace"
    PYTORCH = "PyTorch"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that a hub has. `context_id` is its name there: PeaTMOSS links by it.

    `repository` is the code repository of a PyTorch Hub model (`github.com/pytorch/vision`). `aliases` are further
    names of the same model on the same hub.
    """

    hub: KnownHub
    context_id: str
    aliases: tuple[str, ...] = ()
    downloads: int | None = None
    sha: str | None = None
    repository: str | None = None
