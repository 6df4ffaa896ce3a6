"""Settings as projects write them: files that something names, defaults that are set late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import loads, names

if TYPE_CHECKING:
    from conftest import ScanFiles


def test_environment_files_that_something_names(scan_files: ScanFiles) -> None:
    code = """
    import os
    from dotenv import load_dotenv
    load_dotenv("settings/prod.env")
    load(os.environ["PROD_MODEL"])
    load(os.environ["FILE_MODEL"])
    load(os.environ["OTHER_MODEL"])
    """
    files = {
        "settings/prod.env": "PROD_MODEL=org/prod\n",
        "app.env": "FILE_MODEL=org/file\n",
        "docker-compose.yml": "services:\n  app:\n    env_file: app.env\n",
        "unused/prod2.env": "OTHER_MODEL=org/other\n",
    }
    found = loads(scan_files, code, files)
    assert names(found) == [["org/prod"], ["org/file"], []]
    assert not any(usage.exhaustive for usage in found)


def test_defaults_of_a_file_that_an_option_of_the_same_parser_names(scan_files: ScanFiles) -> None:
    code = """
    import argparse, json
    p = argparse.ArgumentParser()
    p.add_argument("--config", default="c.json")
    p.add_argument("--model", default=None)
    args, rest = p.parse_known_args()
    with open(args.config) as f:
        p.set_defaults(**json.load(f))
    args = p.parse_args()
    load(args.model)
    """
    files = {
        "c.json": '{"model": "org/c"}\n',
        "d.json": '{"model": "org/d"}\n',
        "run.sh": "python main.py --config d.json\n",
    }
    found = loads(scan_files, code, files)
    assert names(found) == [["org/c", "org/d"]]
    assert not found[0].exhaustive


def test_hyperparameters_of_lightning_are_what_the_constructor_is_given(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    import pytorch_lightning as pl
    class Net(pl.LightningModule):
        def __init__(self, model_name="org/default", lr=1, **others):
            super().__init__()
            self.save_hyperparameters()
            load(self.hparams.model_name)
            load(self.hparams["tokenizer"])
    class Old(pl.LightningModule):
        def __init__(self, args):
            super().__init__()
            self.save_hyperparameters(args)
        def setup(self, stage):
            load(self.hparams.model)
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="org/option")
    Net(model_name="org/given", tokenizer="org/tokenizer")
    Old(p.parse_args())
    """
    found = loads(scan_files, code)
    assert names(found) == [["org/given"], ["org/tokenizer"], ["org/option"]]
    assert not any(usage.exhaustive for usage in found)
