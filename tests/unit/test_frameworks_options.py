"""Options of command lines: their defaults and choices are known, and the user may always pass something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

from ptmscan.records import Via

if TYPE_CHECKING:
    from conftest import ScanFiles

PARSER = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model", "-m", default="bert")
"""


@pytest.mark.parametrize(
    "code",
    [
        "args = p.parse_args()\nload(args.model)",
        "args, rest = p.parse_known_args()\nload(args.model)",
        "load(vars(p.parse_args())['model'])",
        "load(getattr(p.parse_args(), 'model'))",
        "load(p.parse_args().__dict__['model'])",
        "d = vars(p.parse_args())\nload(d.get('model', 'x') if 'model' in d else d['model'])",
        """
        class T:
            def __init__(self, args): self.args = args
            def go(self): load(self.args.model)
        T(p.parse_args()).go()
        """,
        "def go(args): load(args.model)\ndef main(): go(p.parse_args())\nmain()",
        "def go(model, **rest): load(model)\ngo(**vars(p.parse_args()))",
    ],
)
def test_a_namespace_is_followed_wherever_it_goes(scan_files: ScanFiles, code: str) -> None:
    usage = loads(scan_files, PARSER + code)[0]
    assert "bert" in names([usage])[0]
    assert not usage.exhaustive
    assert usage.models[-1].via in (Via.OPTION, Via.CALL_SITE)


def test_choices_count_and_switches_do_not(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=["a", "b"])
    p.add_argument("--models", nargs="+", default=["c"], choices=["c", "d"])
    p.add_argument("--big", action="store_true")
    args = p.parse_args()
    load(args.model)
    for m in args.models:
        load(m)
    load("large" if args.big else "base")
    """
    assert names(loads(scan_files, code)) == [["a", "b"], ["c", "d"], ["base", "large"]]


def test_options_of_helpers_parents_subclasses_and_subparsers(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    from options import add_options
    class Parser(argparse.ArgumentParser):
        def __init__(self, **k):
            super().__init__(**k)
            self.add_argument("--own", default="own")
    def base():
        p = argparse.ArgumentParser(add_help=False)
        p.add_argument("--shared", default="parent")
        return p
    p = Parser(parents=[base()])
    add_options(p)
    sub = p.add_subparsers().add_parser("train")
    sub.add_argument("--inner", default="sub")
    p.set_defaults(late="set")
    args = p.parse_args()
    load(args.own)
    load(args.shared)
    load(args.helped)
    load(args.inner)
    load(args.late)
    """
    helper = """
    def add_options(parser):
        g = parser.add_argument_group('g')
        g.add_argument('--helped', default='helper')
    """
    found = loads(scan_files, code, {"options.py": helper})
    assert names(found) == [["own"], ["parent"], ["helper"], ["sub"], ["set"]]


