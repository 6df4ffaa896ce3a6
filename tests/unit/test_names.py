"""From names as written to canonical identities: proved by a rule or a table, or left open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.discovery import MemoryTree
from ptmscan.records import ModelOutcome
from ptmscan.signatures.names import RULE_FAMILIES, RULES, Hub, Identity, default_model, gate_default, identify

EMPTY = MemoryTree({})
TREE = MemoryTree({"weights_dir/config.json": "{}", "org/model/config.json": "{}", "model": ""})


def named(rule: str, *written: str) -> tuple[str | None, str | None, str | None]:
    found = identify(rule, written, EMPTY)
    return found.id, found.hub, found.revision


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("microsoft/deberta-v3-base", "microsoft/deberta-v3-base"),
        ("facebook/opt-1.3b", "facebook/opt-1.3b"),
        ("bert-base-uncased", "google-bert/bert-base-uncased"),
        ("gpt2", "openai-community/gpt2"),
        ("https://huggingface.co/org/name", "org/name"),
        ("https://huggingface.co/org/name/resolve/main/a.bin", "org/name"),
    ],
)
def test_hub_ids(written: str, id_: str) -> None:
    found = identify("hf", (written,), EMPTY)
    assert (found.name, found.id, found.hub, found.outcome) == (written, id_, "huggingface", ModelOutcome.RESOLVED)


def test_a_revision_in_a_url_is_kept() -> None:
    assert named("hf", "https://huggingface.co/org/name/blob/v1.0/a.bin") == ("org/name", "huggingface", "v1.0")


@pytest.mark.parametrize(
    "written",
    [
        *("./model", "../model", "/data/model", "~/model", "C:\\models\\bert", "C:/models/bert", ".", "a\\b"),
        *("out/", "a/b/c", "model.pt", "org/model.safetensors", "outputs/bert", "models/bert", "checkpoints/last"),
    ],
)
def test_paths_are_local(written: str) -> None:
    found = identify("hf", (written,), EMPTY)
    assert (found.local, found.id, found.hub) == (True, None, "local")
    assert found.reason


@pytest.mark.parametrize("written", ["weights_dir", "org/model", "model"])
def test_what_exists_in_the_repository_wins_over_the_hub(written: str) -> None:
    assert identify("hf", (written,), TREE).local


def test_a_bare_name_that_no_table_knows_has_no_id() -> None:
    found = identify("hf", ("my-model",), EMPTY)
    assert (found.id, found.hub, found.outcome) == (None, None, ModelOutcome.RESOLVED)


@pytest.mark.parametrize(
    "written", ["", "   ", "two words", "a\nb", "x" * 300, "org/na--me", "-a/b", "org/name!", "a/b.git"]
)
def test_what_cannot_be_a_model_never_gets_an_id(written: str) -> None:
    found = identify("hf", (written,), EMPTY)
    assert (found.id, found.outcome) == (None, ModelOutcome.PARTIAL)
    assert found.reason


@pytest.mark.parametrize(
    ("rule", "written", "expected"),
    [
        ("hf@", "org/name@v2", ("org/name", "huggingface", "v2")),
        ("hf@", "org/name", ("org/name", "huggingface", None)),
        ("hf-file", "org/name/file.safetensors", ("org/name", "huggingface", None)),
        ("hf-file", "https://huggingface.co/org/name/blob/main/f.ckpt", ("org/name", "huggingface", "main")),
        ("hf-file", "./f.safetensors", (None, "local", None)),
        ("hf-file", "models/sd/f.safetensors", (None, "local", None)),
        ("st", "all-MiniLM-L6-v2", ("sentence-transformers/all-MiniLM-L6-v2", "huggingface", None)),
        ("st", "BAAI/bge-m3", ("BAAI/bge-m3", "huggingface", None)),
        ("st", "bert-base-uncased", ("google-bert/bert-base-uncased", "huggingface", None)),
        ("ce", "ms-marco-MiniLM-L6-v2", ("cross-encoder/ms-marco-MiniLM-L6-v2", "huggingface", None)),
        ("timm", "resnet50", ("timm/resnet50.a1_in1k", "huggingface", None)),
        ("timm", "resnet50.tv_in1k", ("timm/resnet50.tv_in1k", "huggingface", None)),
        ("timm", "timm/resnet50.tv_in1k", ("timm/resnet50.tv_in1k", "huggingface", None)),
        ("timm", "hf-hub:org/name@v1", ("org/name", "huggingface", "v1")),
        ("timm", "hf_hub:timm/resnet50", ("timm/resnet50", "huggingface", None)),
        ("timm", "vit_base_patch16_224_in21k", ("timm/vit_base_patch16_224.augreg_in21k", "huggingface", None)),
        ("timm", "resnet50.no_such_tag", (None, "library", None)),
        ("timm", "my_own_net", (None, "library", None)),
        ("timm", "local-dir:here", (None, "local", None)),
        ("spacy", "en_core_web_sm", ("spacy/en_core_web_sm", "huggingface", None)),
        ("spacy", "en", ("spacy/en_core_web_sm", "huggingface", None)),
        ("spacy", "de", ("spacy/de_core_news_sm", "huggingface", None)),
        ("spacy", "xx_nobody_knows", (None, "spacy", None)),
        ("spacy", "./model", (None, "local", None)),
        ("url", "https://example.org/a.pth", ("https://example.org/a.pth", "url", None)),
        ("url", "a.pth", (None, "local", None)),
        ("bundle", "WAV2VEC2_BASE", ("torchaudio/WAV2VEC2_BASE", "torchaudio", None)),
        ("bundle", "torchtext.models.XLMR_BASE_ENCODER", ("torchtext/XLMR_BASE_ENCODER", "torchtext", None)),
        ("bundle", "NO_SUCH", (None, None, None)),
    ],
)
def test_rules_of_one_part(rule: str, written: str, expected: tuple[str | None, str | None, str | None]) -> None:
    assert named(rule, written) == expected


@pytest.mark.parametrize(
    ("rule", "written", "expected"),
    [
        ("table:whisper", "large-v3", ("openai-whisper/large-v3", "library", None)),
        ("table:whisper", "./large.pt", (None, "local", None)),
        ("table:whisper", "my-finetune", (None, "library", None)),
        ("table:faster_whisper", "large-v3", ("Systran/faster-whisper-large-v3", "huggingface", None)),
        ("table or hf:flair", "ner-large", ("flair/ner-english-large", "huggingface", None)),
        ("table or hf:flair", "org/tagger", ("org/tagger", "huggingface", None)),
        ("table:ultralytics", "yolov8n.pt", ("ultralytics/yolov8n", "library", None)),
        ("table:ultralytics", "yolov8n", ("ultralytics/yolov8n", "library", None)),
        ("table:ultralytics", "yolov5s.pt", ("ultralytics/yolov5su", "library", None)),
        ("table:ultralytics", "best.pt", (None, "local", None)),
        ("own:denoiser", "dns64", ("denoiser/dns64", "library", None)),
        ("own:coqui", "tts_models/en/ljspeech/vits", ("coqui/tts_models/en/ljspeech/vits", "library", None)),
        ("own:lib", "a model", (None, None, None)),
        ("own file:gpt4all", "orca-mini.q4_0.gguf", ("gpt4all/orca-mini.q4_0.gguf", "library", None)),
        ("own file:gpt4all", "models/orca.gguf", (None, "local", None)),
        ("local-prefix", "local:org/name", ("org/name", "huggingface", None)),
        ("local-prefix", "local", ("BAAI/bge-small-en", "huggingface", None)),
        ("musicgen", "melody", ("facebook/musicgen-melody", "huggingface", None)),
        ("fastai", "fastai.vision.all.resnet34", ("torchvision/resnet34", "torchvision", "IMAGENET1K_V1")),
        ("fastai", "convnext_tiny", ("timm/convnext_tiny.in12k_ft_in1k", "huggingface", None)),
        ("fastai", "fastai.text.all.AWD_LSTM", ("fastai/AWD_LSTM", "library", None)),
        ("open-clip/", "ViT-L-14/openai", ("timm/vit_large_patch14_clip_224.openai", "huggingface", None)),
        ("smp", "resnet34", ("smp-hub/resnet34.imagenet", "huggingface", "7a57b34f723329ff020b3f8bc41771163c519d0c")),
        ("smp", "tu-resnet50", ("timm/resnet50.a1_in1k", "huggingface", None)),
        ("torchgeo", "torchgeo.models.ResNet50_Weights.NOTHING", (None, "library", None)),
        ("modelscope", "damo/nlp_structbert", ("damo/nlp_structbert", "modelscope", None)),
        ("paddle", "ernie-1.0", ("paddle/ernie-1.0", "paddle", None)),
        ("ngc", "stt_en_conformer_ctc_small", ("stt_en_conformer_ctc_small", "ngc", None)),
        ("ngc", "nvidia/parakeet-tdt-0.6b-v2", ("nvidia/parakeet-tdt-0.6b-v2", "huggingface", None)),
        ("ollama", "llama3.1:8b", ("llama3.1", "ollama", "8b")),
        ("ollama", "hf.co/org/name:Q4_K_M", ("org/name", "huggingface", None)),
        ("kaggle", "google/gemma/transformers/2b/1", ("google/gemma/transformers/2b", "kaggle", "1")),
        ("tfhub", "https://tfhub.dev/google/elmo/3", ("google/elmo", "tensorflow-hub", "3")),
        (
            "tfhub",
            "https://www.kaggle.com/models/google/yamnet/frameworks/TensorFlow2/variations/yamnet/versions/1",
            ("google/yamnet/TensorFlow2/yamnet", "kaggle", "1"),
        ),
        ("tfhub", "data/use", (None, "local", None)),
        ("keras-hub", "bert_base_en", ("keras/bert/keras/bert_base_en", "kaggle", "3")),
        ("keras-hub", "hf://org/name", ("org/name", "huggingface", None)),
        ("stanza", "de", ("stanfordnlp/stanza-de", "huggingface", None)),
        ("stanza", "german", (None, "library", None)),
        (
            "detectron2",
            "COCO-Detection/retinanet_R_50_FPN_1x.yaml",
            ("detectron2/COCO-Detection/retinanet_R_50_FPN_1x", "library", None),
        ),
        ("prefixed-hf", "models/org/name", ("org/name", "huggingface", None)),
        ("model-args", "pretrained=org/name,revision=v1,dtype=float", ("org/name", "huggingface", "v1")),
    ],
)
def test_rules_of_other_libraries(rule: str, written: str, expected: tuple[str | None, str | None, str | None]) -> None:
    assert named(rule, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"), [("sat-3l", "org/sat-3l"), ("other/sat", "other/sat"), ("./sat", None)]
)
def test_bare_names_under_an_organisation(written: str, expected: str | None) -> None:
    assert named("under:org", written)[0] == expected


@pytest.mark.parametrize("release", [None, "1.0.31", "0.9.2"])
def test_a_name_of_timm_in_a_release(release: str | None) -> None:
    expected = "timm/efficientnet_b1.ft_in1k" if release == "0.9.2" else "timm/efficientnet_b1.ra4_e3600_r240_in1k"
    assert identify("timm", ("efficientnet_b1",), EMPTY, release=release).id == expected


@pytest.mark.parametrize(
    "name", ["efficientnet_b1", "timm/efficientnet_b1", "resnet50.a1_in1k", "tf_efficientnet_b0_ns"]
)
def test_timm_before_the_hub_has_no_id(name: str) -> None:
    assert identify("timm", (name,), EMPTY, release="0").id is None


def test_keras_builders_and_weights() -> None:
    assert named("keras", "ResNet50", "") == ("keras/ResNet50", "keras", "imagenet")
    assert named("keras", "EfficientNetB0", "noisy-student") == ("keras/EfficientNetB0", "keras", "noisy-student")
    assert named("keras", "ResNet50", "./mine.h5") == (None, "local", None)
    assert named("keras", "ResNet50", "?") == ("keras/ResNet50", "keras", None)


def test_open_clip_pairs() -> None:
    laion = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    assert named("open-clip", "ViT-B-32", "laion2b_s34b_b79k") == (laion, "huggingface", None)
    assert named("open-clip", "ViT-B/32", "laion2b-s34b-b79k") == (laion, "huggingface", None)
    assert named("open-clip", "hf-hub:org/name", "") == ("org/name", "huggingface", None)
    assert named("open-clip", "ViT-B-32", "./weights.pt") == (None, "local", None)
    assert named("open-clip", "ViT-B-32", "no_such_tag") == (None, "library", None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("pytorch/vision:v0.10.0", "resnet18"), ("pytorch/vision/resnet18", "pytorch-hub", "v0.10.0")),
        (("ultralytics/yolov5", "yolov5s"), ("ultralytics/yolov5/yolov5s", "pytorch-hub", None)),
        (("ultralytics/yolov5", "custom"), (None, "local", None)),
        (("./checkout", "resnet18"), (None, "local", None)),
        (("pytorch/vision", "?"), (None, "pytorch-hub", None)),
    ],
)
def test_torch_hub(written: tuple[str, ...], expected: tuple[str | None, str | None, str | None]) -> None:
    assert named("torch-hub", *written) == expected


@pytest.mark.parametrize(
    ("rule", "written", "name", "revision"),
    [
        ("torchvision", ("resnet50", "True"), "resnet50", "IMAGENET1K_V1"),
        ("torchvision", ("resnet50", "DEFAULT"), "resnet50", "IMAGENET1K_V2"),
        ("torchvision", ("resnet50", "IMAGENET1K_V2"), "resnet50", "IMAGENET1K_V2"),
        ("torchvision", ("resnet50", "torchvision.models.ResNet50_Weights.DEFAULT"), "resnet50", "IMAGENET1K_V2"),
        ("torchvision", ("resnet50", "ResNet50_Weights.IMAGENET1K_V1"), "resnet50", "IMAGENET1K_V1"),
        ("torchvision", ("resnet50", "?"), "resnet50", None),
        ("torchvision", ("regnet_y_128gf", "True"), "regnet_y_128gf", None),
        ("torchvision", ("keypointrcnn_resnet50_fpn", "True"), "keypointrcnn_resnet50_fpn", "COCO_V1"),
        ("torchvision", ("quantized_resnet50", "DEFAULT"), "quantized_resnet50", "IMAGENET1K_V2"),
        ("torchvision-quantized", ("resnet50", "True", "True"), "quantized_resnet50", "IMAGENET1K_FBGEMM_V1"),
        ("torchvision-quantized", ("resnet50", "DEFAULT", "True"), "quantized_resnet50", "IMAGENET1K_FBGEMM_V2"),
        ("torchvision-quantized", ("resnet50", "True", ""), "resnet50", "IMAGENET1K_V1"),
        ("torchvision-backbone", ("fcn_resnet50", ""), "resnet50", "IMAGENET1K_V1"),
        ("torchvision-backbone", ("ssd300_vgg16", "True"), "vgg16", "IMAGENET1K_FEATURES"),
        ("torchvision-weights", ("ViT_B_16_Weights.DEFAULT",), "vit_b_16", "IMAGENET1K_V1"),
    ],
)
def test_torchvision_weights(rule: str, written: tuple[str, ...], name: str, revision: str | None) -> None:
    assert named(rule, *written) == (f"torchvision/{name}", "torchvision", revision)


def test_a_repository_without_its_entry_point_names_nothing() -> None:
    assert identify("torch-hub", ("pytorch/vision", "?"), EMPTY).name == ""


def test_an_unknown_builder_is_named_but_not_identified() -> None:
    assert named("torchvision", "resnet99", "True") == (None, "torchvision", None)


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("sentiment-analysis", "distilbert/distilbert-base-uncased-finetuned-sst-2-english"),
        ("ner", "dbmdz/bert-large-cased-finetuned-conll03-english"),
        ("text-generation", "HuggingFaceTB/SmolLM3-3B"),
        ("summarization", "sshleifer/distilbart-cnn-12-6"),
        ("translation_en_to_fr", "google-t5/t5-base"),
    ],
)
def test_the_default_model_of_a_task_is_the_newest(task: str, model: str) -> None:
    found = default_model("pipeline_tasks", task)
    assert found is not None
    assert found[0] == model
    assert found[1]


def test_an_unknown_task_has_no_default() -> None:
    assert default_model("pipeline_tasks", "no-such-task") is None


@pytest.mark.parametrize(
    ("table", "written", "loads"),
    [
        ("torch_hub_entries", ("facebookresearch/detr:main", "detr_resnet50"), False),
        ("torch_hub_entries", ("facebookresearch/dinov2", "dinov2_vitb14"), True),
        ("torch_hub_entries", ("intel-isl/midas", "DPT_Large"), True),
        ("torch_hub_entries", ("pytorch/vision", "resnet50"), False),
        ("torch_hub_entries", ("nobody/knows", "it"), None),
        ("torchvision_backbones", ("fasterrcnn_resnet50_fpn",), True),
        ("torchvision_backbones", ("fasterrcnn_resnet50_fpn_v2",), False),
        ("torchvision_backbones", ("no_such_builder",), None),
    ],
)
def test_whether_an_omitted_argument_loads(table: str, written: tuple[str, ...], loads: bool | None) -> None:
    assert gate_default(table, written) is loads


PARAMETERS = {"own": "lib", "own file": "lib", "table": "whisper", "table or hf": "flair", "under": "org"}
EVERY_RULE = sorted(RULES) + [f"{family}:{PARAMETERS[family]}" for family in sorted(RULE_FAMILIES)]


@given(rule=st.sampled_from(EVERY_RULE), written=st.lists(st.text(max_size=220), min_size=1, max_size=3))
def test_no_rule_fails_on_any_text(rule: str, written: list[str]) -> None:
    found = identify(rule, tuple(written), EMPTY)
    assert isinstance(found, Identity)
    assert found.hub is None or found.hub in set(Hub)
    assert found.id != ""
    if found.outcome is not ModelOutcome.RESOLVED:
        assert found.id is None
        assert found.reason
