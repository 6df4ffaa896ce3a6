"""Patterns that name models: `hub:name` with wildcards, as `allow` and `deny` of the configuration hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache

from ptmscan.records import ModelReference

HUBS = (
    "huggingface",
    "pytorch-hub",
    "torchvision",
    "torchaudio",
    "torchtext",
    "spacy",
    "keras",
    "kaggle",
    "tensorflow-hub",
    "modelscope",
    "paddle",
    "ngc",
    "ollama",
    "url",
    "library",
)
ANY_HUB = "*"
# A pattern may be a stranger's, and the time that it takes grows with its wildcards as an exponent.
MAX_WILDCARDS = 3

_HUB_PREFIX = re.compile(r"(?P<hub>\*|[a-z][a-z-]*):(?!//)")


@dataclass(frozen=True, slots=True)
class ModelPattern:
    """`hub` is a hub or `*` for any; `name` is compared with a model's id and its name as written, case aside."""

    text: str
    hub: str
    name: str

    def matches(self, model: ModelReference) -> bool:
        """Whether it names a model. `*` stands for any characters, also `/`; `?` for one; `[ab]` for one of these."""
        if self.hub not in (ANY_HUB, model.hub):
            return False
        names = {model.name} if model.id is None else {model.name, model.id, model.id.removeprefix(f"{model.hub}/")}
        return any(_compiled(self.name).fullmatch(name.casefold()) for name in names)


def parse_pattern(text: str) -> ModelPattern:
    """`huggingface:google-bert/*`, `torchvision:*`, or a name on any hub: `google-bert/*`.

    Raises:
        ValueError: no such hub, nothing after it, or too many wildcards; the message says which.
    """
    found = _HUB_PREFIX.match(text)
    hub, name = (found["hub"], text[found.end() :]) if found else (ANY_HUB, text)
    if hub != ANY_HUB and hub not in HUBS:
        from difflib import get_close_matches

        close = get_close_matches(hub, HUBS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(HUBS)}"
        raise ValueError(f"{text!r}: no hub {hub!r}; {hint}")
    if not name:
        raise ValueError(f"{text!r}: there is no name to match; `*` matches all")
    if name.count("*") > MAX_WILDCARDS:
        raise ValueError(f"{text!r} has more than {MAX_WILDCARDS} wildcards")
    return ModelPattern(text, hub, name)


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(translate(name.casefold()))
