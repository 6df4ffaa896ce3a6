"""What a written name means: the result of every name rule, and the tests that several rules share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ptmscan.records import ModelOutcome

MAX_NAME = 200


class Hub(StrEnum):
    """Where a model comes from. The list is closed; a library with a registry of its own is `library`."""

    HUGGINGFACE = "huggingface"
    PYTORCH_HUB = "pytorch-hub"  # torch.hub.load: a GitHub repository and an entry point
    TORCHVISION = "torchvision"
    TORCHAUDIO = "torchaudio"
    TORCHTEXT = "torchtext"
    SPACY = "spacy"  # a pipeline package whose owner on the Hugging Face hub is not known
    KERAS = "keras"  # keras.applications
    KAGGLE = "kaggle"  # Kaggle models, which replaced tfhub.dev
    TENSORFLOW_HUB = "tensorflow-hub"
    MODELSCOPE = "modelscope"
    PADDLE = "paddle"
    NGC = "ngc"  # NVIDIA NeMo
    OLLAMA = "ollama"
    URL = "url"  # the file behind the URL that the name is
    LIBRARY = "library"  # the library's own list: the id is LIBRARY/NAME
    LOCAL = "local"  # a path


class TreeView(Protocol):
    """The part of a FileTree that a name rule may ask: does a path exist in the scanned repository?"""

    def is_file(self, path: str) -> bool:
        """Whether the tree holds a file of that path."""

    def is_dir(self, path: str) -> bool:
        """Whether the tree holds a file below that path."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a written name means.

    `outcome` is LOCAL for a path, PARTIAL for text that cannot name a model (empty, several lines, too long), else
    RESOLVED. `reason` says why it is not a plain hub id. `id` is set only where a table or rule proves it.
    """

    name: str
    id: str | None
    hub: str | None
    revision: str | None = None
    outcome: ModelOutcome = ModelOutcome.RESOLVED
    reason: str | None = None

    @property
    def local(self) -> bool:
        """Whether the name is a path."""
        return self.outcome is ModelOutcome.LOCAL


_SUFFIXES = (
    *(".pt", ".pth", ".bin", ".onnx", ".ckpt", ".safetensors", ".json", ".h5", ".hdf5", ".keras", ".pkl", ".pickle"),
    *(".gguf", ".ggml", ".npz", ".npy", ".msgpack", ".tflite", ".pb", ".joblib", ".tar", ".tar.gz", ".zip", ".yaml"),
    *(".yml", ".txt", ".model", ".nemo", ".engine", ".vec", ".torchscript", ".mlmodel", ".xml", ".config"),
)
# First parts that people give folders and that are no organisation with models on the Hugging Face hub.
_FOLDERS = frozenset(
    re.findall(
        r"\w+",
        """model models output outputs out result results checkpoint checkpoints ckpt ckpts data datasets
        dataset log logs run runs exp exps experiment experiments weights saved save saves saved_model
        saved_models trained_model save_model trained_models tmp temp cache pretrained pretrained_model
        pretrained_models finetuned finetuned_models model_zoo assets resources artifacts path content mnt
        home workspace src""",
    )
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_HF_URL = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?P<id>[\w.-]+(?:/[\w.-]+)?)"
    r"(?:/(?:blob|resolve|tree|raw)/(?P<revision>[^/?]+)(?:/[^?]*)?)?/?(?:\?.*)?"
)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)?")


def problem(text: str) -> str | None:
    """Why a text cannot name a model; None if it can."""
    if not text.strip():
        return "an empty name"
    if len(text) > MAX_NAME and not _SCHEME.match(text):
        return f"longer than {MAX_NAME} characters"
    if any(ord(character) < 32 or character in "\x7f\u2028\u2029" for character in text):
        return "control characters or several lines"
    return None


def no_name(text: str) -> Identity | None:
    """The PARTIAL identity of a text that cannot name a model; None if it can."""
    reason = problem(text)
    return None if reason is None else Identity(text, None, None, outcome=ModelOutcome.PARTIAL, reason=reason)


def local(text: str, reason: str) -> Identity:
    """The identity of a path."""
    return Identity(text, None, Hub.LOCAL, outcome=ModelOutcome.LOCAL, reason=reason)


def url(text: str) -> Identity | None:
    """The identity of a URL: a Hugging Face one names its repository and revision; None for any other text."""
    if not _SCHEME.match(text):
        return None
    if match := _HF_URL.fullmatch(text):
        return Identity(text, match["id"], Hub.HUGGINGFACE, match["revision"], reason="a URL of the hub")
    if text.startswith("hf://"):
        id_ = "/".join(text.removeprefix("hf://").split("/")[:2])
        return Identity(text, id_ if is_hub_id(id_) else None, Hub.HUGGINGFACE, reason="the prefix hf://")
    if text.startswith("file://"):
        return local(text, "a file URL")
    return Identity(text, text, Hub.URL, reason="a URL")


def path(text: str, tree: TreeView) -> Identity | None:
    """The identity of a text that is a path and no hub id, or that exists in the repository; else None."""
    reason = _path_reason(text, tree) or _folder_reason(text)
    return None if reason is None else local(text, reason)


def plain_path(text: str, tree: TreeView) -> Identity | None:
    """As `path`, where names of the library itself may hold several slashes."""
    reason = _path_reason(text, tree)
    return None if reason is None else local(text, reason)


def is_hub_id(text: str) -> bool:
    """Whether the text has the form of a repository id of the Hugging Face hub (huggingface_hub `validate_repo_id`)."""
    if not _HUB_ID.fullmatch(text) or text.endswith((".git", "-", ".")):
        return False
    return not any(pair in text for pair in ("--", "..", "-/", "./"))


def _path_reason(text: str, tree: TreeView) -> str | None:
    if text.startswith(("./", "../", "/", "~", ".\\", "..\\")) or text in (".", ".."):
        return "a path by its beginning"
    if re.match(r"[A-Za-z]:[\\/]", text) or "\\" in text:
        return "a Windows path"
    if text.endswith("/"):
        return "a path by its closing slash"
    if text.lower().endswith(_SUFFIXES):
        return "a path by its file suffix"
    if tree.is_dir(text) or tree.is_file(text):
        return "that path exists in the repository"
    return None


def _folder_reason(text: str) -> str | None:
    if text.count("/") > 1:
        return "more than one slash: no hub id"
    head, slash, _ = text.partition("/")
    if slash and head.lower() in _FOLDERS:
        return f"`{head}` is a folder's name by custom, no organisation of the hub"
    return None
