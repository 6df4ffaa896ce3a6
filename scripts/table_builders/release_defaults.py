"""Default models that moved from release to release, out of the signatures of the functions that take them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from table_builders.reading import Sources, Table, classes, functions, literal, modules, parameters, table


@dataclass(frozen=True)
class Moved:
    """The parameter of some callables of a distribution whose default moved, and the releases that show when."""

    distribution: str
    callables: tuple[str, ...]
    parameter: str
    releases: tuple[str, ...]


MOVED = (
    Moved(
        "ultralytics",
        ("YOLO", "RTDETR", "SAM", "FastSAM", "NAS", "YOLOWorld", "YOLOE"),
        "model",
        ("8.0.50", "8.2.0", "8.3.0", "8.3.100", "8.3.251", "8.4.100", "8.4.190"),
    ),
    Moved("rembg", ("new_session",), "model_name", ("2.0.50", "2.0.78", "2.0.79", "2.0.86")),
    Moved("voxcpm", ("VoxCPM",), "hf_model_id", ("1.0.0", "1.0.5", "1.5.0", "2.0.0", "2.0.3")),
    Moved("unsloth", ("FastLanguageModel",), "model_name", ("2024.8", "2024.12.4", "2025.3.19", "2026.10.9")),
)


def release_defaults(sources: Sources) -> Table:
    """Callable and default model, with the releases that have it."""
    releases: dict[tuple[str, str], list[str]] = {}
    for moved in MOVED:
        for release in moved.releases:
            for name, default in _defaults(sources, moved, release):
                releases.setdefault((f"{moved.distribution}:{name}", default), []).append(release)
    read = "; ".join(f"{moved.distribution} {' '.join(moved.releases)}" for moved in MOVED)
    comment = (
        "Default models of callables (DISTRIBUTION:NAME) that moved from release to release.",
        f"Source: wheels {read}.",
    )
    rows = [(key, "", model, "", " ".join(found)) for (key, model), found in releases.items()]
    return table("release_defaults", comment, "task framework model revision versions", rows)


def _defaults(sources: Sources, moved: Moved, release: str) -> Iterator[tuple[str, str]]:
    """Each callable of a release that has a text as default; a class takes it in `__init__` or `from_pretrained`."""
    seen: set[str] = set()
    for _, module in modules(sources.wheel(moved.distribution, release)):
        found = [(one.name, [one]) for one in functions(module)]
        found += [(one.name, [f for f in one.body if _takes(f)]) for one in classes(module)]  # type: ignore[misc]
        for name, callables in found:
            for function in callables:
                default = parameters(function).get(moved.parameter)
                value = literal(default) if default is not None else None
                if name in moved.callables and name not in seen and isinstance(value, str):
                    seen.add(name)
                    yield name, value


def _takes(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("__init__", "from_pretrained")
