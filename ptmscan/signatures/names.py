"""From the name a call passes to the model it means: one function per name rule, none of which guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ptmscan.signatures import names_hub, names_other, names_torch, tables
from ptmscan.signatures.identity import Hub, Identity, TreeView
from ptmscan.signatures.names_hub import is_canonical

__all__ = [
    "FOLDER_RULES",
    "GATE_TABLES",
    "HUBS",
    "OBJECT_RULES",
    "RELEASE_TABLE",
    "RULES",
    "RULE_FAMILIES",
    "TASK_TABLES",
    "Hub",
    "Identity",
    "Releases",
    "TreeView",
    "default_model",
    "gate_default",
    "identify",
    "is_canonical",
    "releases_of_rule",
    "releases_of_table",
    "rules",
]

Rule = Callable[[tuple[str, ...], TreeView, "str | None"], Identity]


@dataclass(frozen=True, slots=True)
class Releases:
    """The releases of a distribution whose names a table holds, newest first; each stands for those up to the next.

    "0" stands for everything before the oldest one, where that is known to be different.
    """

    distribution: str
    known: tuple[str, ...]


_RULES: dict[str, Rule] = {
    "hf": names_hub.hf,
    "hf@": names_hub.hf_at,
    "hf-file": names_hub.hf_file,
    "st": names_hub.st,
    "ce": names_hub.ce,
    "sparse": names_hub.sparse,
    "spacy": names_hub.spacy,
    "timm": names_hub.timm,
    "torch-hub": names_torch.torch_hub,
    "torchvision": names_torch.torchvision,
    "torchvision-quantized": names_torch.torchvision_quantized,
    "torchvision-backbone": names_torch.torchvision_backbone,
    "torchvision-weights": names_torch.torchvision_weights,
    "bundle": names_torch.bundle,
    "url": names_other.any_url,
    "local": names_other.any_url,
    "open-clip": names_other.open_clip,
    "open-clip/": names_other.open_clip_slash,
    "smp": names_other.smp,
    "torchgeo": names_other.torchgeo,
    "modelscope": names_other.modelscope,
    "paddle": names_other.paddle,
    "ngc": names_other.ngc,
    "ollama": names_other.ollama,
    "kaggle": names_other.kaggle,
    "tfhub": names_other.tfhub,
    "keras-hub": names_other.keras_hub,
    "stanza": names_other.stanza,
    "detectron2": names_other.detectron2,
    "prefixed-hf": names_other.prefixed_hf,
    "local-prefix": names_other.local_prefix,
    "musicgen": names_other.musicgen,
    "keras": names_other.keras,
    "fastai": names_other.fastai,
    "hanlp": names_other.hanlp,
    "model-args": names_other.model_args,
}
# Rules with a parameter behind a colon: the library whose list it is, the table that knows the names, an organisation.
_FAMILIES: dict[str, Callable[[str, tuple[str, ...], TreeView], Identity]] = {
    "own": names_other.own,
    "own file": names_other.own_file,
    "table": names_other.of_table,
    "table or hf": names_other.of_table_or_hf,
    "under": names_hub.under,
}
RULES = frozenset(_RULES)
RULE_FAMILIES = frozenset(_FAMILIES)
# The hub that a rule's names are usually on, for listings; what a name means is `identify`'s to say.
HUBS = {
    **dict.fromkeys(("hf", "hf@", "hf-file", "st", "ce", "sparse", "timm", "spacy", "stanza", "smp"), Hub.HUGGINGFACE),
    **dict.fromkeys(("open-clip", "open-clip/", "table or hf", "torchgeo", "prefixed-hf", "under"), Hub.HUGGINGFACE),
    **dict.fromkeys(("model-args", "local-prefix", "musicgen"), Hub.HUGGINGFACE),
    **dict.fromkeys(("own", "own file", "table", "detectron2", "hanlp"), Hub.LIBRARY),
    **dict.fromkeys(("torchvision", "torchvision-quantized", "torchvision-backbone"), Hub.TORCHVISION),
    **dict.fromkeys(("torchvision-weights", "fastai"), Hub.TORCHVISION),
    "torch-hub": Hub.PYTORCH_HUB,
    "url": Hub.URL,
    "local": Hub.LOCAL,
    "modelscope": Hub.MODELSCOPE,
    "paddle": Hub.PADDLE,
    "ngc": Hub.NGC,
    "ollama": Hub.OLLAMA,
    "kaggle": Hub.KAGGLE,
    "tfhub": Hub.TENSORFLOW_HUB,
    "keras": Hub.KERAS,
    "keras-hub": Hub.KAGGLE,
}
# Rules whose libraries look for a folder of the name first.
FOLDER_RULES = frozenset(["hf", "hf@", "st", "ce", "sparse"])
# Rules whose arguments may be objects of the library, given by their dotted names.
OBJECT_RULES = frozenset(
    rule for rule in RULES if rule.startswith(("torchvision", "bundle", "torchgeo", "fastai", "hanlp"))
)

_GATE_TABLES: dict[str, Callable[[tuple[str, ...]], bool | None]] = {
    "torch_hub_entries": names_torch.torch_hub_loads,
    "torchvision_backbones": names_torch.torchvision_loads_backbone,
}
GATE_TABLES = frozenset(_GATE_TABLES)

# Tables of default models, each with the distribution whose releases its column `versions` tells.
TASK_TABLES = {"pipeline_tasks": "transformers", "bert_score": "bert-score"}
# The table of default models that only the release decides on; its keys are DISTRIBUTION:NAME.
RELEASE_TABLE = "release_defaults"
_TASK_ALIASES = {
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "text-to-speech": "text-to-audio",
    "vqa": "visual-question-answering",
}


def rules() -> dict[str, Callable[..., Identity]]:
    """Every name rule by the word that signatures.yaml uses, for documentation."""
    families = {"own": _FAMILIES["own"], "own file": _FAMILIES["own file"]}
    of_tables = {"table NAME": _FAMILIES["table"], "table NAME or hf": _FAMILIES["table or hf"]}
    return {**_RULES, **families, **of_tables, "under ORG": _FAMILIES["under"]}


def identify(rule: str, written: tuple[str, ...], tree: TreeView, *, release: str | None = None) -> Identity:
    """Apply a name rule to the name as written, or to the parts of a name that takes several arguments.

    A part is text: a string argument as it is, any other constant as Python writes it (`True`), an object of a
    library as its fully qualified name (`torchvision.models.ResNet50_Weights.DEFAULT`), an omitted argument as "",
    and a further part that is not known as "?"; the identity then has an empty name if nothing can be named. `release`
    is one of `releases_of_rule`; without it the newest that knows the name answers.
    """
    family, colon, parameter = rule.partition(":")
    return _FAMILIES[family](parameter, written, tree) if colon else _RULES[rule](written, tree, release)


def releases_of_rule(rule: str) -> Releases | None:
    """The releases between which the names of a rule change their meaning; None where they never did.

    torchvision is not among them: no DEFAULT and no legacy member moved from 0.13.1 to 0.29.2.
    """
    return Releases("timm", names_hub.timm_releases()) if rule in ("timm", "smp", "fastai") else None


@cache
def releases_of_table(table: str, key: str) -> Releases:
    """The releases that a table of defaults was read from; in RELEASE_TABLE those of the distribution in `key`."""
    prefix = key.partition(":")[0] + ":" if table == RELEASE_TABLE else ""
    known = {release for row in tables.rows(table) if row[0].startswith(prefix) for release in row[4].split()}
    return Releases(prefix[:-1] or TASK_TABLES[table], tuple(sorted(known, key=_release, reverse=True)))


def default_model(table: str, key: str, release: str | None = None) -> tuple[str, str | None] | None:
    """The model and revision of a call that names none, by its task (PyTorch before TensorFlow); None if unknown.

    `release` is one of those that the table was read from; without it the newest that knows the task answers.
    """
    key = _TASK_ALIASES.get(key, key)
    if key.startswith("translation_") and "_to_" in key:
        key = "translation"
    rows = [row for row in tables.rows(table) if release is None or release in row[4].split()]
    found = [row for row in rows if row[0] == key] or [row for row in rows if row[0] == "*" and key]
    found.sort(key=lambda row: (max(_release(v) for v in row[4].split()), row[1] == "pt"), reverse=True)
    return (found[0][2], found[0][3] or None) if found else None


def gate_default(table: str, written: tuple[str, ...]) -> bool | None:
    """What an omitted gate argument means for this model; None when nobody knows."""
    return _GATE_TABLES[table](written)


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
