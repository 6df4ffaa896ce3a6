"""Takes secrets out of a result: values of arguments such as `token`, and anything shaped like an access token.

Real code holds real tokens. `redact_result` is the one place where they are taken out, before a result leaves the scan.
The shapes are those that their issuers document or that GitHub lists
(https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, TypeVar

from ptmscan.records import (
    Diagnostic,
    Evidence,
    Json,
    LibraryRelease,
    ModelReference,
    OtherRelease,
    ScanHeader,
    ScanResult,
    Suspect,
    UsageRecord,
)

REDACTED = "[redacted]"


def redact_result(result: ScanResult) -> ScanResult:
    """The same result without secrets. Doing it twice changes nothing."""
    return replace(
        result,
        header=_redact_strings(result.header),
        usages=tuple(redact_usage(usage) for usage in result.usages),
        diagnostics=tuple(_redact_strings(diagnostic) for diagnostic in result.diagnostics),
        suspects=tuple(_redact_suspect(suspect) for suspect in result.suspects),
    )


def redact_text(text: str) -> str:
    """Code, a name or a message without secrets: tokens by shape, string literals that follow a secret's name."""
    return _redact_again(text) if len(text) <= _SHORT else _redact(text)


def redact_settings(text: str) -> str:
    """A line of a shell script or configuration file without secrets; there values need no quotes."""
    return _SETTING.sub(_redact_setting, redact_text(text))


def redact_evidence(step: Evidence) -> Evidence:
    """One step of evidence without secrets; the file it is from tells how to read its text."""
    in_cell = step.path.endswith(".ipynb") and not step.text.lstrip().startswith(("!", "%"))
    redact = redact_text if in_cell or step.path.endswith((".py", ".pyw")) else redact_settings
    return replace(_redact_strings(step), text=redact(step.text))


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a parameter, variable, key or option of that name holds a secret.

    `use_auth_token`, `--api-key`, `HF_TOKEN` and `dbPassword` do; `pad_token`, `max_tokens`, `tokenizer`, `key` do not.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return False
    before, last = set(words[:-1]), words[-1]
    if last in {"token", "auth"} and not before:
        return True
    if last == "token" and before & _TOKEN_OWNERS:
        return True
    return bool(_SECRET_WORDS.intersection(words)) or (last in {"key", "keys"} and bool(before & _KEY_OWNERS))


# --- records ----------------------------------------------------------------------------------------------------------

_Record = TypeVar(
    "_Record", UsageRecord, ModelReference, LibraryRelease, OtherRelease, Evidence, Diagnostic, ScanHeader, Suspect
)


def redact_usage(usage: UsageRecord) -> UsageRecord:
    """A usage record without secrets: in its arguments, names, source lines and evidence."""
    return replace(
        _redact_strings(usage),
        arguments={redact_text(name): _redact_value(name, value) for name, value in usage.arguments.items()},
        models=tuple(_redact_model(model) for model in usage.models),
        release=usage.release and _redact_release(usage.release),
    )


def _redact_suspect(suspect: Suspect) -> Suspect:
    return replace(_redact_strings(suspect), evidence=tuple(redact_evidence(step) for step in suspect.evidence))


def _redact_model(model: ModelReference) -> ModelReference:
    return replace(_redact_strings(model), evidence=tuple(redact_evidence(step) for step in model.evidence))


def _redact_release(release: LibraryRelease) -> LibraryRelease:
    return replace(_redact_strings(release), alternatives=tuple(_redact_strings(one) for one in release.alternatives))


def _redact_strings(record: _Record) -> _Record:
    """The record with every plain string redacted; enumerations and nested records stay."""
    changed: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if type(value) is str and (redacted := redact_text(value)) != value:
            changed[field.name] = redacted
    return replace(record, **changed) if changed else record


def _redact_value(name: str, value: Json) -> Json:
    """The value of an argument or of a key inside one."""
    if is_secret_name(name):
        return _masked(value)
    match value:
        case str():
            return redact_text(value)
        case list():
            return [_redact_value("", each) for each in value]
        case dict():
            return {redact_text(key): _redact_value(key, each) for key, each in value.items()}
        case _:
            return value


def _masked(value: Json) -> Json:
    """A secret's value; `use_auth_token=True` and `token=None` say something about the call and stay."""
    match value:
        case None | bool() | "":
            return value
        case list():
            return [_masked(each) for each in value]
        case dict():
            return {redact_text(key): _masked(each) for key, each in value.items()}
        case _:
            return REDACTED


