"""Every signature of the PeaTMOSS paper, in a generated file: found, in the right library, loading or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ptmscan.records import Outcome
from ptmscan.signatures import load_catalogue, tables

if TYPE_CHECKING:
    from tests.conftest import ScanText

ROWS = tables.rows("peatmoss")
# The distribution, where the paper writes its import name.
LIBRARIES = {
    "sentence_transformers": "sentence-transformers",
    "open_clip": "open_clip_torch",
    "espnet2": "espnet",
    "nemo": "nemo_toolkit",
    "pyannote": "pyannote.audio",
    "tensorflow_tts": "TensorFlowTTS",
}
OWN_LIBRARIES = {signature.library for signature in load_catalogue().signatures}
# What stands in the parentheses of a load, by callable; the hub's form of a name where none is here.
ARGUMENTS = {
    "torch.hub.load": "'owner/repository', 'entry', pretrained=True",
    "peft.PeftModel.from_pretrained": "base, 'org/name'",
    "timm.create_model": "'resnet50', pretrained=True",
    "open_clip.create_model_and_transforms": "'ViT-B-32', pretrained='openai'",
    "hf_hub_download": "'org/name', 'file'",
    "transformers.pipeline": "'ner', 'org/name'",
}


def library(identifier: str) -> str:
    name = LIBRARIES.get(identifier, identifier)
    return name if name in OWN_LIBRARIES else "spacy"


def arguments(identifier: str, callable_: str, name: str) -> str:
    if callable_.startswith("quantized_"):
        return f"{callable_!r}, weights='DEFAULT'"
    if identifier == "torchvision":
        return "pretrained=True" if callable_ not in ("regnet_y_128gf", "vit_h_14") else "weights='DEFAULT'"
    if identifier in ("torchaudio", "torchtext") or (name == f"{identifier}.load" and identifier not in OWN_LIBRARIES):
        return ""
    if name == "spacy.load":
        return repr("en_core_web_sm" if identifier == "spacy" else identifier)
    return ARGUMENTS.get(name) or ARGUMENTS.get(callable_) or "'org/name'"


def test_the_table_has_every_row_of_the_paper() -> None:
    assert len(ROWS) == 474


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}.{row[1]}" for row in ROWS])
def test_row(row: tuple[str, ...], scan_text: ScanText) -> None:
    identifier, _, name = row
    root = name.partition(".")[0]
    (usage,) = scan_text(f"import {root}\n\n{name}({arguments(*row)})\n")
    assert usage.library == library(identifier)
    assert usage.pretrained is not False
    assert usage.outcome is not Outcome.UNTRAINED
    assert usage.models or name == "huggingface_hub.cached_download"


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] == "torchvision"], ids=lambda row: row[1])
def test_builders_without_weights_load_nothing_of_their_own(row: tuple[str, ...], scan_text: ScanText) -> None:
    arguments_ = repr(row[1]) if row[1].startswith("quantized_") else ""
    (usage,) = scan_text(f"import torchvision\n{row[2]}({arguments_})\n")
    backbone = usage.signature == "torchvision/backbone"
    assert usage.pretrained is backbone
