"""Hand-made results for the tests of everything that reads records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ptmscan.records import (
    Component,
    ConfirmedBy,
    Diagnostic,
    DiagnosticCode,
    Evidence,
    ModelOutcome,
    ModelReference,
    Origin,
    Outcome,
    ScanHeader,
    ScanResult,
    UsageRecord,
    Via,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIN = "714eb0fa89d2f80546fda750413ed43d93601a13"

HEADER = ScanHeader(
    tool="ptmscan",
    tool_version="0.1.0",
    signatures_version="5e884898da28",
    repository="acme/reviews",
    commit=COMMIT,
    files=31,
    files_read=12,
    usages=0,
    diagnostics=0,
)

MODEL = ModelReference(
    name="bert-base-uncased",
    id="google-bert/bert-base-uncased",
    hub="huggingface",
    revision=None,
    outcome=ModelOutcome.RESOLVED,
    origin=Origin.CODE,
    via=Via.LITERAL,
    evidence=(Evidence("app.py", 7, "literal", '"bert-base-uncased"'),),
)

USAGE = UsageRecord(
    repository="acme/reviews",
    commit=COMMIT,
    path="app.py",
    cell=None,
    line=7,
    column=9,
    end_line=7,
    end_column=55,
    scope="load",
    source_line='model = AutoModel.from_pretrained("bert-base-uncased")',
    line_hash="54703d4cd895b18:1",
    signature="transformers/from_pretrained",
    library="transformers",
    callee="transformers.AutoModel.from_pretrained",
    resolved_to="transformers.AutoModel.from_pretrained",
    component=Component.MODEL,
    pretrained=True,
    arguments={"pretrained_model_name_or_path": "bert-base-uncased"},
    trust_remote_code=None,
    models=(MODEL,),
    exhaustive=True,
    open_reason=None,
    outcome=Outcome.RESOLVED,
    reason=None,
    confirmed_by=ConfirmedBy.BOTH,
    confidence=1.0,
    fingerprint="9f86d081884c7d659a2feaa0c55ad015",
)


def model(name: str, **changes: Any) -> ModelReference:
    """A reference to `name` on the Hugging Face hub, written as it is called there."""
    return replace(MODEL, **{"name": name, "id": name, "evidence": (), **changes})


def usage(path: str, line: int, *models: ModelReference, **changes: Any) -> UsageRecord:
    """A call at `path:line` that loads `models`."""
    return replace(USAGE, path=path, line=line, end_line=line, models=models, **changes)


def result(*found: UsageRecord | Diagnostic) -> ScanResult:
    """A result of these usages and diagnostics, with a header that counts them."""
    usages = tuple(item for item in found if isinstance(item, UsageRecord))
    diagnostics = tuple(item for item in found if isinstance(item, Diagnostic))
    return ScanResult(replace(HEADER, usages=len(usages), diagnostics=len(diagnostics)), usages, diagnostics)


EMPTY = result()

_SENTIMENT = model(
    "distilbert-base-uncased-finetuned-sst-2-english",
    id="distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    revision=PIN,
    via=Via.CONSTANT,
    evidence=(
        Evidence(
            "service/config.py", 3, "constant", 'SENTIMENT_MODEL = "distilbert-base-uncased-finetuned-sst-2-english"'
        ),
        Evidence("service/classifier.py", 6, "import", "from .config import SENTIMENT_MODEL, SENTIMENT_REVISION"),
    ),
)
_SUMMARIES = model(
    "facebook/bart-large-cnn",
    via=Via.CONSTANT,
    evidence=(
        Evidence("service/config.py", 5, "constant", 'ORGANISATION = "facebook"'),
        Evidence("service/summaries.py", 8, "format", 'CHECKPOINT = f"{ORGANISATION}/bart-{SIZE}-cnn"'),
    ),
)
_TRAINED = model(
    "distilroberta-base",
    id="distilbert/distilroberta-base",
    via=Via.OPTION,
    evidence=(
        Evidence("scripts/train.py", 11, "option", 'parser.add_argument("--base", default="distilroberta-base")'),
        Evidence("scripts/train.py", 20, "attribute", "args.base"),
    ),
)

TYPICAL = result(
    usage(
        "notebooks/explore.ipynb",
        2,
        model("cardiffnlp/twitter-roberta-base-sentiment", revision="main"),
        cell=3,
        file_line=58,
        component=Component.PIPELINE,
        callee="transformers.pipeline",
        resolved_to="transformers.pipeline",
        signature="transformers/pipeline",
    ),
    usage(
        "scripts/train.py",
        24,
        _TRAINED,
        callee="transformers.AutoModelForSequenceClassification.from_pretrained",
        exhaustive=False,
        open_reason="the option --base may be given",
        outcome=Outcome.PARTIAL,
        confidence=0.53,
    ),
    usage(
        "service/classifier.py",
        11,
        _SENTIMENT,
        component=Component.TOKENIZER,
        callee="transformers.AutoTokenizer.from_pretrained",
    ),
    usage(
        "service/classifier.py",
        12,
        _SENTIMENT,
        callee="transformers.AutoModelForSequenceClassification.from_pretrained",
        trust_remote_code=True,
    ),
    usage(
        "service/entities.py",
        10,
        model("en_core_web_sm", id="spacy/en_core_web_sm", hub="spacy"),
        callee="spacy.load",
        library="spacy",
        signature="spacy/load",
        component=Component.PIPELINE,
    ),
    usage(
        "service/extra.py",
        5,
        model("{org}/bert-base", id=None, outcome=ModelOutcome.PARTIAL, via=Via.PARAMETER),
        outcome=Outcome.PARTIAL,
        exhaustive=False,
        reason="org is a parameter of load() and nothing calls it",
        confidence=0.63,
    ),
    usage(
        "service/local.py",
        8,
        model("./checkpoints/best", id=None, hub="local", outcome=ModelOutcome.LOCAL),
        outcome=Outcome.LOCAL,
    ),
    usage(
        "service/photos.py",
        10,
        model("resnet50", id="torchvision/resnet50", hub="torchvision", revision="IMAGENET1K_V2"),
        callee="torchvision.models.resnet50",
        library="torchvision",
        signature="torchvision/builders",
    ),
    usage(
        "service/photos.py",
        17,
        callee="torchvision.models.resnet18",
        library="torchvision",
        signature="torchvision/builders",
        outcome=Outcome.UNTRAINED,
        pretrained=False,
        reason="weights=None",
    ),
    usage(
        "service/registry.py",
        11,
        callee="transformers.AutoModelForSequenceClassification.from_pretrained",
        outcome=Outcome.DYNAMIC,
        exhaustive=False,
        trust_remote_code=False,
        reason='request.query_params["model"]: request is a parameter and nothing calls customer_model()',
        confidence=0.1,
    ),
    usage("service/summaries.py", 14, _SUMMARIES, callee="service.summaries.Summarizer.from_pretrained"),
    usage(
        "service/summaries.py",
        18,
        _SUMMARIES,
        component=Component.TOKENIZER,
        callee="transformers.AutoTokenizer.from_pretrained",
    ),
    Diagnostic(
        "service/broken.py", 4, DiagnosticCode.SYNTAX, "could not be parsed; the lines around it were still read"
    ),
    Diagnostic("notebooks/explore.ipynb", 1, DiagnosticCode.MAGIC, "%%bash is not Python", 2),
    Diagnostic("data/huge.py", None, DiagnosticCode.TOO_LARGE, "12.3 MB, the limit is 10 MB"),
)

# What a stranger's repository may hold: terminal escapes, line breaks, markup, formulas, marks that reverse the text.
NASTY = (
    "\x1b[2J\x1b]0;owned\x07evil\r\n::error::x|`<script>alert(1)</script>`"
    "\u202egnp.exe\x9b31m\u2028\ud800\x00*_[x](y)@all"
)
HOSTILE = result(
    usage(
        f"src/{NASTY}.py",
        3,
        model(NASTY, revision=NASTY, evidence=(Evidence(f"{NASTY}.py", 1, NASTY, NASTY),), via=Via.CONSTANT),
        scope=NASTY,
        callee=NASTY,
        resolved_to=NASTY,
        source_line=NASTY,
        arguments={NASTY: [NASTY, {"a": NASTY}]},
        exhaustive=False,
        open_reason=NASTY,
    ),
    usage("formula.py", 4, model('=HYPERLINK("http://evil","x")', id=None), callee="-1+1|cmd", scope="@SUM(1)"),
    usage("long.py", 5, model("x" * 3000, id=None), source_line="y" * 3000),
    usage("[red]markup[/red].py", 6, model("[bold]:smile: {name} %s", id=None), callee="[link=http://evil]f[/link]"),
    usage("dynamic.py", 7, outcome=Outcome.DYNAMIC, reason=NASTY, exhaustive=False),
    Diagnostic(f"{NASTY}.py", 1, DiagnosticCode.SYNTAX, NASTY),
)
