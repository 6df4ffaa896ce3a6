"""Build the name tables of ptmscan/signatures/tables from pinned packages; `--check` only compares.

The packages are wheels fetched with pip, unpacked and read as text or syntax trees; nothing of them is imported or run.

    python scripts/build_tables.py [--check] [--cache DIR] [TABLE…]

Tables that no wheel holds are kept as they are; KEPT says where they come from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from table_builders import audio_text, hub, lists, release_defaults, timm_names, vision
from table_builders.reading import Sources, Table

FOLDER = Path(__file__).parent.parent / "ptmscan" / "signatures" / "tables"

BUILDERS: dict[str, Callable[[Sources], Table]] = {
    "bert_score": lists.bert_score,
    "builders": lists.builders,
    "clip": lists.clip,
    "faster_whisper": lists.faster_whisper,
    "fastembed": lists.fastembed,
    "hf_renames": hub.hf_renames,
    "keras_applications": vision.keras_applications,
    "keras_hub": lists.keras_hub,
    "open_clip": lists.open_clip,
    "pipeline_tasks": hub.pipeline_tasks,
    "release_defaults": release_defaults.release_defaults,
    "smp_encoders": lists.smp_encoders,
    "timm_defaults": timm_names.defaults,
    "timm_deprecated": timm_names.deprecated,
    "timm_tags": timm_names.tags,
    "torchaudio_bundles": audio_text.torchaudio_bundles,
    "torchgeo": lists.torchgeo,
    "torchtext_bundles": audio_text.torchtext_bundles,
    "torchvision_builders": vision.torchvision_builders,
    "torchvision_weights": vision.torchvision_weights,
    "transformer_lens": lists.transformer_lens,
    "ultralytics": lists.ultralytics,
}
KEPT = {
    "flair": "names whose files lie at URLs that flair builds at run time (flair 0.15.1, nn/ and models/)",
    "peatmoss": "the two signature sheets of the PeaTMOSS paper, arXiv 2401.00699",
    "spacy_packages": "explosion/spacy-models compatibility.json 9257066, and the same sheets",
    "torch_hub_entries": "hubconf.py of the repositories that the table names, as of 2024-08",
    "whisper": "openai-whisper 20250625 is no wheel: whisper/__init__.py, _MODELS",
}


def main(arguments: list[str] | None = None) -> int:
    """Write the named tables, or all; with `--check` write nothing and return 1 when one differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="only these (all without)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a table would change")
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "ptmscan-tables", help="where wheels are kept"
    )
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.tables) - set(BUILDERS)):
        parser.error(f"no builder for {', '.join(unknown)}; there are {', '.join(BUILDERS)}")
    sources = Sources(options.cache)
    changed = [
        name for name in options.tables or BUILDERS if _changed(BUILDERS[name](sources), write=not options.check)
    ]
    print("changed:", ", ".join(changed) or "nothing", file=sys.stderr)
    return int(options.check and bool(changed))


def _changed(table: Table, *, write: bool) -> bool:
    """Whether the built table differs from the file; with `write` the file is brought up to date."""
    path = FOLDER / f"{table.name}.tsv"
    text = table.text()
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    if write:
        path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
