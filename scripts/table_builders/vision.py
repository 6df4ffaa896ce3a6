"""torchvision and keras.applications: builders, weights, what an omitted or legacy argument means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from table_builders.reading import Sources, Table, assigned, called, classes, functions, modules, parameters, table

TORCHVISION = "0.24.1"
KERAS = ("2.15.0", "3.0.5", "3.15.1")
_HELPERS = ("mobilenet_backbone", "resnet_fpn_backbone")


def torchvision_weights(sources: Sources) -> Table:
    """Enum, member, and whether it is DEFAULT."""
    rows: list[tuple[str, ...]] = []
    for _, module in modules(_models(sources)):
        for cls in classes(module):
            if not cls.name.endswith("Weights") or not any(called(base) == "WeightsEnum" for base in cls.bases):
                continue
            members = dict(assigned(cls.body))
            default = members.pop("DEFAULT", None)
            name = default.id if isinstance(default, ast.Name) else None
            rows += [(cls.name, member, "DEFAULT" if member == name else "") for member in members]
    comment = (
        "torchvision weight enums: every member, and DEFAULT.",
        f"Source: torchvision {TORCHVISION} wheel; 0.13.1-0.29.2 agree.",
    )
    return table("torchvision_weights", comment, "enum member default", rows)


def torchvision_builders(sources: Sources) -> Table:
    """Builders with their weights, the legacy meaning of True, and the backbone they load on their own."""
    rows = [row for path, module in modules(_models(sources)) for row in _builders(path, module, _models(sources))]
    comment = (
        "torchvision builders: subpackage, name for get_model, weight enum, the member that pretrained=True means",
        "(plain, and quantize=True), the member that weights_backbone=True means, and whether it loads when omitted.",
        f"Source: torchvision {TORCHVISION} wheel; none was added or moved between 0.15.2 and 0.29.2.",
    )
    columns = "builder subpackage registered enum legacy legacy_quantized backbone backbone_by_default"
    return table("torchvision_builders", comment, columns, rows)


def keras_applications(sources: Sources) -> Table:
    """Builders and the position of `weights`."""
    positions: dict[str, str] = {}
    for version in KERAS:
        for _, module in modules(sources.wheel("keras", version) / "keras" / "src" / "applications"):
            for function in functions(module):
                names = list(parameters(function))
                if "weights" in names and any(called(d) == "keras_export" for d in function.decorator_list):
                    positions[function.name] = str(names.index("weights"))
    comment = (
        "Builders of keras.applications and the position of weights= (default imagenet) in the newest release with it.",
        f"Source: keras {', '.join(KERAS)} wheels.",
    )
    return table("keras_applications", comment, "name position", positions.items())


def _models(sources: Sources) -> Path:
    return sources.wheel("torchvision", TORCHVISION) / "torchvision" / "models"


def _builders(path: Path, module: ast.Module, root: Path) -> Iterator[tuple[str, ...]]:
    for function in functions(module):
        decorators = {called(d): d for d in function.decorator_list if isinstance(d, ast.Call)}
        if "register_model" not in decorators and function.name not in _HELPERS:
            continue
        legacy = ast.unparse(decorators["handle_legacy_interface"]) if "handle_legacy_interface" in decorators else ""
        weights, backbone = _legacy(legacy, "weights"), _legacy(legacy, "weights_backbone")
        registered = _registered(function.name, decorators.get("register_model"))
        default = parameters(function).get("weights_backbone")
        by_default = default is not None and not (isinstance(default, ast.Constant) and default.value is None)
        subpackage = path.parent.name if path.parent != root else ""
        yield (
            function.name,
            subpackage,
            registered,
            _enum(function),
            next((member for member in weights if "Quantized" not in member), ""),
            next((member for member in weights if "Quantized" in member), ""),
            backbone[0] if backbone else "",
            "yes" if by_default else "",
        )


def _legacy(decorator: str, argument: str) -> list[str]:
    """The members that True means for an argument of handle_legacy_interface; the plain one is the last of a choice."""
    match = re.search(rf"\b{argument}=\((.*?)\)(?:, weights_backbone=|\)$)", decorator)
    found = re.findall(r"\b(\w+Weights\.[A-Z]\w+)", match[1]) if match else []
    return [member for member in found if not member.endswith("_LEGACY")]


def _registered(name: str, decorator: ast.Call | None) -> str:
    if decorator is None:
        return ""
    given = [k.value for k in decorator.keywords if k.arg == "name"] or decorator.args
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else name


def _enum(function: ast.FunctionDef) -> str:
    """The plain weight enum in the annotation of `weights`."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    annotation = next((a.annotation for a in arguments if a.arg == "weights"), None)
    names = re.findall(r"\w+Weights", ast.unparse(annotation)) if annotation is not None else []
    return next((name for name in names if name != "WeightsEnum" and "Quantized" not in name), "")