# --- text -------------------------------------------------------------------------------------------------------------

_SHORT = 200


def _redact(text: str) -> str:
    low = text.lower()
    for clues, redact in _STAGES:
        if any(clue in low for clue in clues):
            text = redact(text)
    return text


# Paths, callees and reasons come again and again; long texts seldom do, and would fill the memory.
_redact_again = lru_cache(maxsize=4096)(_redact)


# --- by shape ---------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      # Hugging Face users and organisations; not identifiers such as hf_hub_download and hf_AutoModelForMaskedLM.
      hf_ (?! (?:[A-Z][a-z]{2,})++ (?![A-Za-z0-9]) ) (?: [A-Za-z0-9]{30,} | (?=[a-z]*[A-Z0-9]) [A-Za-z0-9]{20,} )
    | api_org_ [A-Za-z0-9]{20,}
      # OpenAI, Anthropic and their like
    | sk- (?: [A-Za-z0-9]{20,} | (?:proj|svcacct|admin|ant|or|live|test) [A-Za-z0-9]*+ - [A-Za-z0-9_-]{16,} )
      # GitHub, GitLab
    | gh[pousr]_ [A-Za-z0-9]{30,} | github_pat_ [A-Za-z0-9_]{20,} | glpat- [A-Za-z0-9_-]{20,}
      # Amazon, Google, Slack
    | (?:AKIA|ASIA|ABIA|ACCA) [A-Z0-9]{16} (?![A-Za-z0-9])
    | AIza [A-Za-z0-9_-]{35,} | ya29\. [A-Za-z0-9_-]{20,}
    | xox[abeoprs]- [A-Za-z0-9-]{10,}
      # Replicate, npm, PyPI, Docker Hub; a JSON web token
    | r8_ [A-Za-z0-9]{30,} | npm_ [A-Za-z0-9]{30,} | pypi-AgE [A-Za-z0-9_-]{20,} | dckr_pat_ [A-Za-z0-9_-]{20,}
    | eyJ [A-Za-z0-9_-]{8,} \. eyJ [A-Za-z0-9_-]{8,} (?: \. [A-Za-z0-9_-]* )?
    )""",
    re.VERBOSE,
)
_BEARER = re.compile(r"(?i)\b(bearer) +[A-Za-z0-9._~+/=-]{12,}")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_CREDENTIALS = re.compile(r"""(?<=://)(?!git@|\[redacted\]@)[^\s/?#"'`<>]+@""")
_QUERY = re.compile(r"""(?i)(?<=[?&])([a-z0-9_.-]+)=(?!\[redacted\])[^\s&"'`<>#]+""")
_QUERY_SECRETS = frozenset({"sig", "signature", "x-amz-signature", "x-amz-credential", "x-amz-security-token", "key"})


def _redact_tokens(text: str) -> str:
    return _TOKEN.sub(REDACTED, text)


def _redact_bearer(text: str) -> str:
    return _BEARER.sub(rf"\1 {REDACTED}", text)


def _redact_private_key(text: str) -> str:
    return _PRIVATE_KEY.sub(REDACTED, text)


def _redact_url(text: str) -> str:
    return _QUERY.sub(_redact_query, _CREDENTIALS.sub(REDACTED + "@", text))


def _redact_query(found: re.Match[str]) -> str:
    name = found[1]
    return f"{name}={REDACTED}" if is_secret_name(name) or name.lower() in _QUERY_SECRETS else found[0]


# --- by name ----------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "secrets",
        "apikey",
        "credential",
        "credentials",
        "authorization",
        "apitoken",
        "authtoken",
        "hftoken",
    ]
)
_TOKEN_OWNERS = frozenset(
    [
        "auth",
        "access",
        "api",
        "hub",
        "hf",
        "huggingface",
        "huggingfacehub",
        "face",
        "bearer",
        "refresh",
        "session",
        "security",
        "user",
        "github",
        "gh",
        "gitlab",
        "git",
        "wandb",
        "openai",
        "replicate",
        "login",
        "read",
        "write",
        "private",
        "my",
    ]
)
_KEY_OWNERS = frozenset(["api", "access", "account", "private", "secret", "auth", "subscription"])

