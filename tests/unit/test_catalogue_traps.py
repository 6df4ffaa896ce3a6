"""Where libraries differ from what one would expect: switches, positions, defaults, names that mean other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ptmscan.records import Component, Outcome

if TYPE_CHECKING:
    from ptmscan.records import UsageRecord
    from tests.conftest import ScanFiles, ScanText

LOADS: list[tuple[str, str, str]] = [
    # what is easy to get wrong, code, the model that is loaded (name, id or id@revision)
    (
        "torchvision: the old switch by position",
        "torchvision.models.resnet50(True)",
        "torchvision/resnet50@IMAGENET1K_V1",
    ),
    (
        "torchvision: weights=True is the legacy member",
        "torchvision.models.resnet50(weights=True)",
        "torchvision/resnet50@IMAGENET1K_V1",
    ),
    (
        "torchvision: DEFAULT is the newest member",
        "torchvision.models.resnet50(weights='DEFAULT')",
        "torchvision/resnet50@IMAGENET1K_V2",
    ),
    (
        "torchvision: a member as text with its enum",
        "torchvision.models.resnet50(weights='ResNet50_Weights.IMAGENET1K_V1')",
        "torchvision/resnet50@IMAGENET1K_V1",
    ),
    (
        "torchvision: a detector without weights loads its backbone",
        "torchvision.models.detection.fasterrcnn_resnet50_fpn(num_classes=2)",
        "torchvision/resnet50@IMAGENET1K_V1",
    ),
    (
        "torchvision: with weights it does not",
        "torchvision.models.detection.fasterrcnn_resnet50_fpn(weights='DEFAULT')",
        "torchvision/fasterrcnn_resnet50_fpn@COCO_V1",
    ),
    (
        "torchvision: ssdlite loads a backbone too",
        "torchvision.models.detection.ssdlite320_mobilenet_v3_large()",
        "torchvision/mobilenet_v3_large@IMAGENET1K_V1",
    ),
    (
        "torchvision: quantized names are for get_model",
        "torchvision.models.get_model('quantized_resnet50', weights='DEFAULT')",
        "torchvision/quantized_resnet50",
    ),
    ("keras: a bare builder is pre-trained", "import keras; keras.applications.ResNet50()", "keras/ResNet50@imagenet"),
    (
        "keras: weights stand elsewhere",
        "import keras; keras.applications.MobileNetV2(None, 1.0, True)",
        "keras/MobileNetV2",
    ),
    (
        "smp: a bare Unet is pre-trained",
        "import segmentation_models_pytorch as smp; smp.Unet()",
        "smp-hub/resnet34.imagenet",
    ),
    ("pretrainedmodels: pre-trained by default", "pretrainedmodels.xception()", "pretrainedmodels/xception"),
    ("torch.hub: MiDaS by default", "torch.hub.load('intel-isl/MiDaS', 'DPT_Large')", "intel-isl/MiDaS/DPT_Large"),
    (
        "torch.hub: the id is behind the entry",
        "torch.hub.load('huggingface/transformers', 'modelForCausalLM', 'gpt2')",
        "openai-community/gpt2",
    ),
    ("open_clip: hf-hub needs no tag", "open_clip.create_model('hf-hub:org/name')", "org/name"),
    ("ultralytics: the default of today", "import ultralytics; ultralytics.YOLO()", "ultralytics/yolo26n"),
    ("peft: the second argument", "peft.PeftModel.from_pretrained(base, 'org/adapter')", "org/adapter"),
    (
        "simpletransformers: the second argument",
        "simpletransformers.ner.NERModel('bert', 'bert-base-cased')",
        "google-bert/bert-base-cased",
    ),
    (
        "DeepFace: the third argument",
        "from deepface import DeepFace; DeepFace.verify(a, b, 'Facenet')",
        "deepface/Facenet",
    ),
    ("bert_score: the third argument", "bert_score.score(c, r, 'org/name')", "org/name"),
    (
        "chatterbox: the argument is a device",
        "import chatterbox.tts; chatterbox.tts.ChatterboxTTS.from_pretrained('cuda')",
        "ResembleAI/chatterbox",
    ),
    (
        "fastai: a function names the model",
        "from fastai.vision.all import *; vision_learner(dls, resnet34)",
        "torchvision/resnet34",
    ),
    (
        "a table of builders",
        "from segment_anything import sam_model_registry as r; r['vit_h'](checkpoint='https://e.org/sam.pth')",
        "https://e.org/sam.pth",
    ),
    (
        "getattr on a module",
        "import torchvision; getattr(torchvision.models, 'resnet18')(pretrained=True)",
        "torchvision/resnet18",
    ),
    (
        "torch.hub: the first name of repo_or_dir",
        "torch.hub.load(github='pytorch/vision', model='alexnet', pretrained=True)",
        "pytorch/vision/alexnet",
    ),
    ("CrossEncoder: the older keyword", "sentence_transformers.CrossEncoder(model_name='org/name')", "org/name"),
    (
        "pyannote: the older keyword",
        "from pyannote.audio import Pipeline; Pipeline.from_pretrained(checkpoint_path='org/name@2.1')",
        "org/name@2.1",
    ),
    (
        "GenerationConfig: another keyword",
        "transformers.GenerationConfig.from_pretrained(pretrained_model_name='org/name')",
        "org/name",
    ),
    ("hf_hub_download: revision by position once", "huggingface_hub.hf_hub_download('org/name', 'f')", "org/name"),
    ("a canonical bare id moved", "transformers.AutoModel.from_pretrained('roberta-base')", "FacebookAI/roberta-base"),
    (
        "sentence-transformers: a bare name",
        "sentence_transformers.SentenceTransformer('LaBSE')",
        "sentence-transformers/LaBSE",
    ),
    (
        "models.Transformer: never a prefix",
        "sentence_transformers.models.Transformer('bert-base-uncased')",
        "google-bert/bert-base-uncased",
    ),
    ("timm: the default tag", "timm.create_model('resnet50', pretrained=True)", "timm/resnet50.a1_in1k"),
    (
        "timm: a deprecated name",
        "timm.create_model('vit_base_patch16_224_in21k', True)",
        "timm/vit_base_patch16_224.augreg_in21k",
    ),
    (
        "pipeline: the default of a task",
        "transformers.pipeline('summarization')",
        "sshleifer/distilbart-cnn-12-6@a4f8f3e",
    ),
    (
        "fastembed: another repository",
        "fastembed.TextEmbedding('BAAI/bge-small-en-v1.5')",
        "Qdrant/bge-small-en-v1.5-onnx-Q",
    ),
    (
        "NeMo: a bare name is NGC's",
        "from nemo.collections.asr.models import ASRModel as A; A.from_pretrained('stt_en_citrinet_256')",
        "stt_en_citrinet_256",
    ),
    (
        "haystack 1: model_version",
        "from haystack.nodes import FARMReader; FARMReader('org/name', model_version='v1')",
        "org/name@v1",
    ),
    (
        "modelscope: model_revision",
        "from modelscope import pipeline; pipeline('t', model='org/name', model_revision='v1')",
        "org/name@v1",
    ),
    (
        "torch.hub: a ref behind a colon",
        "torch.hub.load('pytorch/vision:v0.10.0', 'resnet18', pretrained=True)",
        "pytorch/vision/resnet18@v0.10.0",
    ),
    (
        "tfhub: the last part is a version",
        "import tensorflow_hub as hub; hub.load('https://tfhub.dev/google/elmo/3')",
        "google/elmo@3",
    ),
    ("removed long ago", "transformers.AutoModelWithLMHead.from_pretrained('gpt2')", "openai-community/gpt2"),
    ("removed long ago", "huggingface_hub.from_pretrained_keras('org/name')", "org/name"),
    (
        "speechbrain: the old module",
        "from speechbrain.pretrained import Tacotron2; Tacotron2.from_hparams('org/name')",
        "org/name",
    ),
    (
        "a mixin gives from_pretrained",
        "from huggingface_hub import PyTorchModelHubMixin as M\nclass N(M): ...\nN.from_pretrained('org/name')",
        "org/name",
    ),
    ("no name in the code", "import bertopic; bertopic.BERTopic()", "sentence-transformers/all-MiniLM-L6-v2"),
    ("no name in the code", "import keybert; keybert.KeyBERT()", "sentence-transformers/all-MiniLM-L6-v2"),
    ("stanza: before 1.4 a download of its own", "import stanza; stanza.download('fr')", "stanfordnlp/stanza-fr"),
    (
        "another distribution of the same import",
        "import transformers.adapters; transformers.adapters.AutoAdapterModel.from_pretrained('org/name')",
        "org/name",
    ),
    (
        "torchvision: no legacy weights, so that the name has no member",
        "torchvision.models.regnet_y_128gf(weights='IMAGENET1K_SWAG_E2E_V1')",
        "torchvision/regnet_y_128gf@IMAGENET1K_SWAG_E2E_V1",
    ),
    (
        "FunASR: ModelScope by default",
        "import funasr; funasr.AutoModel(model='iic/SenseVoiceSmall')",
        "iic/SenseVoiceSmall",
    ),
    ("whisper: one of two packages of that name", "import whisper; whisper.load_model('base')", "openai-whisper/base"),
    ("no name in the code", "import easyocr; easyocr.Reader(['en'])", "easyocr/en"),
]

NO_LOADS: list[tuple[str, str]] = [
    ("torchvision: nothing by default", "torchvision.models.resnet50()"),
    (
        "torchvision: not a switch",
        "torchvision.models.inception_v3(init_weights=True, transform_input=True, aux_logits=True)",
    ),
    ("torchvision: the v2 detectors have no backbone", "torchvision.models.detection.maskrcnn_resnet50_fpn_v2()"),
    ("timm: nothing by default", "timm.create_model('resnet50')"),
    ("timm: an hf-hub name brings its configuration only", "timm.create_model('hf-hub:org/name')"),
    ("keras: weights=None", "import keras; keras.applications.MobileNetV2(weights=None)"),
    (
        "smp: encoder_weights at another position",
        "import segmentation_models_pytorch as smp; smp.PSPNet('resnet34', None)",
    ),
    ("torch.hub: DETR not by default", "torch.hub.load('facebookresearch/detr', 'detr_resnet50')"),
    ("torch.hub: a folder", "torch.hub.load('./here', 'custom', source='local')"),
    ("open_clip: random weights", "open_clip.create_model('ViT-B-32')"),
    ("ultralytics: an architecture", "import ultralytics; ultralytics.YOLO('yolov8n.yaml')"),
    ("a data set", "huggingface_hub.snapshot_download('org/name', repo_type='dataset')"),
    ("a space", "huggingface_hub.hf_hub_download('org/name', 'app.py', repo_type='space')"),
    ("an architecture", "transformers.AutoModel.from_config(config)"),
    ("an architecture", "import efficientnet_pytorch as e; e.EfficientNet.from_name('efficientnet-b0')"),
    ("a blank pipeline", "spacy.blank('en')"),
    ("a tensor", "import torch; torch.nn.Embedding.from_pretrained(vectors)"),
    ("a kernel", "import kernels; kernels.get_kernel('org/name')"),
    ("an app", "import gradio_client; gradio_client.Client('org/space')"),
    ("a metric", "import evaluate; evaluate.load('accuracy')"),
    ("a dictionary", "import flair; flair.data.Dictionary.load('chars')"),
    ("a knowledge base", "import scispacy; scispacy.linking.EntityLinker(linker_name='umls')"),
    ("vectors that are data", "import gensim.downloader as api; api.load('text8')"),
    ("a custom entry reads a file", "torch.hub.load('ultralytics/yolov5', 'custom', path='best.pt')"),
    ("a hosted model", "import huggingface_hub; huggingface_hub.InferenceClient('org/name')"),
]


def scanned(code: str, scan_text: ScanText) -> list[UsageRecord]:
    root = code.partition(".")[0]
    text = code if "import " in code else f"import {root}\n{code}"
    found = scan_text(text.replace("; ", "\n"))
    kept = (Outcome.UNTRAINED, Outcome.LOCAL)
    return [usage for usage in found if usage.pretrained is not False and usage.outcome not in kept]


@pytest.mark.parametrize(("what", "code", "model"), LOADS, ids=[f"{what}: {code[-40:]}" for what, code, _ in LOADS])
def test_loads(what: str, code: str, model: str, scan_text: ScanText) -> None:
    named = {name for usage in scanned(code, scan_text) for m in usage.models for name in (m.name, m.id)}
    pinned = {f"{m.id}@{m.revision}" for usage in scanned(code, scan_text) for m in usage.models}
    assert model in named | pinned


@pytest.mark.parametrize(("what", "code"), NO_LOADS, ids=[f"{what}: {code[-40:]}" for what, code in NO_LOADS])
def test_no_loads(what: str, code: str, scan_text: ScanText) -> None:
    assert scanned(code, scan_text) == []


@pytest.mark.parametrize(
    "code",
    [
        "huggingface_hub.snapshot_download('a/b', 'v1')",
        "huggingface_hub.hf_hub_download('a/b', 'f', None, None, 'v1')",
        "huggingface_hub.from_pretrained_fastai('a/b', 'v1')",
        "tokenizers.Tokenizer.from_pretrained('a/b', 'v1')",
        "mteb.get_model('a/b', 'v1')",
        "vocos.Vocos.from_pretrained('a/b', 'v1')",
        "mlx_vlm.load('a/b', None, False, 'v1')",
        "mlx_lm.load('a/b', {}, {}, None, False, False, 'v1')",
        "peft.AutoPeftModel.from_pretrained('a/b', 'default', False, None, 'v1')",
        "from haystack.nodes import FARMReader; FARMReader('a/b', 'v1')",
        "from farm.infer import Inferencer; Inferencer.load('a/b', 'v1')",
        "from modelscope import snapshot_download; snapshot_download('a/b', 'v1')",
        "from modelscope import model_file_download; model_file_download('a/b', 'f', 'v1')",
        "from bm25s.hf import BM25HF; BM25HF.load_from_hub('a/b', 'v1')",
        "from pyannote.audio import Pipeline; Pipeline.from_pretrained('a/b', 'v1')",
        "faster_whisper.download_model('a/b', None, False, None, 'v1')",
    ],
)
def test_revisions_by_position(code: str, scan_text: ScanText) -> None:
    (usage,) = scanned(code, scan_text)
    assert [(model.id, model.revision) for model in usage.models] == [("a/b", "v1")]


def test_the_device_of_farm_is_no_revision(scan_text: ScanText) -> None:
    code = (
        "from farm.modeling.adaptive_model import AdaptiveModel as A; A.convert_from_transformers('a/b', 'cpu', 'v1')"
    )
    (usage,) = scanned(code, scan_text)
    assert [model.revision for model in usage.models] == ["v1"]


@pytest.mark.parametrize(
    ("code", "component"),
    [
        ("transformers.BertTokenizerFast.from_pretrained('a/b')", Component.TOKENIZER),
        ("transformers.AutoConfig.from_pretrained('a/b')", Component.CONFIG),
        ("transformers.AutoImageProcessor.from_pretrained('a/b')", Component.PROCESSOR),
        ("transformers.AutoFeatureExtractor.from_pretrained('a/b')", Component.PROCESSOR),
        ("transformers.AutoModel.from_pretrained('a/b')", Component.MODEL),
        ("transformers.pipeline('ner', 'a/b')", Component.PIPELINE),
        ("diffusers.StableDiffusionPipeline.from_pretrained('a/b')", Component.PIPELINE),
        ("diffusers.AutoPipelineForText2Image.from_pretrained('a/b')", Component.PIPELINE),
        ("diffusers.DDIMScheduler.from_pretrained('a/b', subfolder='scheduler')", Component.CONFIG),
        ("sentence_transformers.SentenceTransformer('a/b')", Component.EMBEDDING),
        ("peft.PeftModel.from_pretrained(m, 'a/b')", Component.ADAPTER),
        ("huggingface_hub.hf_hub_download('a/b', 'f')", Component.WEIGHTS),
        ("spacy.load('en_core_web_sm')", Component.PIPELINE),
        ("open_clip.get_tokenizer('hf-hub:a/b')", Component.TOKENIZER),
    ],
)
def test_components(code: str, component: Component, scan_text: ScanText) -> None:
    assert [usage.component for usage in scanned(code, scan_text)] == [component]


def test_a_network_without_weights_has_no_revision(scan_files: ScanFiles) -> None:
    code = "from torchvision.models import resnet50\nresnet50(weights=None)\nresnet50(weights='IMAGENET1K_V2')\n"
    untrained, trained = scan_files({"main.py": code}).usages
    assert [(u.pretrained, [m.revision for m in u.models]) for u in (untrained, trained)] == [
        (False, [None]),
        (True, ["IMAGENET1K_V2"]),
    ]
