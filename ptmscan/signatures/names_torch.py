"""Name rules of PyTorch's own registries: torch.hub, torchvision, torchaudio, torchtext."""

from __future__ import annotations

import re
from functools import cache

from ptmscan.records import ModelOutcome
from ptmscan.signatures import tables
from ptmscan.signatures.identity import Hub, Identity, TreeView, local, no_name, path, url

Written = tuple[str, ...]

_REPOSITORY = re.compile(r"(?P<id>[\w.-]+/[\w.-]+)(?::(?P<ref>.+))?")
_MEMBER = re.compile(r"(?:.*\.)?(?P<enum>\w+Weights)\.(?P<member>\w+)")


def torch_hub(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """`owner/repo[:ref]` and an entry point: the id is `owner/repo/entry`, the revision is the ref."""
    repository, entry = written[0].strip(), _part(written, 1)
    name = f"{repository}/{entry}" if entry else repository
    if found := no_name(repository):
        return found
    if entry == "?":
        return Identity("", None, Hub.PYTORCH_HUB, outcome=ModelOutcome.PARTIAL, reason="the entry point is not known")
    match = _REPOSITORY.fullmatch(repository)
    if match is None or (match["ref"] is None and path(repository, tree)):
        return local(name, "no `owner/repository[:ref]`")
    if entry == "custom" and match["id"].lower() in ("ultralytics/yolov5", "wongkinyiu/yolov7"):
        return local(name, "the entry `custom` reads a file of the user's own")
    return Identity(name, f"{match['id']}/{entry}" if entry else None, Hub.PYTORCH_HUB, match["ref"])


def torch_hub_loads(written: Written) -> bool | None:
    """Whether an entry point loads weights when `pretrained` is omitted; None when no table knows."""
    if len(written) < 2:
        return None
    repository, entry = written[0].partition(":")[0], written[1]
    if repository == "pytorch/vision":
        return False
    return _torch_hub_entries().get((repository.lower(), entry))


def torchvision(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """A builder and its weights: a member (`ResNet50_Weights.IMAGENET1K_V2`, `IMAGENET1K_V2`, `DEFAULT`) or True.

    The id is `torchvision/BUILDER`, the revision the member of its weights: DEFAULT resolved, True the legacy member.
    """
    builder, weights = written[0].rpartition(".")[2], _part(written, 1)
    if found := no_name(builder) or url(builder):
        return found
    row = _builder(written[0].strip())
    if row is None:
        return Identity(builder, None, Hub.TORCHVISION, reason="a builder that the table of torchvision does not know")
    return Identity(builder, f"torchvision/{builder}", Hub.TORCHVISION, _member(weights, row))


def torchvision_quantized(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A builder of torchvision.models.quantization, its weights and `quantize`: True means weights of their own."""
    builder, weights, quantize = (*written, "", "")[:3]
    registered = f"quantized_{builder}"
    row = _builder(registered)
    if row is None or (quantize != "True" and "QuantizedWeights" not in weights):
        return torchvision(written[:2], tree, release)
    return Identity(builder, f"torchvision/{registered}", Hub.TORCHVISION, _quantized_member(weights, row))


def torchvision_backbone(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """The ImageNet backbone that a detection or segmentation builder loads on its own."""
    row = _builder(written[0])
    weights = _part(written, 1)
    match = _MEMBER.fullmatch(weights) or (_MEMBER.fullmatch(row[6]) if row else None)
    if match is None:
        return Identity(written[0], None, Hub.TORCHVISION, reason="a builder whose backbone the table does not know")
    builder = _builder_of_enum().get(match["enum"])
    member = _resolve(match["enum"], match["member"])
    return Identity(builder or match["enum"], builder and f"torchvision/{builder}", Hub.TORCHVISION, member)


def torchvision_loads_backbone(written: Written) -> bool | None:
    """Whether a detection or segmentation builder loads a backbone when the call says nothing of it."""
    row = _builder(written[0])
    return bool(row[7]) if row else None


def torchvision_weights(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """An enum member: `ResNet50_Weights.DEFAULT`."""
    match = _MEMBER.fullmatch(written[0])
    builder = match and _builder_of_enum().get(match["enum"])
    if match is None or not builder:
        return Identity(written[0], None, Hub.TORCHVISION, reason="weights that the table of torchvision does not know")
    return Identity(builder, f"torchvision/{builder}", Hub.TORCHVISION, _resolve(match["enum"], match["member"]))


def bundle(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """A bundle of torchaudio.pipelines or torchtext.models by its constant's name."""
    name = written[0].rpartition(".")[2]
    for table, hub in (("torchaudio_bundles", Hub.TORCHAUDIO), ("torchtext_bundles", Hub.TORCHTEXT)):
        if name in tables.mapping(table):
            return Identity(name, f"{hub}/{name}", hub)
    return Identity(name, None, None, outcome=ModelOutcome.PARTIAL, reason="a bundle that no table knows")


def _part(written: Written, number: int) -> str:
    return written[number].strip() if len(written) > number else ""


def _member(weights: str, row: Written) -> str | None:
    """The member that a weights argument means for a builder's row; None where it cannot be told."""
    if weights == "?":
        return None
    if weights in ("", "True"):
        return row[4].rpartition(".")[2] or None
    match = _MEMBER.fullmatch(weights)
    return _resolve(match["enum"], match["member"]) if match else _resolve(row[3], weights)


def _quantized_member(weights: str, row: Written) -> str | None:
    """As `_member`, of the weights for quantize=True."""
    return _member(weights, (*row[:3], row[5].partition(".")[0], row[5], *row[5:]))


def _resolve(enum: str, member: str) -> str | None:
    if member == "DEFAULT":
        return _defaults().get(enum)
    return member if re.fullmatch(r"\w+", member) else None


@cache
def _builders() -> dict[str, Written]:
    found: dict[str, Written] = {}
    for row in sorted(tables.rows("torchvision_builders"), key=lambda row: row[1] == "quantization"):
        found.setdefault(row[0], row)
        if row[2]:
            found.setdefault(row[2], row)
    return found


def _builder(name: str) -> Written | None:
    return _builders().get(name) or _builders().get(name.rpartition(".")[2].lower())


@cache
def _defaults() -> dict[str, str]:
    return {row[0]: row[1] for row in tables.rows("torchvision_weights") if row[2]}


@cache
def _builder_of_enum() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, row in _builders().items():
        found.setdefault(row[3], name)
        if row[5]:
            found.setdefault(row[5].partition(".")[0], row[2])
    return found


@cache
def _torch_hub_entries() -> dict[tuple[str, str], bool]:
    return {(row[0].lower(), row[1]): row[2] == "True" for row in tables.rows("torch_hub_entries")}
