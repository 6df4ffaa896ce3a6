"""What launches of the repository pass reaches the option that takes it, with the launch's own file and line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only, places

from ptmscan.records import Origin, Via

if TYPE_CHECKING:
    from conftest import ScanFiles

ARGPARSE = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model", "-m", default="bert")
p.add_argument("--list", nargs="+", default=[])
p.add_argument("data", nargs="?")
args = p.parse_args()
load(args.model)
"""


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("run.sh", "python main.py --model passed", 1),
        ("scripts/run.sh", "# c\npython ../main.py \\\n  -m passed", 3),
        ("scripts/run.sh", "cd ..\npython main.py --model=passed", 2),
        ("scripts/run.sh", "cd /home/me/elsewhere\nM=passed\npython main.py --model $M", 3),
        ("scripts/run.sh", "for m in passed; do\n  accelerate launch main.py --mod $m\ndone", 2),
        ("Makefile", "M = passed\nx:\n\tpython main.py --model $(M)\n", 3),
        ("Dockerfile", 'FROM x\nCMD ["python", "/app/main.py", "--model", "passed"]\n', 2),
        (".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - run: python main.py --model passed\n", 4),
        ("compose.yml", "services:\n  a:\n    command: python main.py --model passed\n", 3),
        ("README.md", "text\n```\npython main.py --model passed\n```\n", 3),
        ("README.md", "```python main.py --model passed```\n\n```python\nx = 1\n```\n", 1),
        ("README.md", "Use `python -m main --model passed`.\n", 1),
    ],
)
def test_a_launch_reaches_argparse(scan_files: ScanFiles, path: str, text: str, line: int) -> None:
    usage = only(loads(scan_files, ARGPARSE, {path: text}))
    assert names([usage]) == [["bert", "passed"]]
    default, passed = usage.models
    assert (default.origin, passed.origin, passed.via) == (Origin.CODE, Origin.CONFIG, Via.COMMAND_LINE)
    assert (path, line) in places(usage)
    assert not usage.exhaustive


def test_a_notebook_launches_by_its_magics(scan_files: ScanFiles) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "x = 1"}, {**cell, "source": "# c\n!python main.py --model passed"}]
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    usage = only(loads(scan_files, ARGPARSE, {"run.ipynb": notebook}))
    assert names([usage]) == [["bert", "passed"]]
    step = next(e for m in usage.models for e in m.evidence if e.path == "run.ipynb")
    assert (step.cell, step.line, step.step) == (1, 2, "command line")


@pytest.mark.parametrize(
    "text",
    [
        "python other.py --model passed",
        "python main.py --model <model>",
        "python main.py --model $1",
        "python main.py --other passed",
        "echo python main.py --model passed",
        "vim main.py --model passed",
        "# python main.py --model passed",
        "python main.py --list x passed",
    ],
)
def test_what_is_no_launch_of_the_script_or_passes_nothing_known(scan_files: ScanFiles, text: str) -> None:
    found = loads(scan_files, ARGPARSE, {"README.md": f"```\n{text}\n```\n", "other.py": ""})
    assert names(found) == [["bert"]]


def test_lists_and_positional_arguments(scan_files: ScanFiles) -> None:
    code = ARGPARSE + "for m in args.list:\n    load(m)\nload(args.data)\n"
    found = loads(scan_files, code, {"run.sh": "python main.py --list a b --model c d\n"})
    assert names(found) == [["bert", "c"], ["a", "b"], ["d"]]


def test_a_launch_concerns_the_modules_that_its_script_imports(scan_files: ScanFiles) -> None:
    files = {
        "options.py": """
        import argparse
        def parse():
            p = argparse.ArgumentParser()
            p.add_argument('--model')
            return p.parse_args()
        """,
        "one.py": """
        from options import parse
        from transformers import AutoModel
        AutoModel.from_pretrained(parse().model)
        """,
        "two.py": """
        from options import parse
        from transformers import AutoModel
        AutoModel.from_pretrained(parse().model)
        """,
        "run.sh": "python one.py --model first\npython two.py --model second\n",
    }
    found = {usage.path: [m.name for m in usage.models] for usage in scan_files(files).usages}
    assert found == {"one.py": ["first"], "two.py": ["second"]}


