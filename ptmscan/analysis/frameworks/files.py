"""Files that a program opens, and the libraries that read settings from them.

Interfaces: open and pathlib (Python 3.13), json, tomllib, PyYAML 6.0, ruamel.yaml 0.18, toml 0.10, python-dotenv 1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import text_methods
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles, file_step, located, path_text
from ptmscan.analysis.values import Arguments, Atom, Const, External, Made, PathObject, Text, Value, known, unknown
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.syntax import nodes as n

FILE = "builtins.open()"
CONTENT = "builtins.open().read()"
MAX_TEXT = 4096

_OPENERS = ("builtins.open", "io.open", "codecs.open", "builtins.file", "gzip.open", "pathlib.Path.open")
_TEXT_METHODS = ("strip", "rstrip", "lstrip", "split", "splitlines", "lower", "replace", "decode", "format")
# What reads a file object, or text, and in which format; None: as the file's name says.
_READERS: dict[str, Format | None] = {
    **dict.fromkeys(["json.load", "json.loads", "simplejson.load", "simplejson.loads", "ujson.load"], Format.JSON),
    **dict.fromkeys(["orjson.loads", "hjson.load", "commentjson.load", "json5.load"], Format.JSON),
    **dict.fromkeys(
        ["tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads"], Format.TOML
    ),
    **dict.fromkeys(["yaml.load", "yaml.safe_load", "yaml.full_load", "yaml.unsafe_load"], Format.YAML),
    **dict.fromkeys(
        [
            f"{m}.{f}"
            for m in ("ruamel.yaml", "ruamel_yaml")
            for f in ("load", "safe_load", "round_trip_load", "YAML().load")
        ],
        Format.YAML,
    ),
    "oyaml.load": Format.YAML,
    "oyaml.safe_load": Format.YAML,
    **dict.fromkeys(["dotenv.dotenv_values", "dotenv.main.dotenv_values"], Format.ENV),
    **dict.fromkeys(["mmengine.load", "mmcv.load", "anyconfig.load", "srsly.read_json"], None),
    "srsly.read_yaml": Format.YAML,
    "srsly.json_loads": Format.JSON,
}
_TAKE_PATHS = frozenset(
    [
        "toml.load",
        "dotenv.dotenv_values",
        "dotenv.main.dotenv_values",
        "mmengine.load",
        "mmcv.load",
        "anyconfig.load",
        "srsly.read_json",
        "srsly.read_yaml",
    ]
)


class Files(Model):
    """The model of opened files and of settings read from them."""

    names = frozenset(
        [
            *_OPENERS,
            *_READERS,
            "pathlib.Path.read_text",
            "pathlib.Path.read_bytes",
            *(f"{FILE}.{m}" for m in ("read", "readline", "__enter__")),
            *(f"{CONTENT}.{m}" for m in _TEXT_METHODS),
        ]
    )

    def __init__(self, files: SettingsFiles) -> None:
        self._files = files

    def owns(self, made: Made) -> bool:
        """Opened files and their whole text."""
        return made.name in (FILE, CONTENT)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """An opened file, its text, or the settings in it."""
        name = callee.name
        if name in _OPENERS:
            return _opened(arguments, env, span)
        if name.startswith("pathlib.Path.read_"):
            return known(Made(CONTENT, env.module.path, span, arguments))
        if name in _READERS:
            return self._settings(ev, name, arguments, env)
        made, method = callee.receiver, name.rpartition(".")[2]
        if not isinstance(made, Made):
            return known(External(f"{name}()"))
        if made.name == FILE:
            return known(made if method == "__enter__" else Made(CONTENT, made.path, made.span, made.arguments))
        return self._text(ev, made, method, arguments)

    def _settings(self, ev: Evaluator, name: str, arguments: Arguments, env: Environment) -> Value:
        given = arguments.positional[0] if arguments.positional else None
        for keyword in ("stream", "fp", "s", "file", "dotenv_path", "path"):
            given = given if given is not None else arguments.keyword(keyword)
        if given is None:
            default = known(Const(".env")) if _READERS[name] is Format.ENV else unknown("no file to read")
            return self._files.at(ev.program, env.module, default, _READERS[name])
        return mapped(given, lambda atom: self._read(ev, atom, name, env))

    def _read(self, ev: Evaluator, atom: Atom, reader: str, env: Environment) -> Value:
        """The settings in an opened file, in its text, or, for readers that take one, behind a path."""
        kind, takes_path = _READERS[reader], reader in _TAKE_PATHS
        if isinstance(atom, Made) and atom.name in (FILE, CONTENT):
            module = ev.program.module(atom.path) or env.module
            return self._files.at(ev.program, module, _path_of(atom), kind)
        if isinstance(atom, (Const, Text, PathObject)) and takes_path:
            return self._files.at(ev.program, env.module, known(atom), kind)
        return unknown(f"settings read from {path_text(atom)}")

    def _text(self, ev: Evaluator, made: Made, method: str, arguments: Arguments) -> Value:
        module = ev.program.get(made.path)

        def one(atom: Atom) -> Value:
            texts = [_short_text(ev, path) for path in located(ev.program, module, atom)]
            return join(texts) if texts else unknown(f"the text of {path_text(atom)}")

        whole = mapped(_path_of(made), one)
        if method == "decode":
            return whole
        return mapped(whole, lambda a: text_methods.call_method(a, method, arguments) or unknown(f"str.{method}"))


def _opened(arguments: Arguments, env: Environment, span: n.Span) -> Value:
    mode = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keyword("mode")
    single = mode.single() if mode is not None else None
    if isinstance(single, Const) and any(letter in str(single.value) for letter in "wax"):
        return unknown("a file that is written")
    return known(Made(FILE, env.module.path, span, arguments))


def _path_of(made: Made) -> Value:
    """The path that a file was opened with."""
    given = made.arguments.positional[0] if made.arguments.positional else made.arguments.keyword("file")
    return given if given is not None else unknown("path of an opened file")


def _short_text(ev: Evaluator, path: str) -> Value:
    text = ev.program.texts.read_text(path)
    if text is None or len(text) > MAX_TEXT:
        return unknown(f"the text of {path}")
    return known(Const(text), file_step(path, 1, text.split("\n", 1)[0]))
