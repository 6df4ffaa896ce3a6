"""timm: architectures, their tags and old names, from the configurations and registrations in timm/models."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from table_builders.reading import Sources, Table, assigned, called, keywords, literal, modules, parameters, table

NEWEST = "1.0.31"
VERSIONS = (NEWEST, "1.0.15", "0.9.16", "0.9.2")


@dataclass
class Release:
    """What one release registers; the hub id of a tag is "-" for no weights and "" for a URL only."""

    architectures: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    order: dict[str, deque[str]] = field(default_factory=dict)
    deprecated: dict[str, str] = field(default_factory=dict)

    def default_id(self, architecture: str) -> str:
        """The hub id that the bare name loads."""
        tags = self.order.get(architecture)
        found = self.tags[_joined(architecture, tags[0])] if tags else ""
        return "" if found == "-" else found


def defaults(sources: Sources) -> Table:
    """Bare name → hub id, by release."""
    releases = [_release(sources.wheel("timm", version) / "timm" / "models") for version in VERSIONS]
    names = sorted({name for release in releases for name in release.architectures})
    rows = []
    for name in names:
        newest, *older = (release.default_id(name) for release in releases)
        rows.append((name, newest, *("=" if found and found == newest else found for found in older)))
    comment = (
        'timm architectures: the hub id that the bare name loads, by release ("=" as in the first, empty: no weights',
        "on the hub, or no such architecture). Source: timm wheels, default_cfgs and register_model in timm/models.",
    )
    return table("timm_defaults", comment, " ".join(("name", *VERSIONS)), rows)


def tags(sources: Sources) -> Table:
    """NAME.TAG → hub id, of the newest release that has it."""
    found: dict[str, str] = {}
    for version in reversed(VERSIONS):
        release = _release(sources.wheel("timm", version) / "timm" / "models")
        found |= release.tags
    rows = [(name, "=" if id_ == f"timm/{name}" else id_) for name, id_ in found.items()]
    comment = (
        'timm NAME.TAG: its hub id ("=" timm/NAME.TAG, "-" no weights, empty: weights at a URL only). Source: timm '
        f"{', '.join(reversed(VERSIONS))} wheels."
    )
    return table("timm_tags", comment, "name id", rows)


def deprecated(sources: Sources) -> Table:
    """Old names → NAME.TAG."""
    release = _release(sources.wheel("timm", NEWEST) / "timm" / "models")
    comment = f"timm names kept as aliases. Source: timm {NEWEST} wheel, register_model_deprecations."
    return table("timm_deprecated", comment, "old new", release.deprecated.items())


@cache
def _release(folder: Path) -> Release:
    release = Release()
    for _, module in modules(folder):
        helpers = {f.name: f for f in ast.walk(module) if isinstance(f, ast.FunctionDef)}
        for function in helpers.values():
            if any(called(decorator) == "register_model" for decorator in function.decorator_list):
                release.architectures.add(function.name)
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and called(node) == "generate_default_cfgs":
                _add_configurations(release, _entries(node.args[0], module), helpers)
            if isinstance(node, ast.Call) and called(node) == "register_model_deprecations":
                pairs = literal(node.args[1]) or {}
                release.deprecated |= {old: new for old, new in pairs.items() if isinstance(new, str)}
    return release


def _entries(cfgs: ast.expr, module: ast.Module) -> list[tuple[str, ast.expr, str]]:
    """NAME.TAG, configuration and the name on the hub of a dictionary, which may be a constant of the module.

    vision_transformer.py repeats configurations whose notes say so under the name of a quickgelu architecture.
    """
    if isinstance(cfgs, ast.Name):
        values = [value for name, value in assigned(module.body) if name == cfgs.id and isinstance(value, ast.Dict)]
        cfgs = values[0] if values else cfgs
    if isinstance(cfgs, ast.DictComp):
        return _suffixed(cfgs, module)
    if not isinstance(cfgs, ast.Dict):
        return []
    pairs = [(literal(k), v) for k, v in zip(cfgs.keys, cfgs.values, strict=True) if k is not None]
    found = [(str(name), value, str(name)) for name, value in pairs]
    if any(name == "_quick_gelu_cfgs" for name, _ in assigned(module.body)):
        repeated = [(n, v) for n, v in pairs if isinstance(v, ast.Call) and _is_quickgelu(v)]
        found += [(str(n).replace("_clip_", "_clip_quickgelu_"), value, str(n)) for n, value in repeated]
    return found


def _suffixed(cfgs: ast.DictComp, module: ast.Module) -> list[tuple[str, ast.expr, str]]:
    """deepseek_vit.py, qwen3_vit.py: the names of a constant, each with every suffix on its architecture."""
    of_names, *of_suffixes = (clause.iter for clause in cfgs.generators)
    values = dict(assigned(module.body))
    source = values.get(ast.unparse(of_names).removesuffix(".items()"))
    names = [literal(key) for key in source.keys if key is not None] if isinstance(source, ast.Dict) else []
    suffixes = literal(of_suffixes[0]) if of_suffixes else ("",)
    found = []
    for name in names:
        architecture, _, tag = str(name).partition(".")
        found += [(f"{architecture}{suffix}.{tag}", cfgs.value, f"{architecture}{suffix}.{tag}") for suffix in suffixes]
    return found


def _is_quickgelu(call: ast.Call) -> bool:
    notes = literal(keywords(call).get("notes", ast.Constant(value=None)))
    return bool(notes) and "quickgelu" in str(notes[0])


def _add_configurations(
    release: Release, entries: list[tuple[str, ast.expr, str]], helpers: dict[str, ast.FunctionDef]
) -> None:
    """As generate_default_cfgs in timm/models/_registry.py orders tags: a star first, else the first with weights."""
    starred: set[str] = set()
    with_weights: set[str] = set()
    for name, value, on_hub in entries:
        architecture, _, tag = name.partition(".")
        id_, has_weights = _weights(value, helpers)
        first = (has_weights and not tag) or (tag.endswith("*") and architecture not in starred)
        tag = tag.strip("*")
        order = release.order.setdefault(architecture, deque())
        if first:
            order.appendleft(tag)
            starred.add(architecture)
        elif has_weights and architecture not in with_weights:
            order.appendleft(tag)
        else:
            order.append(tag)
        if has_weights:
            with_weights.add(architecture)
        full = _joined(architecture, tag)
        own = f"timm/{on_hub.replace('*', '')}" if on_hub != name else f"timm/{full}"
        release.tags[full] = own if id_ == "timm/" else id_ if has_weights else "-"


def _weights(value: ast.expr, helpers: dict[str, ast.FunctionDef]) -> tuple[str, bool]:
    """The hub id of a configuration, and whether it has weights anywhere."""
    if isinstance(value, ast.Dict):
        given = literal(value)
    elif isinstance(value, ast.Call):
        given = {name: literal(node) for name, node in keywords(value).items()}
    else:
        return "", False
    helper = helpers.get(called(value))
    if isinstance(value, ast.Call) and helper is not None and value.args:
        given = dict(zip(parameters(helper), map(literal, value.args), strict=False)) | given
    if helper is not None:
        given = _usual(helper) | given
    id_ = given.get("hf_hub_id") or ""
    return id_, bool(id_ or given.get("url") or given.get("file"))


def _usual(helper: ast.FunctionDef) -> dict[str, object]:
    """What a function that makes configurations puts into each: `return dict(hf_hub_id=…)`, or passed on to another."""
    for node in ast.walk(helper):
        if isinstance(node, ast.Return) and node.value is not None:
            found = literal(node.value) if isinstance(node.value, ast.Dict) else None
            if isinstance(node.value, ast.Call):
                found = {name: literal(inner) for name, inner in keywords(node.value).items()}
            return {name: value for name, value in (found or {}).items() if name == "hf_hub_id" and value}
    return {}


def _joined(architecture: str, tag: str) -> str:
    return f"{architecture}.{tag}" if tag else architecture
