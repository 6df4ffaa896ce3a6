"""No secret leaves a scan, whatever field it stands in; and what is no secret stays readable."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE, MODEL, TYPICAL, USAGE, result

from ptmscan.record_json import items, to_line
from ptmscan.records import Diagnostic, DiagnosticCode, Evidence, Json, ScanResult
from ptmscan.redaction import is_secret_name, redact_result, redact_settings, redact_text


def written(scan: ScanResult) -> str:
    return "\n".join(to_line(item) for item in items(scan))


# --- names ------------------------------------------------------------------------------------------------------------

SECRET_NAMES = (
    *(
        "token",
        "use_auth_token",
        "auth_token",
        "hf_token",
        "HF_TOKEN",
        "HUGGINGFACEHUB_API_TOKEN",
        "--token",
        "--hub-token",
    ),
    *(
        "access_token",
        "accessToken",
        "api_key",
        "apikey",
        "api-key",
        "X-Api-Key",
        "OPENAI_API_KEY",
        "password",
        "PASSWORD",
    ),
    *(
        "db_password",
        "dbPassword",
        "passwd",
        "pwd",
        "secret",
        "client_secret",
        "secret_key",
        "private_key",
        "credentials",
    ),
    *("aws_secret_access_key", "Authorization", "auth", "GITHUB_TOKEN"),
)
HARMLESS_NAMES = (
    *(
        "tokenizer",
        "tokens",
        "max_tokens",
        "max_new_tokens",
        "pad_token",
        "eos_token",
        "bos_token",
        "unk_token",
        "mask_token",
    ),
    *(
        "cls_token",
        "image_token",
        "pad_token_id",
        "token_type_ids",
        "tokenizer_name",
        "key",
        "keys",
        "keyword",
        "state_key",
    ),
    *(
        "key_padding_mask",
        "author",
        "authors",
        "model",
        "revision",
        "passes",
        "pass_through",
        "monkey",
        "",
        "_",
        "0",
        "é",
    ),
)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


# --- shapes -----------------------------------------------------------------------------------------------------------

ALNUM = string.ascii_letters + string.digits


def _like(prefix: str, size: int, alphabet: str = ALNUM) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=size).map(prefix.__add__)


tokens = st.one_of(
    _like("hf_", 34),
    _like("hf_", 34, string.ascii_lowercase),
    _like("api_org_", 34),
    _like("sk-", 48),
    _like("sk-proj-", 48, ALNUM + "_-"),
    _like("sk-ant-api03-", 80, ALNUM + "_-"),
    _like("ghp_", 36),
    _like("github_pat_", 82, ALNUM + "_"),
    _like("glpat-", 20, ALNUM + "_-"),
    _like("AKIA", 16, string.ascii_uppercase + "234567"),
    _like("AIza", 35, ALNUM + "_-"),
    _like("xoxb-", 40, ALNUM + "-"),
    _like("r8_", 37),
    _like("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", 20, ALNUM + "_-"),
)
around = st.text(" \"'=:,;()[]{}/\n<>|é#", max_size=6)


@given(tokens, around, around)
def test_a_token_leaves_no_text_whatever_stands_around_it(token: str, before: str, after: str) -> None:
    text = before + token + after
    assert token not in redact_text(text)
    assert token not in redact_settings(text)


@given(tokens, st.sampled_from(["name", "id", "revision"]))
def test_a_token_leaves_no_field_of_a_result(token: str, field: str) -> None:
    model = replace(
        MODEL,
        **{field: f"https://host/{token}/x"},
        evidence=(Evidence("a.py", 1, "constant", f'X = "{token}"'), Evidence("run.sh", 2, "option", f"--x {token}")),
    )
    arguments: dict[str, Json] = {"a": token, "b": [token, {"c": token, token: 1}], token: None}
    usage = replace(
        USAGE,
        arguments=arguments,
        models=(model,),
        source_line=f'load("{token}")',
        callee=f'MAP["{token}"]',
        reason=f"because of {token}",
        open_reason=token,
    )
    scan = result(usage, Diagnostic("a.py", 1, DiagnosticCode.SYNTAX, f"near {token}"))
    assert token in written(scan)
    assert token not in written(redact_result(scan))


# --- by name ----------------------------------------------------------------------------------------------------------

secrets = st.text(string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~ ", min_size=1, max_size=20).map(
    "s3cr".__add__
)
forms = st.sampled_from(
    [
        'load("bert", {name}="{secret}", revision="main")',
        "load('bert', {name}='{secret}')",
        'load("bert", {name} = f"{secret}")',
        'load("bert", **{{"{name}": "{secret}"}})',
        "self.{name} = '{secret}'  # do not commit",
        'os.environ["{name}"] = "{secret}"',
        'os.environ.setdefault("{name}", "{secret}")',
        'x = os.getenv("{name}", "{secret}")',
        'parser.add_argument("--{name}", default="{secret}")',
        'def f({name}: str = "{secret}", model="bert"): ...',
        'load("bert", {name}=("{secret}" if debug else None))',
        'load("bert", {name}="""{secret}""")',
        'load("bert", {name}="{secret}',
    ]
)


@given(forms, st.sampled_from(SECRET_NAMES).filter(str.isidentifier), secrets)
def test_a_literal_that_a_secret_name_is_given_is_redacted(form: str, name: str, secret: str) -> None:
    text = form.format(name=name, secret=secret)
    assert secret not in redact_text(text)
    assert name in redact_text(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python run.py --model bert --hf_token abc --lr 3", "python run.py --model bert --hf_token [redacted] --lr 3"),
        ("python run.py --hf_token=abc --model bert", "python run.py --hf_token=[redacted] --model bert"),
        ("HF_TOKEN=abc python run.py", "HF_TOKEN=[redacted] python run.py"),
        ("ENV API_KEY=abc MODEL=bert", "ENV API_KEY=[redacted] MODEL=bert"),
        ("  password: hunter2", "  password: [redacted]"),
        ("token: ${{ secrets.HF }}", "token: ${{ secrets.HF }}"),
        ("--token $HF_TOKEN --model bert", "--token $HF_TOKEN --model bert"),
        ("use_auth_token: true", "use_auth_token: true"),
        ("tokenizer: bert", "tokenizer: bert"),
    ],
)
def test_settings_need_no_quotes(line: str, expected: str) -> None:
    assert redact_settings(line) == expected


def test_evidence_is_read_by_the_kind_of_its_file() -> None:
    steps = (
        Evidence("run.sh", 1, "option", "HF_TOKEN=abc python run.py"),
        Evidence("a.ipynb", 1, "option", "!HF_TOKEN=abc python run.py", cell=1),
        Evidence("a.ipynb", 2, "constant", "token = read_token()", cell=1),
        Evidence("a.py", 2, "constant", "load(token=args.token)"),
    )
    (usage,) = redact_result(result(replace(USAGE, models=(replace(MODEL, evidence=steps),)))).usages
    assert [step.text for step in usage.models[0].evidence] == [
        "HF_TOKEN=[redacted] python run.py",
        "!HF_TOKEN=[redacted] python run.py",
        "token = read_token()",
        "load(token=args.token)",
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("token", "abc", "[redacted]"),
        ("token", 12345, "[redacted]"),
        ("use_auth_token", True, True),
        ("token", None, None),
        ("token", "", ""),
        ("credentials", ["user", "abc"], ["[redacted]", "[redacted]"]),
        ("model_kwargs", {"token": "abc", "revision": "main"}, {"token": "[redacted]", "revision": "main"}),
        ("secret", {"a": {"b": "abc"}}, {"a": {"b": "[redacted]"}}),
        ("pad_token", "<pad>", "<pad>"),
        ("url", "https://user:abc@host/m.bin?sig=abc&v=1", "https://[redacted]@host/m.bin?sig=[redacted]&v=1"),
    ],
)
def test_argument_values(name: str, value: Json, expected: Json) -> None:
    (usage,) = redact_result(result(replace(USAGE, arguments={name: value}))).usages
    assert usage.arguments == {name: expected}


# --- what stays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "from huggingface_hub import hf_hub_download",
        'hf_hub_download(repo_id="org/name", filename="model.bin")',
        "from transformers import AutoModelForSequenceClassification as 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",
        "hf_sentence_transformers_model_name_or_path = 1",
        'AutoModel.from_pretrained("sk-learn/some-model", revision="714eb0fa89d2f80546fda750413ed43d93601a13")',
        'AutoTokenizer.from_pretrained("bert-base-uncased", use_auth_token=True, pad_token="<pad>", token=args.token)',
        'token = os.environ["HF_TOKEN"]',
        'token=os.environ.get("HF_TOKEN")',
        'tokenizer = {"bert": "bert-base-uncased"}',
        "git+https://git@github.com/org/name",
        "https://huggingface.co/org/name?library=true",
        'if token: model = load("bert")',
        'model = load("org/model-with-a-very-long-name-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789")',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@given(
    st.text(max_size=80)
    | st.lists(around | tokens | st.sampled_from(["token", "password=", '"', "'", "(", ")", ","])).map("".join)
)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


@pytest.mark.parametrize("scan", [TYPICAL, HOSTILE], ids=["typical", "hostile"])
def test_a_result_without_secrets_stays_as_it_is(scan: ScanResult) -> None:
    assert redact_result(scan) == scan


@pytest.mark.parametrize(
    "piece", ['token="', "token=(", "hf_", "://", "?a=b", "-----BEGIN PRIVATE KEY-----", '"""', "token:", "--token "]
)
def test_long_hostile_lines_take_one_pass(piece: str) -> None:
    """A quadratic search would need minutes for these two megabytes."""
    text = piece * (2_000_000 // len(piece))
    assert len(redact_settings(text)) <= 4 * len(text)
