"""From a file's name and text to its tree."""

from __future__ import annotations

from enum import StrEnum
from posixpath import basename, splitext

from ptmscan.documents.json_files import read_json
from ptmscan.documents.model import Node
from ptmscan.documents.text_files import read_env, read_ini, read_toml
from ptmscan.documents.yaml_files import read_yaml


class Format(StrEnum):
    """The formats of configuration files that are read."""

    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    INI = "ini"
    ENV = "env"


_BY_SUFFIX = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".json": Format.JSON,
    ".toml": Format.TOML,
    ".ini": Format.INI,
    ".cfg": Format.INI,
    ".conf": Format.INI,
    ".env": Format.ENV,
}
_READERS = {
    Format.YAML: read_yaml,
    Format.JSON: read_json,
    Format.TOML: read_toml,
    Format.INI: read_ini,
    Format.ENV: read_env,
}


def format_of(path: str) -> Format | None:
    """The format that a file's name promises."""
    name = basename(path)
    if name == ".env" or name.startswith(".env."):
        return Format.ENV
    return _BY_SUFFIX.get(splitext(name)[1].lower())


def read_document(text: str, kind: Format) -> Node | None:
    """The tree of a configuration file's text; None when it is empty.

    Raises:
        DocumentError: malformed, or beyond a limit.
    """
    return _READERS[kind](text)