def test_a_command_of_the_project_is_a_launch(scan_files: ScanFiles) -> None:
    files = {
        "pkg/__init__.py": "",
        "pyproject.toml": "[project.scripts]\nmytool = 'pkg.cli:main'\n",
        "README.md": "python 3.11 is needed\n```bash\nmytool --model passed\n```\n",
    }
    assert names(loads(scan_files, ARGPARSE, files, "pkg/cli.py")) == [["bert", "passed"]]


@pytest.mark.parametrize(
    ("code", "command", "expected"),
    [
        (
            """
            import click
            @click.command()
            @click.option("--model", default="bert")
            def main(model):
                load(model)
            main()
            """,
            "--model passed",
            ["bert", "passed"],
        ),
        (
            """
            import click
            @click.group()
            def cli(): ...
            @cli.command()
            @click.option("--model")
            def train(model):
                load(model)
            @cli.command()
            @click.option("--model")
            def test(model): ...
            cli()
            """,
            "train --model passed\npython main.py test --model never",
            ["passed"],
        ),
        (
            """
        import fire
        def main(model='bert'):
            load(model)
        fire.Fire(main)
        """,
            "--model=passed",
            ["bert", "passed"],
        ),
        (
            """
            from absl import app, flags
            FLAGS = flags.FLAGS
            flags.DEFINE_string("model", None, "h")
            def main(_):
                load(FLAGS.model)
            app.run(main)
            """,
            "--model=passed",
            ["passed"],
        ),
        (
            """
            from dataclasses import dataclass
            from transformers import HfArgumentParser
            @dataclass
            class A:
                model_name: str = "bert"
            (a,) = HfArgumentParser((A,)).parse_args_into_dataclasses()
            load(a.model_name)
            """,
            "--model_name passed",
            ["bert", "passed"],
        ),
        ("import sys\nload(sys.argv[2])", "x passed", ["passed"]),
        (
            """
            from omegaconf import OmegaConf
            c = OmegaConf.merge(OmegaConf.create({"m": "bert"}), OmegaConf.from_cli())
            load(c.m)
            """,
            "m=passed",
            ["bert", "passed"],
        ),
        (
            """
        import argparse, sys
        p = argparse.ArgumentParser()
        p.add_argument('--m')
        load(p.parse_args(sys.argv[1:]).m)
        """,
            "--m a",
            ["a"],
        ),
    ],
)
def test_other_libraries(scan_files: ScanFiles, code: str, command: str, expected: list[str]) -> None:
    usage = only(loads(scan_files, code, {"run.sh": f"python main.py {command}\n"}))
    assert names([usage]) == [expected]
    assert not usage.exhaustive


def test_hydra_overrides_and_group_choices(scan_files: ScanFiles) -> None:
    code = """
    import hydra
    @hydra.main(config_path="conf", config_name="config")
    def main(cfg):
        load(cfg.model.name)
    main()
    """
    files = {
        "conf/config.yaml": "defaults:\n  - model: bert\n",
        "conf/model/bert.yaml": "name: bert\n",
        "conf/model/gpt.yaml": "name: gpt\n",
        "conf/other.yaml": "model:\n  name: other\n",
        "run.sh": "python main.py model=gpt\npython main.py -m model.name=a,b\npython main.py --config-name other\n",
    }
    usage = only(loads(scan_files, code, files))
    assert names([usage]) == [["a", "b", "bert", "gpt", "other"]]
    assert {m.via for m in usage.models} == {Via.CONFIG_FILE, Via.COMMAND_LINE}


def test_the_file_that_a_launch_names_sets_the_options(scan_files: ScanFiles) -> None:
    code = """
    import configargparse
    p = configargparse.ArgumentParser()
    p.add_argument("--config", is_config_file=True)
    p.add_argument("--model_name", default="bert")
    load(p.parse_args().model_name)
    """
    files = {"conf/c.yaml": "x: 1\nmodel_name: passed\n", "run.sh": "python main.py --config conf/c.yaml\n"}
    usage = only(loads(scan_files, code, files))
    assert names([usage]) == [["bert", "passed"]]
    assert {("run.sh", 1), ("conf/c.yaml", 2)} <= set(places(usage))


def test_variables_of_launches_are_the_environment(scan_files: ScanFiles) -> None:
    code = "import os\nload(os.environ['MODEL'])"
    files = {
        "run.sh": "export MODEL=exported\npython main.py\n",
        "Dockerfile": "ENV MODEL=image\n",
        "compose.yml": "services:\n  a:\n    environment:\n      MODEL: composed\n",
    }
    usage = only(loads(scan_files, code, files))
    assert names([usage]) == [["composed", "exported", "image"]]
    assert not usage.exhaustive


