"""Programs with command lines and configuration files: options, files of settings, objects that carry them, functions.

A program is one repository that is started several times: without arguments, with generated ones, as its script says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from choices import Choices
from programs import Program
from writing import Writer

OPTIONS = ("model", "base_model", "tokenizer", "name", "encoder")
KEYS = ("model", "encoder", "size", "other")
_START = """\
import os, runpy, sys
root = os.path.dirname(os.path.abspath(__file__))
os.chdir(root)
sys.argv[:] = [os.path.join(root, "main.py"), *{words!r}]
runpy.run_path(os.path.join(root, "main.py"), run_name="__main__")
"""


@dataclass(frozen=True, slots=True)
class SettingsProgram:
    """A repository and the command lines that start it: the first has no words, `scripted` ones stand in run.sh."""

    program: Program
    command_lines: tuple[tuple[str, ...], ...]
    scripted: tuple[tuple[str, ...], ...]

    def started(self, words: tuple[str, ...]) -> Program:
        """The program as it is run with the words of one command line."""
        files = {**self.program.files, "start.py": _START.format(words=list(words))}
        return replace(self.program, files=files, entry="start.py")


@dataclass(slots=True)
class Option:
    """One option of the parser that is being written."""

    dest: str
    flag: str
    values: tuple[str, ...] = ()  # the values that may be passed; none: a switch
    many: bool = False


@dataclass(slots=True)
class Draft:
    """What is written so far: the parser, what the files hold, how settings can be named."""

    writer: Writer
    options: list[Option] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)  # expressions of texts that can be used in main.py

    def literal(self) -> str:
        return self.writer.literal()


def settings_program(choices: Choices) -> SettingsProgram:
    """A program whose models come from options, files and what is between them and the load."""
    w = Writer(choices, lambda *_: None)
    draft = Draft(w)
    w.need("from transformers import AutoModel")
    for part in (_configuration, _configuration, _environment):
        if w.chance(60):
            part(draft)
    if w.chance(85):
        _parser(draft)
    for _ in range(1 + w.below(3)):
        w.pick((_plain_load, _load_in_function, _load_in_class, _changed_then_loaded))(draft)
    draft.files["main.py"] = w.take()
    lines = tuple(_command_line(draft) for _ in range(2)) if draft.options else ()
    scripted = lines[:1] if lines and w.chance(40) else ()
    if scripted:
        draft.files["run.sh"] = "".join(f"python main.py {' '.join(words)}\n" for words in scripted)
    program = Program(draft.files, "main.py", ("",), tuple(w.environment), w.sinks)
    return SettingsProgram(program, ((), *lines), scripted)


# --- where settings come from -----------------------------------------------------------------------------------------


def _configuration(draft: Draft) -> None:
    """A file of settings and an expression for each text in it."""
    w = draft.writer
    values = {key: draft.literal().strip('"') for key in KEYS}
    name = w.fresh("data")
    match w.pick(("json", "nested", "ini", "toml", "loops", "object", "update", "dataclass")):
        case "json":
            _json(draft, name, values)
            draft.names += [f'{name}["model"]', f'{name}.get("encoder")', f'{name}.get("absent", {draft.literal()})']
        case "nested":
            _json(draft, name, {"models": {"main": values}, "list": [values["other"]]})
            draft.names += [f'{name}["models"]["main"]["model"]', f'{name}["list"][0]']
        case "ini":
            draft.files[f"{name}.ini"] = "[models]\n" + "".join(f"{k} = {v}\n" for k, v in values.items())
            w.need("import configparser")
            w.line(f"{name} = configparser.ConfigParser()")
            w.line(f'{name}.read("{name}.ini")')
            draft.names += [f'{name}["models"]["model"]', f'{name}.get("models", "encoder")']
            draft.names.append(f'{name}.get("models", "absent", fallback={draft.literal()})')
        case "toml":
            draft.files[f"{name}.toml"] = "[models]\n" + "".join(f'{k} = "{v}"\n' for k, v in values.items())
            w.need("import tomllib")
            with w.block(f'with open("{name}.toml", "rb") as stream:'):
                w.line(f"{name} = tomllib.load(stream)")
            draft.names += [f'{name}["models"]["model"]', f'{name}["models"].get("encoder", {draft.literal()})']
        case "loops" | "update" | "dataclass" | "object" as form:
            _object(draft, name, values, form)


def _json(draft: Draft, name: str, values: object) -> None:
    """A JSON file and a name for what it holds."""
    w = draft.writer
    draft.files[f"{name}.json"] = json.dumps(values, indent=2)
    w.need("import json")
    match w.below(4):
        case 0:
            with w.block(f'with open("{name}.json") as stream:'):
                w.line(f"{name} = json.load(stream)")
        case 1:
            w.need("from pathlib import Path")
            w.line(f'{name} = json.loads(Path("{name}.json").read_text())')
        case 2:
            w.need("from pathlib import Path")
            w.line(f'{name} = json.loads((Path(__file__).parent / "{name}.json").read_text(encoding="utf-8"))')
        case _:
            read = w.fresh("read_json")
            with w.block(f"def {read}(path):"), w.block("with open(path) as stream:"):
                w.line("return json.load(stream)")
            w.line(f'{name} = {read}("{name}.json")')


def _object(draft: Draft, name: str, values: dict[str, str], form: str) -> None:
    """An object whose attributes come from a file."""
    w = draft.writer
    data, cls = w.fresh("raw"), w.fresh("Config")
    _json(draft, data, values)
    if form == "dataclass":
        w.need("from dataclasses import dataclass")
        with w.block(f"@dataclass\nclass {cls}:"):
            for key in KEYS:
                w.line(f"{key}: str = {draft.literal()}")
        given = w.pick((f"**{data}", f'model={data}["model"]', ""))
        w.line(f"{name} = {cls}({given})")
    else:
        with w.block(f"class {cls}:"):
            w.line(f"encoder = {draft.literal()}")
            with w.block("def __init__(self, values=None, **more):"):
                if form == "update":
                    w.line("self.__dict__.update(values or {})")
                elif form == "loops":
                    with w.block("for key, value in (values or more).items():"):
                        if w.chance(30):
                            with w.block(f'if key != "{w.pick(KEYS)}":'):
                                w.line("setattr(self, key, value)")
                        else:
                            w.line("setattr(self, key, value)")
                else:
                    w.line(f'self.model = (values or more).get("model", {draft.literal()})')
            with w.block("@classmethod\ndef load(cls, values, **changes):"):
                w.line("made = cls()")
                with w.block("for key, value in values.items():"):
                    w.line("setattr(made, key, value)")
                with w.block("for key, value in changes.items():"):
                    w.line("setattr(made, key, value)")
                w.line("return made")
        calls = (
            f"{cls}({data})",
            f"{cls}(**{data})",
            f"{cls}.load({data})",
            f"{cls}.load({data}, model={draft.literal()})",
        )
        w.line(f"{name} = {w.pick(calls)}")
    draft.names += [f"{name}.model", f"{name}.encoder", f'getattr({name}, "model", {draft.literal()})']
    if w.chance(20):
        w.line(f"{name}.{w.pick(('model', 'encoder'))} = {draft.literal()}")


def _environment(draft: Draft) -> None:
    """A variable that some runs have."""
    w = draft.writer
    w.need("import os")
    variable = w.fresh("MODEL_NAME_")
    w.environment.append(variable)
    draft.names.append(f'os.environ.get("{variable}", {draft.literal()})')
    draft.names.append(f'(os.getenv("{variable}") or {draft.literal()})')


# --- the command line -------------------------------------------------------------------------------------------------


def _parser(draft: Draft) -> None:
    """A parser of argparse, its options, and how its result is had."""
    w = draft.writer
    w.need("import argparse")
    parser = w.fresh("parser")
    if w.chance(25):
        w.line("base = argparse.ArgumentParser(add_help=False)")
        _option(draft, "base", w.pick(OPTIONS))
        w.line(f"{parser} = argparse.ArgumentParser(parents=[base])")
    else:
        w.line(f"{parser} = argparse.ArgumentParser()")
    for dest in OPTIONS[: 2 + w.below(3)]:
        if all(o.dest != dest for o in draft.options):
            _option(draft, parser, dest)
    if w.chance(20):
        w.line(f"{parser}.set_defaults({w.pick(draft.options).dest}={draft.literal()})")
    usual = (f"{parser}.parse_args()", f"{parser}.parse_known_args()[0]")
    fixed = (f"{parser}.parse_args([])", f"{parser}.parse_args({_words(draft)!r})")
    args = w.fresh("args")
    if w.chance(15):
        with w.block("def parse():"):
            w.line(f"return {w.pick(usual)}")
        w.line(f"{args} = parse()")
    else:
        w.line(f"{args} = {w.pick(usual) if w.chance(80) else w.pick(fixed)}")
    _processed(draft, args)
    for option in draft.options:
        if option.values and not option.many:
            draft.names += [f"{args}.{option.dest}"] * 3
            draft.names += [f'vars({args})["{option.dest}"]', f'getattr({args}, "{option.dest}")']
        elif option.many:
            draft.names.append(f"{args}.{option.dest}[0]")
        else:
            draft.names.append(f"({draft.literal()} if {args}.{option.dest} else {draft.literal()})")


def _option(draft: Draft, parser: str, dest: str) -> None:
    w = draft.writer
    flag = f"--{dest.replace('_', w.pick(('_', '-')))}"
    passed = (draft.literal().strip('"'), draft.literal().strip('"'))
    default = draft.literal()
    match w.below(8):
        case 0:
            w.line(f'{parser}.add_argument("{flag}", action="store_true")')
            passed = ()
        case 1:
            w.line(f'{parser}.add_argument("{flag}", choices={list(passed)!r}, default="{passed[0]}")')
        case 2:
            w.line(f'{parser}.add_argument("-{dest[0]}", "{flag}", type=str, default={default})')
        case 3:
            w.line(f'{parser}.add_argument("{flag}", nargs="+", default=[{default}, {draft.literal()}])')
            draft.options.append(Option(dest, flag, passed, many=True))
            return
        case 4:
            w.line(f'{parser}.add_argument("{flag}", nargs="?", const={draft.literal()}, default={default})')
        case 5:
            w.line(f'{parser}.add_argument("{flag}-name", dest="{dest}", default={default})')
            flag = f"{flag}-name"
        case 6:
            w.line(f'group = {parser}.add_argument_group("models")')
            w.line(f'group.add_argument("{flag}", default={default})')
        case _:
            w.line(f'{parser}.add_argument("{flag}", default={default})')
    draft.options.append(Option(dest, flag, passed))


def _processed(draft: Draft, args: str) -> None:
    """What programs do with options before they use them."""
    w = draft.writer
    dest = w.pick(draft.options).dest
    steps: list[Callable[[], None]] = [
        lambda: None,
        lambda: None,
        lambda: _conditional_store(draft, args, dest),
        lambda: w.line(f"{args}.{dest} = {args}.{dest} or {draft.literal()}"),
        lambda: w.line(f'setattr({args}, "{dest}", {draft.literal()})'),
        lambda: _merged(draft, args),
    ]
    w.pick(steps)()


def _conditional_store(draft: Draft, args: str, dest: str) -> None:
    w = draft.writer
    with w.block(f"if not {args}.{dest}:"):
        w.line(f"{args}.{dest} = {draft.literal()}")


def _merged(draft: Draft, args: str) -> None:
    """A file's settings that replace the options of the same names."""
    w = draft.writer
    name = w.fresh("merged")
    _json(draft, name, {w.pick(draft.options).dest: draft.literal().strip('"')})
    with w.block(f"for key, value in {name}.items():"):
        w.line(w.pick((f"setattr({args}, key, value)", f"vars({args})[key] = value")))


