"""Settings in files of the repository: found from where the program would find them, with their file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only, places

from ptmscan.records import Origin, Via

if TYPE_CHECKING:
    from conftest import ScanFiles

YAML = "model:\n  name: bert-yaml\n"


@pytest.mark.parametrize(
    "code",
    [
        "import yaml\nload(yaml.safe_load(open('conf/c.yaml'))['model']['name'])",
        """
        import yaml
        with open('conf/c.yaml') as f:
            c = yaml.load(f, Loader=yaml.FullLoader)
        load(c['model']['name'])
        """,
        """
        import yaml
        from pathlib import Path
        load(yaml.safe_load(Path('conf/c.yaml').read_text())['model']['name'])
        """,
        """
        import yaml
        from pathlib import Path
        with Path('conf', 'c.yaml').open() as f:
            load(yaml.safe_load(f)['model']['name'])
        """,
        """
        import yaml, os
        p = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'conf/c.yaml')
        load(yaml.safe_load(open(p).read())['model']['name'])
        """,
        """
        import yaml
        from pathlib import Path
        p = Path(__file__).resolve().parent / 'conf' / 'c.yaml'
        load(yaml.safe_load(p.open())['model']['name'])
        """,
        "import ruamel_yaml as yaml\nload(yaml.load(open('conf/c.yaml'), Loader=yaml.Loader)['model']['name'])",
        """
        import os, yaml
        p = os.path.splitext('conf/c.txt')[0] + '.yaml'
        load(yaml.safe_load(open(p))['model']['name'])
        """,
        "from ruamel.yaml import YAML\nload(YAML().load(open('conf/c.yaml'))['model']['name'])",
    ],
)
def test_a_yaml_file_is_read_in_the_ways_programs_do(scan_files: ScanFiles, code: str) -> None:
    usage = only(loads(scan_files, code, {"conf/c.yaml": YAML}))
    assert names([usage]) == [["bert-yaml"]]
    assert usage.models[0].origin is Origin.CONFIG
    assert usage.models[0].via is Via.CONFIG_FILE
    assert ("conf/c.yaml", 2) in places(usage)
    assert usage.exhaustive


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("import json\nload(json.load(open('c.json'))['name'])", "c.json", '{"name": "bert"}'),
        ("import json\nload(json.loads(open('c.json').read())['name'])", "c.json", '{"name": "bert"}'),
        ("import tomllib\nload(tomllib.load(open('c.toml', 'rb'))['m']['name'])", "c.toml", '[m]\nname = "bert"\n'),
        ("import toml\nload(toml.load('c.toml')['m']['name'])", "c.toml", '[m]\nname = "bert"\n'),
        ("load(open('model.txt').read().strip())", "model.txt", "bert\n"),
        ("from dotenv import dotenv_values\nload(dotenv_values('.env')['NAME'])", ".env", "NAME=bert\n"),
    ],
)
def test_other_formats(scan_files: ScanFiles, code: str, path: str, text: str) -> None:
    assert names(loads(scan_files, code, {path: text})) == [["bert"]]


def test_a_path_from_a_subfolder_is_found_from_the_top_too(scan_files: ScanFiles) -> None:
    code = "import json\nload(json.load(open('conf/c.json'))['name'])"
    assert names(loads(scan_files, code, {"conf/c.json": '{"name": "top"}'}, "src/main.py")) == [["top"]]
    both = {"conf/c.json": '{"name": "top"}', "src/conf/c.json": '{"name": "inner"}'}
    assert names(loads(scan_files, code, both, "src/main.py")) == [["inner", "top"]]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "`c.yaml`, which is no file of the repository"),
        ({"c.yaml": "a: ["}, "malformed YAML"),
        ({"c.yaml": "model: {name: bert, n: " + "[" * 80 + "]" * 80 + "}"}, "nested more than"),
        ({"c.yaml": "model: !secret {name: bert}"}, "!secret"),
        ({"c.yaml": "model:\n  other: x\n"}, None),
    ],
)
def test_what_cannot_be_read_is_a_reason_and_no_crash(
    scan_files: ScanFiles, files: dict[str, str], reason: str | None
) -> None:
    code = "import yaml\nload(yaml.safe_load(open('c.yaml'))['model']['name'])"
    for usage in loads(scan_files, code, files):
        assert not usage.models
        assert reason is None or reason in str(usage.open_reason)


def test_a_file_outside_of_the_repository_is_not_read(scan_files: ScanFiles) -> None:
    usages = loads(
        scan_files,
        "import json\nload(json.load(open('../../etc/c.json'))['n'])\nload(json.load(open('/etc/c.json'))['n'])",
    )
    assert names(usages) == [[], []]
    assert not any(usage.exhaustive for usage in usages)


def test_a_path_that_the_user_gives_leaves_the_answer_open(scan_files: ScanFiles) -> None:
    code = """
    import argparse, yaml
    p = argparse.ArgumentParser()
    p.add_argument("--config", default="c.yaml")
    args = p.parse_args()
    load(yaml.safe_load(open(args.config))["name"])
    """
    usage = only(loads(scan_files, code, {"c.yaml": "name: bert\n"}))
    assert names([usage]) == [["bert"]]
    assert not usage.exhaustive


def test_a_dictionary_from_a_file_that_changes_later_is_not_closed(scan_files: ScanFiles) -> None:
    code = "import json\nc = json.load(open('c.json'))\nc.update(other())\nload(c['name'])"
    usage = only(loads(scan_files, code, {"c.json": '{"name": "bert"}'}))
    assert names([usage]) == [["bert"]]
    assert not usage.exhaustive


def test_a_table_of_models_is_iterated(scan_files: ScanFiles) -> None:
    code = "import yaml\nfor m in yaml.safe_load(open('c.yaml'))['models']:\n    load(m['id'])"
    text = "models:\n  - id: a\n  - id: b\n"
    assert names(loads(scan_files, code, {"c.yaml": text})) == [["a", "b"]]


def test_the_path_of_a_model_beside_the_module_is_local(scan_files: ScanFiles) -> None:
    code = "import os\nload(os.path.join(os.path.dirname(__file__), 'weights', 'bert'))"
    usage = only(loads(scan_files, code))
    assert usage.outcome == "local"


@pytest.mark.parametrize("table", ["yaml.safe_load(open(args.config))", "OmegaConf.load(args.config)"])
def test_what_a_file_that_an_option_names_passes_by_name_is_open(scan_files: ScanFiles, table: str) -> None:
    code = f"""
    import argparse, yaml
    from omegaconf import OmegaConf

    def main(name, size=1):
        load(name)

    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="conf/c.yaml")
    args = parser.parse_args()
    main(**{table})
    """
    usage = only(loads(scan_files, code, {"conf/c.yaml": "name: bert-yaml\n"}))
    assert names([usage]) == [["bert-yaml"]]
    assert usage.open_reason == "command-line option `config`"