def test_a_secret_in_a_launch_is_not_shown(scan_files: ScanFiles) -> None:
    token = "hf_" + "AbCdEfGhIj" * 3 + "Klmn"
    text = f"python main.py --token {token} --model passed\n"
    usage = only(loads(scan_files, ARGPARSE, {"run.sh": text}))
    assert names([usage]) == [["bert", "passed"]]
    assert token not in str(usage)


def test_the_words_of_one_launch_stay_together(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    def main(args):
        if args.fast:
            load(args.model)
        else:
            load(args.model + "-slow")
    p = argparse.ArgumentParser()
    p.add_argument("--model")
    p.add_argument("--fast", action="store_true")
    main(p.parse_args())
    """
    script = "python main.py --model one --fast\npython main.py --model two\n"
    found = loads(scan_files, code, {"run.sh": script})
    assert names(found) == [["one"], ["two-slow"]]
    assert not any(usage.exhaustive for usage in found)


def test_an_option_that_a_launch_leaves_out_has_its_default(scan_files: ScanFiles) -> None:
    code = ARGPARSE + "load(args.model if args.data else 'none')\nload(args.data or 'fallback')\n"
    found = loads(scan_files, code, {"run.sh": "python main.py some\npython main.py --model passed\n"})
    assert names(found) == [["bert", "passed"], ["bert", "none"], ["fallback", "some"]]


COMMAND = """
import argparse
import yaml
def main():
    p = argparse.ArgumentParser()
    p.add_argument("--config")
    with open(p.parse_args().config) as stream:
        load(yaml.safe_load(stream)["name"])
"""


def test_a_script_that_names_a_command_of_the_repository_only_is_read(scan_files: ScanFiles) -> None:
    setup = "setup(entry_points={'console_scripts': ['tool=main:main']})"
    files = {"setup.py": setup, "run.sh": "tool --config c.yaml\n", "c.yaml": "name: passed\n"}
    assert names(loads(scan_files, COMMAND, files)) == [["passed"]]


def test_a_command_is_found_from_the_project_that_defines_it(scan_files: ScanFiles) -> None:
    files = {
        "service/pyproject.toml": "[project.scripts]\ntool = 'pkg.main:main'\n",
        "service/pkg/__init__.py": "",
        "run.sh": "tool --config c.yaml\n",
        "service/c.yaml": "name: passed\n",
    }
    assert names(loads(scan_files, COMMAND, files, "service/pkg/main.py")) == [["passed"]]


def test_a_path_that_a_launch_passes_is_looked_for_from_the_folder_of_the_launch(scan_files: ScanFiles) -> None:
    files = {
        "src/__init__.py": "",
        "one/run.sh": "python -m src.main --config c.yaml\n",
        "one/c.yaml": "name: one\n",
        "two/run.sh": "python -m src.main --config=./sub/../c.yaml\n",
        "two/c.yaml": "name: two\n",
        "run.sh": "cd three\npython -m src.main --config c3.yaml\n",
        "three/c3.yaml": "name: three\n",
        "four/c.yaml": "name: never\n",
    }
    code = COMMAND + "main()\n"
    usage = only(loads(scan_files, code, files, "src/main.py"))
    assert names([usage]) == [["one", "three", "two"]]
    assert not usage.exhaustive


def test_a_short_form_of_an_option_belongs_to_the_launched_script(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    class Net:
        def __init__(self, model):
            load(model)
    if __name__ == "__main__":
        p = argparse.ArgumentParser()
        p.add_argument("--model", default="bert")
        Net(p.parse_args().model)
    """
    own = "p = argparse.ArgumentParser()\np.add_argument('--mode')\np.parse_args()\n"
    other = f"import argparse\nfrom main import Net\n{own}"
    launched = {"other.py": other, "run.sh": "python other.py --mode all\n"}
    assert names(loads(scan_files, code, launched)) == [["bert"]]
    # What both may have is taken from the launch of either.
    shared = {"other.py": other, "run.sh": "python other.py --model passed\npython main.py --mod short\n"}
    assert names(loads(scan_files, code, shared)) == [["bert", "passed", "short"]]