def _words(draft: Draft) -> list[str]:
    """The words of one command line."""
    w = draft.writer
    words: list[str] = []
    for option in draft.options:
        if not w.chance(50):
            continue
        if not option.values:
            words.append(option.flag)
        elif option.many:
            words += [option.flag, *option.values]
        elif w.chance(30):
            words.append(f"{option.flag}={w.pick(option.values)}")
        else:
            words += [option.flag, w.pick(option.values)]
    return words


def _command_line(draft: Draft) -> tuple[str, ...]:
    return tuple(_words(draft))


# --- from settings to loads -------------------------------------------------------------------------------------------


def _text(draft: Draft) -> str:
    """An expression of a model's name."""
    w = draft.writer
    if not draft.names:
        return draft.literal()
    one = w.pick(draft.names)
    match w.below(8):
        case 0:
            return f'f"{{{one.replace(chr(34), chr(39))}}}-base"'
        case 1:
            return f"{one} or {draft.literal()}"
        case 2:
            return f"({one} if {w.pick(draft.names)} else {draft.literal()})"
        case _:
            return one


def _plain_load(draft: Draft) -> None:
    draft.writer.line(f"AutoModel.from_pretrained({_text(draft)})" + draft.writer.sink("plain"))


def _load_in_function(draft: Draft) -> None:
    """A function that gets the settings, or one of them."""
    w = draft.writer
    name = w.fresh("build")
    holder = _holder(draft)
    if holder is not None and w.chance(60):
        variable, rest = holder
        with w.block(f"def {name}(settings, prefix=None):"):
            w.line(f"AutoModel.from_pretrained(settings{rest})" + w.sink("function/settings"))
        w.line(f"{name}({variable})")
        return
    with w.block(f"def {name}(name={draft.literal()}, *, fallback={draft.literal()}):"):
        w.line(f"AutoModel.from_pretrained({w.pick(('name', 'name or fallback', 'fallback'))})" + w.sink("function"))
    for _ in range(1 + w.below(2)):
        w.line(f"{name}({w.pick((_text(draft), f'name={_text(draft)}', f'fallback={_text(draft)}', ''))})")


