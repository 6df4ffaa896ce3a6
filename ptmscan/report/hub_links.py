"""Addresses of models on the web, only where the name has the very shape that the hub asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ptmscan.report.purl import purl_of

if TYPE_CHECKING:
    from ptmscan.records import ModelReference

# Only what needs no repair becomes a link (RFC 3986 without user names and odd hosts).
_URL = re.compile(
    r"https?://[A-Za-z0-9.-]{1,250}(?::\d{1,5})?(?:/(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}){0,2000})?", re.ASCII
)


class LinkKind(StrEnum):
    """What is behind an address."""

    MODEL_CARD = "model-card"
    FILE = "file"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class HubLink:
    """An address, safe to be written as a link."""

    kind: LinkKind
    url: str


def hub_link(model: ModelReference) -> HubLink | None:
    """Where people can look at a model; None where its name does not prove an address."""
    match model.hub:
        case "huggingface" if purl_of(model):
            return HubLink(LinkKind.MODEL_CARD, f"https://huggingface.co/{model.id}")
        case "url" if _URL.fullmatch(model.name):
            return HubLink(LinkKind.FILE, model.name)
        case "pytorch-hub" if model.id and purl_of(model):
            return HubLink(LinkKind.SOURCES, "https://github.com/" + "/".join(model.id.split("/")[:2]))
        case _:
            return None