def test_the_function_of_a_subcommand_gets_the_namespace(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    def train(args):
        load(args.model)
    p = argparse.ArgumentParser()
    t = p.add_subparsers().add_parser("train")
    t.add_argument("--model", default="bert")
    t.set_defaults(func=train)
    args = p.parse_args()
    args.func(args)
    """
    assert names(loads(scan_files, code)) == [["bert"]]


def test_a_list_of_the_program_s_own_is_closed(scan_files: ScanFiles) -> None:
    code = PARSER + (
        "p.add_argument('--other', default='o')\n"
        "args = p.parse_args(['--model', 'given'])\nload(args.model)\nload(args.other)\n"
        "import sys\nload(p.parse_args(sys.argv[1:]).model)\n"
    )
    found = loads(scan_files, code)
    assert names(found) == [["given"], ["o"], ["bert"]]
    assert [usage.exhaustive for usage in found] == [True, True, False]


def test_what_is_stored_on_a_namespace_later(scan_files: ScanFiles) -> None:
    code = (
        PARSER
        + """
import yaml
args = p.parse_args()
args.extra = "stored"
vars(args).update(yaml.safe_load(open("a.yaml")))
for k, v in yaml.safe_load(open("b.yaml")).items():
    setattr(args, k, v)
load(args.extra)
load(args.model)
"""
    )
    files = {"a.yaml": "model: from-a\n", "b.yaml": "model: from-b\nother: x\n"}
    assert names(loads(scan_files, code, files)) == [["stored"], ["bert", "from-a", "from-b"]]


def test_a_dictionary_of_options_that_has_a_name_of_its_own(scan_files: ScanFiles) -> None:
    code = """
    import argparse, json, os
    p = argparse.ArgumentParser()
    p.add_argument("--model")
    p.add_argument("--file")
    args = p.parse_args()
    if args.file is not None:
        options = vars(args)
        options.update(json.load(open(args.file)))
    load(args.model)
    """
    files = {"a.json": '{"model": "org/from-a"}', "run.sh": "python main.py --file a.json\n"}
    assert names(loads(scan_files, code, files)) == [["org/from-a"]]


def test_type_is_applied_where_it_is_known(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    p = argparse.ArgumentParser()
    p.add_argument("--a", type=lambda s: "org/" + s, default="bert")
    p.add_argument("--b", type=str.lower, default="kept")
    args = p.parse_args()
    load(args.a)
    load(args.b)
    """
    assert names(loads(scan_files, code)) == [["org/bert"], ["kept"]]


def test_configargparse_reads_its_default_file(scan_files: ScanFiles) -> None:
    code = """
    import configargparse
    p = configargparse.ArgParser()
    p.add("-c", "--config", is_config_file=True, default="c.yaml")
    p.add("--model-name", default="bert")
    load(p.parse_args().model_name)
    """
    usage = only(loads(scan_files, code, {"c.yaml": "model-name: roberta\n"}))
    assert names([usage]) == [["bert", "roberta"]]
    assert [m.origin for m in usage.models] == ["code", "config"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            """
        from optparse import OptionParser
        p = OptionParser()
        p.add_option('--m', dest='x', default='bert')
        (o, a) = p.parse_args()
        load(o.x)
        """,
            ["bert"],
        ),
        (
            """
        import click
        @click.command()
        @click.option('--model-name', '-m', default='bert')
        def main(model_name):
            load(model_name)
        main()
        """,
            ["bert"],
        ),
        (
            """
        import click
        @click.command()
        @click.option('-m', 'model', type=click.Choice(['a', 'b']))
        def main(model):
            load(model)
        main()
        """,
            ["a", "b"],
        ),
        (
            """
        import click
        @click.command()
        @click.argument('model', default='bert')
        def main(**kw):
            load(kw['model'])
        main()
        """,
            ["bert"],
        ),
        (
            """
        import click
        shared = click.option('--model', default='bert')
        @click.group()
        def cli(): ...
        @cli.command()
        @shared
        @click.pass_context
        def go(ctx, model):
            load(model)
        cli()
        """,
            ["bert"],
        ),
        (
            """
        import typer
        app = typer.Typer()
        @app.command()
        def main(model: str = typer.Option('bert', '--m')):
            load(model)
        app()
        """,
            ["bert"],
        ),
        ("import typer\ndef main(model: str = 'bert'):\n    load(model)\ntyper.run(main)", ["bert"]),
        (
            """
        import typer, enum
        class M(str, enum.Enum):
            a = 'x'
            b = 'y'
        app = typer.Typer()
        @app.command()
        def main(m: M = M.a):
            load(m.value)
        app()
        """,
            ["x", "y"],
        ),
        ("import fire\ndef main(model='bert'):\n    load(model)\nfire.Fire(main)", ["bert"]),
        (
            """
        import fire
        class T:
            def __init__(self, model='bert'):
                self.model = model
            def go(self):
                load(self.model)
        fire.Fire(T)
        """,
            ["bert"],
        ),
        (
            """
        from absl import app, flags
        FLAGS = flags.FLAGS
        flags.DEFINE_string('model', 'bert', 'h')
        def main(_):
            load(FLAGS.model)
        app.run(main)
        """,
            ["bert"],
        ),
        ("from absl import flags\n_M = flags.DEFINE_enum('m', 'a', ['a', 'b'], 'h')\nload(_M.value)", ["a", "b"]),
        (
            """
        import tensorflow as tf
        tf.app.flags.DEFINE_string('model', 'bert', 'h')
        load(tf.app.flags.FLAGS.model)
        """,
            ["bert"],
        ),
        (
            """
        from dataclasses import dataclass, field
        from transformers import HfArgumentParser
        @dataclass
        class A:
            model: str = field(default='bert')
        a, = HfArgumentParser(A).parse_args_into_dataclasses()
        load(a.model)
        """,
            ["bert"],
        ),
        ("from tap import Tap\nclass A(Tap):\n    model: str = 'bert'\nload(A().parse_args().model)", ["bert"]),
        (
            """
        import pyrallis
        from dataclasses import dataclass
        @dataclass
        class A:
            model: str = 'bert'
        @pyrallis.wrap()
        def main(a: A):
            load(a.model)
        main()
        """,
            ["bert"],
        ),
    ],
)
def test_other_libraries(scan_files: ScanFiles, code: str, expected: list[str]) -> None:
    usage = only(loads(scan_files, code))
    assert names([usage]) == [expected]
    assert not usage.exhaustive


def test_a_configuration_module_of_ml_collections(scan_files: ScanFiles) -> None:
    code = """
    from absl import app, flags
    from ml_collections import config_flags
    config_flags.DEFINE_config_file("config", "configs/base.py")
    def main(_):
        load(flags.FLAGS.config.model.name)
    app.run(main)
    """
    config = """
    import ml_collections
    def get_config():
        c = ml_collections.ConfigDict()
        c.model = ml_collections.ConfigDict()
        c.model.name = 'bert'
        return c
    """
    assert names(loads(scan_files, code, {"configs/base.py": config})) == [["bert"]]


def test_a_library_s_own_dataclass_takes_what_a_launch_s_file_says(scan_files: ScanFiles) -> None:
    code = """
    from trl import ModelConfig, TrlParser
    (args,) = TrlParser((ModelConfig,)).parse_args_and_config()
    load(args.model_name_or_path)
    """
    files = {
        "recipes/a.yaml": "# c\nmodel_name_or_path: org/bert\n",
        "README.md": "```\naccelerate launch --num 2 main.py --config recipes/a.yaml\n```\n",
    }
    usage = only(loads(scan_files, code, files))
    assert names([usage]) == [["org/bert"]]
    assert not usage.exhaustive


@pytest.mark.parametrize(
    "code",
    [
        "for m in [args.model, name]: load(m)",
        "for m in [name, args.model]: load(m)",
        "def go(m): load(m)\ngo(args.model)\ngo(name)",
        "load(args.model + name)",
    ],
)
def test_an_option_is_the_reason_only_where_all_else_is_known(scan_files: ScanFiles, code: str) -> None:
    """Found by the oracle: of an option and of a text that nobody knows, the record told the option only."""
    usage = loads(scan_files, f"{PARSER}args = p.parse_args()\nname = input()\n{code}")[0]
    assert usage.open_reason is not None
    assert not usage.open_reason.startswith("command-line option")
