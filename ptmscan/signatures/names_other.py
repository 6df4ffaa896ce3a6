"""Name rules of everything else: URLs, paths, other hubs, and libraries with a list of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from ptmscan.records import ModelOutcome
from ptmscan.signatures import tables
from ptmscan.signatures.identity import Hub, Identity, TreeView, is_hub_id, local, no_name, path, plain_path, url
from ptmscan.signatures.names_hub import hf, timm
from ptmscan.signatures.names_torch import torchvision

Written = tuple[str, ...]

_OWN_NAME = re.compile(r"[\w.+-]+(?:[/:@][\w.+-]+)*")


def any_url(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """A URL; anything else is a path."""
    name = written[0].strip()
    return no_name(name) or url(name) or local(name, "no URL")


def own(library: str, written: Written, tree: TreeView) -> Identity:
    """A name of the library's own list, which takes nothing else but URLs and paths: the id is LIBRARY/NAME."""
    name = written[0].strip()
    if found := no_name(name) or url(name) or plain_path(name, tree):
        return found
    if not _OWN_NAME.fullmatch(name):
        return Identity(name, None, None, outcome=ModelOutcome.PARTIAL, reason=f"no form of a name of {library}")
    return Identity(name, f"{library}/{name}", Hub.LIBRARY)


def own_file(library: str, written: Written, tree: TreeView) -> Identity:
    """As `own`, where the library's names are those of files (`orca-mini-3b.gguf`); a name with a slash is a path."""
    name = written[0].strip()
    if "/" in name or "\\" in name or tree.is_file(name):
        return no_name(name) or url(name) or local(name, "a path")
    found = own(library, (name.rpartition(".")[0] or name,), tree)
    return replace(found, name=name, id=f"{library}/{name}" if found.id else None)


def of_table(table: str, written: Written, tree: TreeView) -> Identity:
    """A name of the library's own list as a table has it; else a URL or path, or a name that is not known."""
    name = written[0].strip()
    known = _rows(table).get(name) or _rows(table).get(name.rpartition("models.")[2])
    if known is not None:
        return _of_row(name, known)
    return no_name(name) or url(name) or plain_path(name, tree) or _unknown(name)


def of_table_or_hf(table: str, written: Written, tree: TreeView) -> Identity:
    """As `table NAME`, in a library that also takes any id of the Hugging Face hub."""
    known = _rows(table).get(written[0].strip())
    return hf(written, tree, None) if known is None else _of_row(written[0].strip(), known)