# A name, perhaps quoted or a subscript, before what gives it its value: `token=`, `"token": `, `environ["TOKEN"] = `,
# or as the first of several arguments: `setdefault("TOKEN", …)`.
_NAMED = re.compile(r"""(?<![\w-])(?P<name>[A-Za-z_-][\w-]*+)(?P<quote>["']?)\]?[ \t]*(?P<sign>[:=,])""")
# `if token: …` is no mapping.
_CONDITION = re.compile(r"\b(?:if|elif|while|lambda|not|and|or|in|is|else)[ \t]+(?:[\w.]+\.)?$")
# The inside of a string literal, by its quotes; one that is cut off ends with the text or line.
_INSIDE = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+", re.DOTALL),
}
# The name of an environment variable is no secret.
_ENVIRONMENT = re.compile(r"(?:environ\s*\[|environ\.get\(|getenv\()\s*$")
_STEP = re.compile(r"""["']|[\[({]|[\])}]|[,;#\n]""")
_LOOK_BACK = 40


def _redact_named(text: str) -> str:
    """Redact the string literals in each value that a secret's name is given."""
    done, position = [], 0
    for found in _NAMED.finditer(text):
        if found.start() >= position and is_secret_name(found["name"]) and _gives_value(text, found):
            # As a first argument, the name's value is one of the others; else it ends with its own.
            value, end = _redact_literals(text, found.end(), stops=";#\n" if found["sign"] == "," else ",;#\n")
            done += [text[position : found.end()], value]
            position = end
    return _OPTION.sub(_redact_setting, "".join([*done, text[position:]]))


def _gives_value(text: str, found: re.Match[str]) -> bool:
    match found["sign"]:
        case ",":
            return bool(found["quote"])
        case ":":
            return not _CONDITION.search(text[max(0, found.start() - _LOOK_BACK) : found.start()])
        case _:
            # In `https://host/?token=x` the name stands inside a literal.
            return not text.endswith(("?", "&"), 0, found.start())


def _redact_literals(text: str, start: int, *, stops: str) -> tuple[str, int]:
    """Redact from `start` up to the value's end: one of `stops` outside brackets, or a bracket that closes too much."""
    done, position, depth = [], start, 0
    while found := _STEP.search(text, position):
        done.append(text[position : found.start()])
        position, sign = found.start(), found[0]
        if sign in "\"'":
            is_environment = _ENVIRONMENT.search(text[max(start, position - _LOOK_BACK) : position])
            literal, position = _masked_literal(text, position, keep=bool(is_environment))
            done.append(literal)
            continue
        depth += (sign in "[({") - (sign in "])}")
        if depth < 0 or (depth == 0 and sign in stops):
            return "".join(done), position
        done.append(sign)
        position += 1
    return "".join([*done, text[position:]]), len(text)


def _masked_literal(text: str, start: int, *, keep: bool) -> tuple[str, int]:
    """The string literal that begins at `start`, its inside redacted unless it is empty or to be kept; and its end."""
    quote = text[start] * 3 if text.startswith(text[start] * 3, start) else text[start]
    inside = _INSIDE[quote].match(text, start + len(quote))
    end = inside.end() if inside else len(text)
    closing = quote if text.startswith(quote, end) else ""
    content = text[start + len(quote) : end]
    return quote + (REDACTED if content and not keep else content) + closing, end + len(closing)


# --- without quotes ---------------------------------------------------------------------------------------------------

# References to variables ($TOKEN, ${{ secrets.X }}, %TOKEN%) and placeholders (<token>) are no secrets.
_VALUE = r"""(?!os\.|environ|getenv)(?P<value>[^\s"'`,;()\[\]{}$<%-][^\s"'`]*)"""
_OPTION = re.compile(rf"(?<![\w-])(?P<name>--?[A-Za-z][\w-]*+)(?P<sign>=|[ ]+){_VALUE}")
_SETTING = re.compile(rf"(?<![\w-])(?P<name>[A-Za-z_][\w.-]*+)(?P<sign>[ \t]*[:=][ \t]*){_VALUE}")
_FLAGS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "none", "~"])


def _redact_setting(found: re.Match[str]) -> str:
    if not is_secret_name(found["name"]) or found["value"].lower() in _FLAGS:
        return found[0]
    return f"{found['name']}{found['sign']}{REDACTED}"


# --- all together: what is cheap to look for, and what to do when it is there -----------------------------------------

_STAGES = (
    (
        ("hf_", "api_org_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "eyj"),
        _redact_tokens,
    ),
    (("akia", "asia", "abia", "acca", "aiza", "ya29.", "xox", "r8_", "npm_", "pypi-", "dckr_pat_"), _redact_tokens),
    (("bearer",), _redact_bearer),
    (("private key",), _redact_private_key),
    (("://", "?"), _redact_url),
    (("token", "pass", "pwd", "secret", "key", "credential", "auth"), _redact_named),
)