def _holder(draft: Draft) -> tuple[str, str] | None:
    """A variable that holds settings, and how one of them is had from it."""
    plain = [
        n for n in draft.names if n.split("[")[0].split(".")[0].isidentifier() and n[0] not in "(o" and "(" not in n
    ]
    if not plain:
        return None
    one = draft.writer.pick(plain)
    at = min(one.index(c) for c in ".[" if c in one)
    return one[:at], one[at:]


def _load_in_class(draft: Draft) -> None:
    """An object that keeps a setting and loads later."""
    w = draft.writer
    cls, made = w.fresh("Service"), w.fresh("service")
    later = w.chance(50)
    with w.block(f"class {cls}:"):
        with w.block(f"def __init__(self, name={draft.literal()}):"):
            w.line("self.name = name")
        with w.block("def setup(self, encoder):"):
            w.line("self.encoder = encoder")
        with w.block("def start(self):"):
            attr = "encoder" if later else "name"
            w.line(f"AutoModel.from_pretrained(self.{attr})" + w.sink(f"class/{attr}"))
    w.line(f"{made} = {cls}({w.pick((_text(draft), ''))})")
    if later or w.chance(30):
        w.line(f"{made}.setup({_text(draft)})")
    if w.chance(20):
        w.line(f"{made}.{w.pick(('name', 'encoder'))} = {_text(draft)}")
    w.line(f"{made}.start()")


def _changed_then_loaded(draft: Draft) -> None:
    """Settings that a function changes before they are used."""
    w = draft.writer
    holder = _holder(draft)
    if holder is None or holder[1].endswith("[0]"):
        _plain_load(draft)
        return
    variable, rest = holder
    name = w.fresh("adjust")
    with w.block(f"def {name}(settings):"):
        w.line(f"settings{rest} = {draft.literal()}")
    before = w.chance(50)
    if before:
        w.line(f"{name}({variable})")
    w.line(f"AutoModel.from_pretrained({variable}{rest})" + w.sink("changed"))
    if not before:
        w.line(f"{name}({variable})")
