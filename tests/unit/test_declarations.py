"""The evidence of a setting: the line that declares the option or field, and the line that gives its value."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest
from loading import PRELUDE, loads, names, only

from ptmscan.records import Via

if TYPE_CHECKING:
    from conftest import ScanFiles

OPTION = """
import argparse
from dataclasses import dataclass
p = argparse.ArgumentParser()
p.add_argument("--model", default="org/default")
args = p.parse_args()
"""
DECLARED = 'p.add_argument("--model"'


class Case(NamedTuple):
    """A program, its other files, and for each model the pieces of lines that its evidence must show."""

    code: str
    files: dict[str, str]
    shows: dict[str, tuple[str, ...]]


def launched(code: str, *declared: str, words: str = "--model org/given") -> Case:
    """A program whose launch script gives an option."""
    line = f"python main.py {words}"
    return Case(code, {"run.sh": f"{line}\n"}, {"org/given": (*declared, line)})


CASES = {
    "parameter": launched(OPTION + "def build(name):\n    load(name)\nbuild(args.model)\n", DECLARED, "build(args.m"),
    "vars": launched(OPTION + "def build(model, **rest):\n    load(model)\nbuild(**vars(args))\n", DECLARED),
    "self": launched(
        OPTION + "class T:\n    def __init__(self, args): self.args = args\n    def go(self): load(self.args.model)\n"
        "T(args).go()\n",
        DECLARED,
        "self.args = args",
    ),
    "dataclass": launched(
        OPTION + "@dataclass\nclass C:\n    model: str = 'org/field'\nload(C(model=args.model).model)\n",
        DECLARED,
        "model: str = 'org/field'",
    ),
    "spread dataclass": launched(
        OPTION + "@dataclass\nclass C:\n    model: str = 'org/field'\nc = C(**vars(args))\nload(c.model)\n",
        DECLARED,
        "model: str = 'org/field'",
    ),
    "set_defaults": Case(
        OPTION.replace("args =", 'p.set_defaults(model="org/set")\nargs =') + "load(args.model)",
        {},
        {"org/set": (DECLARED, "p.set_defaults(")},
    ),
    "own list": Case(
        OPTION.replace("parse_args()", 'parse_args(["--model", "org/own"])') + "load(args.model)",
        {},
        {"org/own": (DECLARED, '["--model", "org/own"]')},
    ),
    "HfArgumentParser": launched(
        """
        from dataclasses import dataclass, field
        from transformers import HfArgumentParser
        @dataclass
        class A:
            model: str = field(metadata={"help": "which"})
        a, = HfArgumentParser((A,)).parse_args_into_dataclasses()
        load(a.model)
        """,
        "model: str = field(",
    ),
    "click": launched(
        """
        import click
        @click.command()
        @click.option("--model")
        def main(model):
            go(model)
        def go(name):
            load(name)
        main()
        """,
        '@click.option("--model")',
    ),
    "typer": launched(
        """
        import typer
        def main(
            model: str = typer.Option("org/default"),
        ):
            load(model)
        typer.run(main)
        """,
        "model: str = typer.Option(",
    ),
    "typer argument": launched(
        """
        import typer
        def main(
            kind: str,
            model: str,
            fast: bool = False,
        ):
            load(model)
        typer.run(main)
        """,
        "model: str,",
        words="--fast big org/given",
    ),
    "fire": launched("import fire\ndef main(model=None):\n    load(model)\nfire.Fire(main)\n", "def main(model=None)"),
    "absl": launched(
        """
        from absl import flags
        FLAGS = flags.FLAGS
        flags.DEFINE_string("model", None, "which")
        load(FLAGS.model)
        """,
        'flags.DEFINE_string("model"',
    ),
    "absl holder": launched(
        "from absl import flags\nM = flags.DEFINE_string('model', None, 'which')\nload(M.value)\n", "M = flags.DEFINE"
    ),
    "pydantic settings": Case(
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    model: str = 'org/f'\n"
        "load(S().model)\n",
        {".env": "MODEL=org/env\n"},
        {"org/env": ("model: str = 'org/f'", "MODEL=org/env"), "org/f": ("model: str = 'org/f'",)},
    ),
    "configparser": Case(
        "import configparser\nc = configparser.ConfigParser()\nc.read('c.ini')\nname = c.get('m', 'name')\n"
        "load(name)\n",
        {"c.ini": "[m]\nname = org/ini\n"},
        {"org/ini": ("name = org/ini", "name = c.get(")},
    ),
    "yaml of an option": Case(
        OPTION.replace("org/default", "c.yaml")
        + "import yaml\nc = yaml.safe_load(open(args.model))\nload(c['name'])\n",
        {"c.yaml": "name: org/c\n", "d.yaml": "name: org/d\n", "run.sh": "python main.py --model d.yaml\n"},
        {"org/c": (DECLARED, "name: org/c"), "org/d": (DECLARED, "name: org/d", "python main.py --model d.yaml")},
    ),
    "hydra": Case(
        """
        import hydra
        @hydra.main(config_path="conf", config_name="config")
        def main(cfg):
            load(cfg.model.name)
        main()
        """,
        {
            "conf/config.yaml": "model:\n  name: org/small\n",
            "run.sh": "python main.py model.name=org/given\n",
        },
        {
            "org/small": ("@hydra.main(", "name: org/small"),
            "org/given": ("@hydra.main(", "python main.py model.name=org/given"),
        },
    ),
    "omegaconf": Case(
        "from omegaconf import OmegaConf\nc = OmegaConf.merge(OmegaConf.load('c.yaml'), OmegaConf.from_cli())\n"
        "load(c.name)\n",
        {"c.yaml": "name: org/c\n", "run.sh": "python main.py name=org/given\n"},
        {"org/c": ("name: org/c",), "org/given": ("python main.py name=org/given",)},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_evidence_shows_the_declaration_and_the_value(scan_files: ScanFiles, case: Case) -> None:
    models = {model.name: model for model in only(loads(scan_files, case.code, case.files)).models}
    for name, pieces in case.shows.items():
        lines = [step.text for step in models[name].evidence]
        assert all(any(piece in line for line in lines) for piece in pieces), lines


def test_a_declaration_is_no_default(scan_files: ScanFiles) -> None:
    usage = only(loads(scan_files, CASES["own list"].code))
    assert [(m.name, m.via) for m in usage.models] == [("org/own", Via.ATTRIBUTE)]
    assert usage.exhaustive


def test_words_without_a_name_go_to_the_command_they_follow(scan_files: ScanFiles) -> None:
    code = """
    import typer
    from typing import Annotated
    app = typer.Typer()
    @app.command()
    def train(kind: Annotated[str, typer.Option()], name: str, size: str = typer.Argument("org/arg")):
        load(name)
        load(size)
    @app.command()
    def test(name: str):
        load(name)
    app()
    """
    whole = {"main.py": PRELUDE + textwrap.dedent(code), "run.sh": "python main.py train --kind x org/a org/b\n"}
    assert names(list(scan_files(whole).usages)) == [["org/a"], ["org/arg", "org/b"], []]
