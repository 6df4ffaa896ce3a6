"""Libraries with a list of their own: the names as their packages hold them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from table_builders.reading import (
    Sources,
    Table,
    assigned,
    called,
    classes,
    constant,
    functions,
    literal,
    modules,
    parameters,
    table,
    tree,
)

IDS = "name id hub revision"
# Bare names that an alias of TransformerLens stands for (hf_renames).
CANONICAL = {"gpt2": "openai-community/gpt2", "distilgpt2": "distilbert/distilgpt2"}


def clip(sources: Sources) -> Table:
    """Names of clip.load."""
    names = constant(tree(sources.wheel("clip-anytorch", "2.6.0") / "clip" / "clip.py"), "_MODELS")
    return table(
        "clip", "Names of clip.load. Source: clip-anytorch 2.6.0 wheel.", IDS, (_own("clip", n) for n in names)
    )


def faster_whisper(sources: Sources) -> Table:
    """Sizes of faster_whisper."""
    models = constant(tree(sources.wheel("faster-whisper", "1.2.1") / "faster_whisper" / "utils.py"), "_MODELS")
    rows = ((name, id_, "huggingface", "") for name, id_ in models.items())
    return table(
        "faster_whisper", "Sizes of faster_whisper.WhisperModel. Source: faster-whisper 1.2.1 wheel.", IDS, rows
    )


def ultralytics(sources: Sources) -> Table:
    """Assets of ultralytics, with and without suffix."""
    names: set[str] = set()
    for version in ("8.3.0", "8.4.190"):
        names |= set(_downloads(sources.wheel("ultralytics", version) / "ultralytics" / "utils" / "downloads.py"))
    rows: list[tuple[str, ...]] = []
    for name in sorted(names):
        stem, _, suffix = name.rpartition(".")
        if suffix in ("pt", "onnx", "ts"):
            rows.append((name, f"ultralytics/{stem}", "library", ""))
            rows += [(stem, f"ultralytics/{stem}", "library", "")] if suffix == "pt" else []
    for size in "nsmlx":  # check_yolov5u_filename in utils/checks.py: the names of YOLOv5 mean the files with a u
        for name in (f"yolov5{size}", f"yolov5{size}6"):
            rows += [(spelled, f"ultralytics/{name}u", "library", "") for spelled in (name, f"{name}.pt")]
    return table(
        "ultralytics", "Assets that ultralytics downloads. Source: ultralytics 8.3.0 and 8.4.190 wheels.", IDS, rows
    )


def _downloads(path: Path) -> Iterator[str]:
    """The names in GITHUB_ASSETS_NAMES: texts, and comprehensions of f-strings over literal lists."""
    value = dict(assigned(tree(path).body))["GITHUB_ASSETS_NAMES"]
    items: list[ast.expr] = []
    stack: list[ast.expr] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            stack += node.args
        elif isinstance(node, ast.BinOp):
            stack += [node.left, node.right]
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            items += node.elts
        else:
            items.append(node)
    for item in items:
        yield from _expanded(item.value if isinstance(item, ast.Starred) else item)


def _expanded(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        scopes: list[dict[str, ast.expr]] = [{}]
        for clause in node.generators:
            name = clause.target.id if isinstance(clause.target, ast.Name) else ""
            choices = literal(clause.iter) or []
            choices = list(choices) if isinstance(choices, str) else choices
            scopes = [{**scope, name: ast.Constant(value=choice)} for scope in scopes for choice in choices]
        for scope in scopes:
            if isinstance(found := literal(node.elt, scope), str):
                yield found


def fastembed(sources: Sources) -> Table:
    """Written name → repository really downloaded."""
    rows = []
    for _, module in modules(sources.wheel("fastembed", "0.9.1") / "fastembed"):
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and (given := {k.arg: k.value for k in node.keywords}).keys() >= {
                "model",
                "sources",
            }:
                name, source = literal(given["model"]), given["sources"]
                hub = (
                    literal({k.arg: k.value for k in source.keywords}.get("hf", ast.Constant(None)))
                    if isinstance(source, ast.Call)
                    else None
                )
                rows += [(name, hub, "huggingface", "")] if isinstance(name, str) and isinstance(hub, str) else []
    comment = "Written names of fastembed and the repository really downloaded. Source: fastembed 0.9.1 wheel."
    return table("fastembed", comment, IDS, rows)


def keras_hub(sources: Sources) -> Table:
    """Preset → Kaggle handle."""
    rows = []
    for _, module in modules(sources.wheel("keras-hub", "0.32.0") / "keras_hub" / "src" / "models"):
        for _name, value in assigned(module.body):
            presets = literal(value, dict(assigned(module.body))) if isinstance(value, ast.Dict) else None
            for preset, settings in (presets or {}).items():
                handle = settings.get("kaggle_handle") if isinstance(settings, dict) else None
                if isinstance(handle, str):
                    head, _, last = handle.removeprefix("kaggle://").rpartition("/")
                    rows.append(
                        (preset, head, "kaggle", last) if last.isdigit() else (preset, f"{head}/{last}", "kaggle", "")
                    )
    return table("keras_hub", "Presets of keras_hub. Source: keras-hub 0.32.0 wheel.", IDS, rows)


def open_clip(sources: Sources) -> Table:
    """MODEL|PRETRAINED → hub id."""
    found: dict[str, tuple[str, ...]] = {}
    for version in ("2.20.0", "3.3.0"):
        module = tree(sources.wheel("open_clip_torch", version) / "open_clip" / "pretrained.py")
        values = dict(assigned(module.body))
        helpers = {f.name: parameters(f) for f in functions(module)}
        for model, tags in _models_of(values["_PRETRAINED"], values):
            for tag, call in tags:
                given = {k.arg: literal(k.value, values) for k in call.keywords} if isinstance(call, ast.Call) else {}
                id_ = "/".join(str(given.get("hf_hub") or "").rstrip("/").split("/")[:2])
                usual = literal(helpers.get(called(call), {}).get("quick_gelu") or ast.Constant(value=False))
                # 3.x repeats what was trained with QuickGELU under MODEL-quickgelu (end of pretrained.py).
                quick = given.get("quick_gelu", usual) and "_PRETRAINED_quickgelu" in values
                for name in (model, f"{model}-quickgelu") if quick else (model,):
                    row = (f"{name}|{tag}", id_ or f"open_clip/{name}:{tag}", "huggingface" if id_ else "library", "")
                    found[row[0]] = row
    comment = "Pairs MODEL|PRETRAINED of open_clip. Source: open_clip_torch 2.20.0 and 3.3.0 wheels."
    return table("open_clip", comment, IDS, found.values())


def _models_of(node: ast.expr, values: dict[str, ast.expr]) -> Iterator[tuple[str, list[tuple[str, ast.expr]]]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and isinstance(model := literal(key), str):
                yield model, list(_tags_of(value, values))


def _tags_of(node: ast.expr, values: dict[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    node = values.get(node.id, node) if isinstance(node, ast.Name) else node
    if isinstance(node, ast.Dict):
        yield from ((str(literal(k)), v) for k, v in zip(node.keys, node.values, strict=True) if k is not None)
    elif isinstance(node, ast.Call):
        yield from ((k.arg, k.value) for k in node.keywords if k.arg)


def smp_encoders(sources: Sources) -> Table:
    """ENCODER|WEIGHTS → repository and revision."""
    rows = []
    for _, module in modules(
        sources.wheel("segmentation-models-pytorch", "0.6.0") / "segmentation_models_pytorch" / "encoders"
    ):
        values = dict(assigned(module.body))
        for value in values.values():
            encoders = literal(value, values) if isinstance(value, ast.Dict) else None
            for encoder, settings in (encoders or {}).items():
                pretrained = settings.get("pretrained_settings") if isinstance(settings, dict) else None
                for weights, where in (pretrained or {}).items() if isinstance(pretrained, dict) else ():
                    if isinstance(where, dict) and isinstance(where.get("repo_id"), str):
                        rows.append(
                            (f"{encoder}|{weights}", where["repo_id"], "huggingface", where.get("revision") or "")
                        )
    comment = "Pairs ENCODER|WEIGHTS of segmentation_models_pytorch. Source: segmentation-models-pytorch 0.6.0 wheel."
    return table("smp_encoders", comment, IDS, rows)


def torchgeo(sources: Sources) -> Table:
    """ENUM.MEMBER → repository and revision, from the URL of the weights."""
    rows = []
    for _, module in modules(sources.wheel("torchgeo", "0.8.1") / "torchgeo" / "models"):
        values = dict(assigned(module.body))
        for cls in classes(module):
            for member, value in assigned(cls.body) if cls.name.endswith("_Weights") else ():
                given = {k.arg: k.value for k in value.keywords} if isinstance(value, ast.Call) else {}
                url = literal(given["url"], values) if "url" in given else None
                match = re.match(r"https://(?:hf\.co|huggingface\.co)/([\w.-]+/[\w.-]+)/resolve/(\w+)/", str(url))
                name = f"{cls.name}.{member}"
                rows.append(
                    (name, match[1], "huggingface", match[2]) if match else (name, f"torchgeo/{name}", "library", "")
                )
    return table("torchgeo", "Weights ENUM.MEMBER of torchgeo.models. Source: torchgeo 0.8.1 wheel.", IDS, rows)


def transformer_lens(sources: Sources) -> Table:
    """Alias → hub id."""
    path = sources.wheel("transformer-lens", "2.15.4") / "transformer_lens" / "loading_from_pretrained.py"
    aliases = constant(tree(path), "MODEL_ALIASES")
    rows = ((alias, CANONICAL.get(id_, id_), "huggingface", "") for id_, names in aliases.items() for alias in names)
    rows = (row for row in rows if "/" in row[1])
    return table("transformer_lens", "Aliases of TransformerLens. Source: transformer-lens 2.15.4 wheel.", IDS, rows)


def bert_score(sources: Sources) -> Table:
    """Language → default model."""
    module = tree(sources.wheel("bert-score", "0.3.13") / "bert_score" / "utils.py")
    rows = [("*", "pt", "bert-base-multilingual-cased", "", "0.3.13")]
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lang2model.update":
            rows += [(language, "pt", model, "", "0.3.13") for language, model in literal(node.args[0]).items()]
    comment = "Default model of bert_score by language. Source: bert-score 0.3.13 wheel (utils.py, lang2model)."
    return table("bert_score", comment, "language framework model revision versions", rows)


def builders(sources: Sources) -> Table:
    """Functions that are models, of libraries that have many."""
    rows: list[tuple[str, str]] = []

    def add(library: str, folder: Path, wanted: Callable[[ast.FunctionDef], bool]) -> None:
        for _, module in modules(folder):
            rows.extend((f.name, library) for f in functions(module) if not f.name.startswith("_") and wanted(f))

    add("geffnet", sources.wheel("geffnet", "1.0.2") / "geffnet", _takes("pretrained", but=("create_model",)))
    add(
        "fair-esm", sources.wheel("fair-esm", "2.0.0") / "esm", lambda f: f.name.startswith("esm") and not parameters(f)
    )
    add(
        "python-doctr",
        sources.wheel("python-doctr", "1.1.0") / "doctr" / "models",
        _takes("pretrained", but_ending="predictor"),
    )
    add(
        "torchgeo", sources.wheel("torchgeo", "0.8.1") / "torchgeo" / "models", _takes("weights", but=("load_weights",))
    )
    comment = (
        "Builders of libraries that name their models by functions.",
        "Source: geffnet 1.0.2, fair-esm 2.0.0, python-doctr 1.1.0, torchgeo 0.8.1 wheels.",
    )
    return table("builders", comment, "name library", rows)


def _takes(parameter: str, *, but: Iterable[str] = (), but_ending: str = "\0") -> Callable[[ast.FunctionDef], bool]:
    return lambda f: parameter in parameters(f) and f.name not in but and not f.name.endswith(but_ending)


def _own(library: str, name: Any) -> tuple[str, ...]:
    return (str(name), f"{library}/{name}", "library", "")