def open_clip(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A model and its pretrained tag; `hf-hub:ID` needs no tag, and a tag may be a path (open_clip/factory.py)."""
    model, tag = written[0].strip(), written[1].strip() if len(written) > 1 else ""
    if found := no_name(model):
        return found
    if model.startswith("hf-hub:"):
        return replace(hf((model.removeprefix("hf-hub:"),), tree, release), name=model)
    key = f"{model.replace('/', '-')}|{tag.lower().replace('-', '_')}"
    if (known := _rows("open_clip").get(key)) is not None:
        return _of_row(model, known)
    if tag and (found := plain_path(tag, tree)):
        return replace(found, name=tag)
    return _unknown(model)


def open_clip_slash(written: Written, tree: TreeView, release: str | None) -> Identity:
    """`MODEL/PRETRAINED` of clip-interrogator."""
    model, _, tag = written[0].strip().rpartition("/")
    return replace(open_clip((model or tag, tag), tree, release), name=written[0].strip())


def smp(written: Written, tree: TreeView, release: str | None) -> Identity:
    """An encoder and its weights (imagenet when omitted); `tu-NAME` and `timm-NAME` are timm's."""
    encoder = written[0].strip()
    weights = (written[1].strip() if len(written) > 1 else "") or "imagenet"
    if found := no_name(encoder):
        return found
    if (known := _rows("smp_encoders").get(f"{encoder}|{weights}")) is not None:
        return _of_row(encoder, known)
    if encoder.startswith("tu-"):
        return replace(timm((encoder.removeprefix("tu-"),), tree, release), name=encoder)
    return _unknown(encoder)


def torchgeo(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """A builder and a weights member: `ResNet50_Weights.SENTINEL2_ALL_MOCO` (torchgeo.models)."""
    weights = ".".join(written[-1].strip().split(".")[-2:])
    known = _rows("torchgeo").get(weights)
    return _unknown(written[0].strip()) if known is None else _of_row(weights, known)


def modelscope(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """An id of modelscope.cn."""
    name = written[0].strip()
    if found := no_name(name) or url(name) or path(name, tree):
        return found
    return Identity(name, name if "/" in name and is_hub_id(name) else None, Hub.MODELSCOPE)


def paddle(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A community or built-in name of PaddlePaddle."""
    return replace(found, hub=Hub.PADDLE) if (found := own("paddle", written, tree)).hub == Hub.LIBRARY else found


def ngc(written: Written, tree: TreeView, release: str | None) -> Identity:
    """NeMo: with a slash an id of the Hugging Face hub, else a name of NVIDIA's NGC."""
    name = written[0].strip()
    if "/" in name:
        return hf(written, tree, release)
    found = own("nemo", written, tree)
    return replace(found, id=name, hub=Hub.NGC) if found.id else found


def ollama(written: Written, _tree: TreeView, _release: str | None) -> Identity:
    """`name[:tag]` of ollama.com; `hf.co/ORG/NAME[:quantization]` is on the Hugging Face hub."""
    name = written[0].strip()
    if found := no_name(name):
        return found
    model, _, tag = name.partition(":")
    for prefix in ("hf.co/", "huggingface.co/"):
        if model.startswith(prefix) and is_hub_id(id_ := model.removeprefix(prefix)):
            return Identity(name, id_, Hub.HUGGINGFACE)
    return Identity(name, model if _OWN_NAME.fullmatch(model) else None, Hub.OLLAMA, tag or None)


def kaggle(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """`owner/model/framework/variation[/version]`, also as a URL of kaggle.com."""
    name = written[0].strip()
    handle = re.sub(r"^(?:kaggle://|https?://(?:www\.)?kaggle\.com/models/)", "", name).rstrip("/")
    if found := no_name(name) or (handle == name and (url(name) or plain_path(name, tree))) or None:
        return found
    parts = [part for part in handle.split("/") if part not in ("frameworks", "variations", "versions")]
    version = parts.pop() if len(parts) == 5 and parts[-1].isdigit() else None
    return Identity(name, "/".join(parts) if len(parts) == 4 else None, Hub.KAGGLE, version)


def tfhub(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A handle of tfhub.dev, `https://tfhub.dev/PUBLISHER/NAME[/VERSION]`, or of Kaggle; else a path or URL."""
    name = written[0].strip()
    if "kaggle.com/models/" in name:
        return kaggle(written, tree, release)
    match = re.fullmatch(r"https?://(?:tfhub\.dev|www\.tensorflow\.org/hub)/([\w./-]+?)(?:/(\d+))?/?(?:\?.*)?", name)
    if match is not None:
        return Identity(name, match[1], Hub.TENSORFLOW_HUB, match[2])
    return no_name(name) or url(name) or local(name, "no URL")


def keras_hub(written: Written, tree: TreeView, release: str | None) -> Identity:
    """A preset of keras_hub: a short name, `hf://`, `kaggle://`, `modelscope://`, or a directory."""
    name = written[0].strip()
    if name.startswith("kaggle://"):
        return kaggle(written, tree, release)
    if name.startswith("modelscope://"):
        return replace(modelscope((name.removeprefix("modelscope://"),), tree, release), name=name)
    return of_table("keras_hub", written, tree)


def stanza(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A language code, loaded from stanfordnlp/stanza-LANG (DEFAULT_MODEL_URL in stanza/resources/common.py)."""
    name = written[0].strip()
    if found := no_name(name) or plain_path(name, tree):
        return found
    if re.fullmatch(r"[a-z]{2,3}(?:-[a-z]+)?", name):
        return Identity(name, f"stanfordnlp/stanza-{name}", Hub.HUGGINGFACE)
    return Identity(name, None, Hub.LIBRARY, reason="a language by its full name")


def detectron2(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A configuration of detectron2's model zoo: its path without the suffix."""
    name = written[0].strip()
    found = no_name(name) or url(name)
    return found or replace(own("detectron2", (re.sub(r"\.(?:yaml|py)$", "", name),), tree), name=name)


def prefixed_hf(written: Written, tree: TreeView, release: str | None) -> Identity:
    """An id behind `models/` or `huggingface/` (gradio)."""
    name = written[0].strip()
    return replace(hf((re.sub(r"^(?:models|huggingface)/", "", name),), tree, release), name=name)


def local_prefix(written: Written, tree: TreeView, release: str | None) -> Identity:
    """`local:ID`; `local` alone is the default of llama_index (resolve_embed_model in core/embeddings/utils.py)."""
    name = written[0].strip()
    id_ = "BAAI/bge-small-en" if name == "local" else name.removeprefix("local:")
    return replace(hf((id_,), tree, release), name=name)


def musicgen(written: Written, tree: TreeView, release: str | None) -> Identity:
    """An id, or a short name of audiocraft before 1.0: `melody` is facebook/musicgen-melody."""
    name = written[0].strip()
    id_ = f"facebook/musicgen-{name}" if name in ("small", "medium", "large", "melody") else name
    return replace(hf((id_,), tree, release), name=name)


def keras(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A builder of keras.applications and its weights, `imagenet` when omitted; they may be a file."""
    builder = written[0].strip().rpartition(".")[2]
    weights = (written[1].strip() if len(written) > 1 else "") or "imagenet"
    if found := no_name(builder) or (None if weights == "?" else plain_path(weights, tree)):
        return replace(found, name=builder)
    id_ = f"keras/{builder}" if builder in tables.first_column("keras_applications") else None
    return Identity(builder, id_, Hub.KERAS, None if weights == "?" else weights)


def fastai(written: Written, tree: TreeView, release: str | None) -> Identity:
    """An architecture of fastai: a function of torchvision, the text model AWD_LSTM, or a name of timm."""
    name = written[0].strip()
    short = name.rpartition(".")[2]
    if short in ("AWD_LSTM", "AWD_QRNN", "Transformer", "TransformerXL"):
        return Identity(short, f"fastai/{short}", Hub.LIBRARY)
    return (
        torchvision((short, "True"), tree, release)
        if "." in name and name[0].isalpha()
        else timm(written, tree, release)
    )


def hanlp(written: Written, tree: TreeView, _release: str | None) -> Identity:
    """A constant of hanlp.pretrained, `hanlp.pretrained.tok.NAME`, or its name as text; else a path or URL."""
    name = written[0].strip()
    return own("hanlp", (name.rpartition(".")[2] if name.startswith("hanlp.pretrained.") else name,), tree)


def model_args(written: Written, tree: TreeView, release: str | None) -> Identity:
    """`pretrained=ID,revision=REV,…` (lm_eval)."""
    pairs = dict(pair.strip().partition("=")[::2] for pair in written[0].split(","))
    found = hf((pairs.get("pretrained", ""),), tree, release)
    return replace(found, revision=pairs.get("revision"))


def _unknown(name: str) -> Identity:
    return Identity(name, None, Hub.LIBRARY, reason="a name that no table of the library knows")


def _of_row(name: str, row: Written) -> Identity:
    return Identity(name, row[1], row[2], row[3] or None)


@cache
def _rows(table: str) -> dict[str, Written]:
    return {row[0]: row for row in tables.rows(table)}
