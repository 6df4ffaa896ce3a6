"""Configuration libraries: OmegaConf, Hydra, attribute dictionaries, configparser, pydantic, the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only, places

from ptmscan.records import Origin

if TYPE_CHECKING:
    from conftest import ScanFiles


def test_omegaconf_loads_merges_and_interpolates(scan_files: ScanFiles) -> None:
    code = """
    from omegaconf import OmegaConf
    base = OmegaConf.create({"model": {"name": "base", "tok": "tok"}})
    cfg = OmegaConf.merge(base, OmegaConf.load("c.yaml"))
    load(cfg.model.name)
    load(cfg["model"]["tok"])
    load(cfg.full)
    load(OmegaConf.to_container(cfg)["full"])
    load(OmegaConf.select(cfg, "model.name"))
    load(OmegaConf.merge(cfg, OmegaConf.from_cli()).model.name)
    """
    found = loads(scan_files, code, {"c.yaml": "org: o\nmodel:\n  name: file\nfull: ${org}/${model.name}\n"})
    assert names(found) == [["file"], ["tok"], ["o/file"], ["o/file"], ["file"], ["file"]]
    assert [usage.exhaustive for usage in found] == [True, True, True, True, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "a: ${a}",
        """
a: ${b}
b: ${a}
""",
        "a: ${missing.key}",
        "a: ${x:y}",
        """
a: ${${b}}
b: c
""",
    ],
)
def test_interpolations_that_lead_nowhere_are_unknown(scan_files: ScanFiles, text: str) -> None:
    usages = loads(scan_files, "from omegaconf import OmegaConf\nload(OmegaConf.load('c.yaml').a)", {"c.yaml": text})
    assert all(not usage.models and not usage.exhaustive for usage in usages)


HYDRA = """
import hydra
@hydra.main(config_path="conf", config_name="config", version_base=None)
def main(cfg):
    load(cfg.model.name)
    go(cfg)
def go(cfg):
    load(cfg.same)
main()
"""


def test_hydra_composes_its_defaults_list(scan_files: ScanFiles) -> None:
    files = {
        "conf/config.yaml": """
        defaults:
          - _self_
          - model: bert
          - optional data: nothing
        same: ${model.name}
        """,
        "conf/model/bert.yaml": "defaults:\n  - base\nname: bert\n",
        "conf/model/base.yaml": "name: never\n",
        "conf/model/other.yaml": "name: other\n",
    }
    found = loads(scan_files, HYDRA, files)
    assert names(found) == [["bert"], ["bert"]]
    assert ("conf/model/bert.yaml", 3) in places(found[0])
    assert not any(usage.exhaustive for usage in found)
    assert {m.origin for usage in found for m in usage.models} == {Origin.CONFIG}


def test_hydra_packages_and_overrides_in_the_defaults_list(scan_files: ScanFiles) -> None:
    files = {
        "conf/config.yaml": "defaults:\n  - experiment: e\n  - model@net: a\n  - _self_\n",
        "conf/experiment/e.yaml": """
        # @package _global_
        defaults:
          - override /model@net: b
        model:
          name: global
        same: x
        """,
        "conf/model/a.yaml": "name: a\n",
        "conf/model/b.yaml": "name: b\n",
    }
    assert names(loads(scan_files, HYDRA, files)) == [["global"], ["x"]]


def test_a_missing_hydra_configuration_is_a_reason(scan_files: ScanFiles) -> None:
    assert all(not usage.models and usage.open_reason for usage in loads(scan_files, HYDRA))


def test_target_is_followed_to_the_library_and_to_local_classes(scan_files: ScanFiles) -> None:
    code = """
    import hydra
    from hydra.utils import instantiate
    @hydra.main(config_path="conf", config_name="config")
    def main(cfg):
        instantiate(cfg.library)
        instantiate(cfg.mine)
    class Net:
        def __init__(self, backbone, size=1):
            load(backbone)
    main()
    """
    text = """
    library:
      _target_: transformers.AutoModel.from_pretrained
      pretrained_model_name_or_path: bert
    mine:
      _target_: main.Net
      backbone: roberta
    """
    found = loads(scan_files, code, {"conf/config.yaml": text})
    assert sorted(names(found)) == [["bert"], ["roberta"]]
    library = next(usage for usage in found if names([usage]) == [["bert"]])
    assert library.resolved_to == "transformers.AutoModel.from_pretrained"


@pytest.mark.parametrize(
    "make",
    [
        "from easydict import EasyDict\nc = EasyDict({'m': {'name': 'bert'}})",
        "from munch import munchify\nc = munchify({'m': {'name': 'bert'}})",
        "from types import SimpleNamespace as S\nc = S(m=S(name='bert'))",
        "from ml_collections import ConfigDict\nc = ConfigDict()\nc.m = ConfigDict({'name': 'bert'})",
        "from yacs.config import CfgNode as CN\nc = CN()\nc.m = CN()\nc.m.name = 'bert'",
    ],
)
def test_attribute_dictionaries(scan_files: ScanFiles, make: str) -> None:
    assert names(loads(scan_files, f"{make}\nload(c.m.name)")) == [["bert"]]


def test_yacs_files_are_merged_over_the_defaults(scan_files: ScanFiles) -> None:
    code = """
    from yacs.config import CfgNode as CN
    _C = CN({"M": {"NAME": "bert"}})
    _C.merge_from_file("c.yaml")
    load(_C.M.NAME)
    load(_C["M"].get("NAME"))
    """
    found = loads(scan_files, code, {"c.yaml": "M:\n  NAME: roberta\n"})
    assert names(found) == [["bert", "roberta"], ["bert", "roberta"]]


def test_configparser_sections_defaults_and_fallbacks(scan_files: ScanFiles) -> None:
    code = """
    import configparser
    c = configparser.ConfigParser()
    c.read(["missing.ini", "c.ini"])
    load(c["model"]["Name"])
    load(c.get("model", "name"))
    load(c.get("model", "nothing", fallback="fallback"))
    load(c["model"].get("full"))
    s = c["model"]
    load(s["base"])
    """
    text = "[DEFAULT]\nbase = roberta\n[model]\nname = bert\nfull = %(base)s-large\n"
    found = loads(scan_files, code, {"c.ini": text})
    assert names(found) == [["bert"], ["bert"], ["fallback"], ["roberta-large"], ["roberta"]]
    assert ("c.ini", 4) in places(found[0])


def test_the_environment_is_open_and_its_reason_names_the_variable(scan_files: ScanFiles) -> None:
    code = """
    import os
    load(os.environ["MODEL"])
    load(os.environ.get("OTHER", "default"))
    load(os.getenv("THIRD"))
    os.environ["FOURTH"] = "set"
    os.environ.setdefault("FIFTH", "fifth")
    load(os.environ["FOURTH"])
    load(os.environ["FIFTH"])
    """
    found = loads(scan_files, code, {".env": "# c\nMODEL=bert\nOTHER=other\n"})
    assert names(found) == [["bert"], ["default", "other"], [], ["set"], ["fifth"]]
    assert not any(usage.exhaustive for usage in found)
    assert "MODEL" in str(found[0].open_reason)
    assert (".env", 2) in places(found[0])
    assert [m.origin for m in found[1].models] == [Origin.CODE, Origin.CONFIG]


@pytest.mark.parametrize(
    "code",
    [
        "from decouple import config\nload(config('MODEL', default='bert'))",
        "from environs import Env\nenv = Env()\nload(env.str('MODEL', 'bert'))",
        "from environs import Env\nenv = Env()\nload(env('MODEL', default='bert'))",
    ],
)
def test_readers_of_the_environment(scan_files: ScanFiles, code: str) -> None:
    usage = only(loads(scan_files, code))
    assert names([usage]) == [["bert"]]
    assert not usage.exhaustive


def test_pydantic_settings_come_from_the_environment_models_from_their_arguments(scan_files: ScanFiles) -> None:
    code = """
    from pydantic import BaseModel, Field
    from pydantic_settings import BaseSettings, SettingsConfigDict
    import yaml
    class S(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="APP_")
        model: str = "bert"
    class C(BaseModel):
        name: str
        size: str = Field(default="sized")
    load(S().model)
    load(C(**yaml.safe_load(open("c.yaml"))).name)
    load(C.model_validate(yaml.safe_load(open("c.yaml"))).name)
    load(C(name="x").size)
    """
    found = loads(scan_files, code, {".env": "APP_MODEL=env\n", "c.yaml": "name: file\n"})
    assert names(found) == [["bert", "env"], ["file"], ["file"], ["sized"]]
    assert [usage.exhaustive for usage in found] == [False, True, True, True]


NESTED = """
from __future__ import annotations
from typing import Annotated, Optional
from pydantic import BaseModel, Field
class Part(BaseModel):
    name: str
class Whole(BaseModel):
    one: Part
    maybe: Optional[Part] = None
    other: Annotated[Part | None, Field(description="x")] = None
    rows: list[Part] = []
    table: dict[str, Part] = {}
"""


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("{'one': {'name': 'x'}}", "one.name"),
        ("{'one': {}, 'maybe': {'name': 'x'}}", "maybe.name"),
        ("{'one': {}, 'other': {'name': 'x'}}", "other.name"),
        ("{'one': {}, 'rows': [{'name': 'x'}]}", "rows[0].name"),
        ("{'one': {}, 'table': {'k': {'name': 'x'}}}", "table['k'].name"),
    ],
)
def test_pydantic_makes_objects_of_nested_dictionaries(scan_files: ScanFiles, given: str, read: str) -> None:
    for made in (f"Whole.model_validate({given})", f"Whole(**{given})"):
        usage = only(loads(scan_files, f"{NESTED}\nload({made}.{read})"))
        assert (names([usage]), usage.exhaustive) == ([["x"]], True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@field_validator('name')\n    @classmethod\n    def f(cls, v):\n        return 'org/' + v", ["org/x"]),
        ("@field_validator('name')\n    def f(cls, v, info):\n        return 'org/' + v", ["org/x"]),
        ("@field_validator('*', mode='before')\n    def f(cls, v):\n        return v or 'y'", ["x"]),
        ("@validator('name', pre=True)\n    def f(cls, v, values):\n        return 'org/' + v", ["org/x"]),
        ("@field_validator('size')\n    def f(cls, v):\n        return 'org/' + v", ["x"]),
    ],
)
def test_validators_of_a_field_give_what_they_return(scan_files: ScanFiles, body: str, expected: list[str]) -> None:
    code = f"""
from pydantic import BaseModel, field_validator, validator
class M(BaseModel):
    name: str = "default"
    size: str = "s"
    {body}
load(M(name="x").name)
load(M().name)
"""
    found = loads(scan_files, code)
    assert names(found) == [expected, ["default"]]
    assert all(usage.exhaustive for usage in found)


@pytest.mark.parametrize(
    "body",
    [
        "@model_validator(mode='before')\n    @classmethod\n    def f(cls, d):\n        return {**d, 'name': 'y'}",
        "@root_validator(pre=True)\n    def f(cls, values):\n        return values",
        "@field_validator('name', mode='wrap')\n    def f(cls, v, handler):\n        return handler(v)",
        "model_config = ConfigDict(str_to_lower=True)",
        "other: str = Field('y', alias='z')\n    model_config = ConfigDict(alias_generator=camel)",
    ],
)
def test_what_may_change_a_field_unseen_leaves_it_open(scan_files: ScanFiles, body: str) -> None:
    code = f"""
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator, root_validator
class M(BaseModel):
    name: str = "default"
    {body}
load(M(name="x").name if input() else M(Name="y").name)
"""
    assert not only(loads(scan_files, code)).exhaustive


def test_fields_with_another_name_for_the_outside(scan_files: ScanFiles) -> None:
    code = """
    from pydantic import BaseModel, Field
    class M(BaseModel):
        name: str = Field("default", alias="modelName")
    load(M(modelName="given").name)
    load(M().name)
    load(M(name="perhaps").name)
    """
    found = loads(scan_files, code)
    assert names(found) == [["given"], ["default"], ["default", "perhaps"]]


def test_attrs_classes(scan_files: ScanFiles) -> None:
    code = """
    import attr
    @attr.s(auto_attribs=True)
    class A:
        m: str = "a"
    @attr.define
    class B:
        m: str = attr.field(default="b")
    load(A().m)
    load(B().m)
    load(B("given").m)
    """
    assert names(loads(scan_files, code)) == [["a"], ["b"], ["given"]]


def test_django_settings(scan_files: ScanFiles) -> None:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n",
        "site1/__init__.py": "",
        "site1/settings.py": "RAG = {'MODEL': 'bert'}\n",
        "other/settings.py": "RAG = {'MODEL': 'never'}\n",
    }
    usage = only(loads(scan_files, "from django.conf import settings\nload(settings.RAG['MODEL'])", files))
    assert names([usage]) == [["bert"]]
    assert not usage.exhaustive


def test_flask_configuration(scan_files: ScanFiles) -> None:
    code = """
    from flask import Flask, current_app
    class Config:
        FIRST = "first"
    app = Flask(__name__)
    app.config.from_object(Config)
    app.config["SECOND"] = "second"
    load(app.config["FIRST"])
    load(current_app.config["SECOND"])
    load(app.config.get("THIRD", "third"))
    """
    found = loads(scan_files, code)
    assert names(found) == [["first"], ["second"], ["third"]]
    assert not any(usage.exhaustive for usage in found)


def test_dynaconf(scan_files: ScanFiles) -> None:
    code = """
    from dynaconf import Dynaconf
    settings = Dynaconf(settings_files=["settings.toml"])
    load(settings.MODEL)
    load(settings.size)
    """
    usage = loads(scan_files, code, {"settings.toml": 'model = "bert"\n[default]\nsize = "sized"\n'})
    assert names(usage) == [["bert"], ["sized"]]


CHANGES = """
def change(c):
    c.name = "changed"
def put(c):
    c["name"] = "changed"
def set_it(c):
    setattr(c, "name", "changed")
def update(c):
    c.update({"name": "changed"})
"""


PARSED = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--name", default="made")
c = p.parse_args([])
"""


@pytest.mark.parametrize(
    "make",
    [
        "from types import SimpleNamespace\nc = SimpleNamespace(name='made')",
        "from easydict import EasyDict\nc = EasyDict({'name': 'made'})",
        "from omegaconf import OmegaConf\nc = OmegaConf.create({'name': 'made'})",
        PARSED,
    ],
)
@pytest.mark.parametrize(
    "change",
    [
        "change(c)",
        "set_it(c)",
        "c.name = 'changed'",
        "setattr(c, 'name', 'changed')",
        "for x in [c]:\n    x.name = 'changed'",
    ],
)
def test_an_object_that_changes_anywhere_is_not_taken_to_be_what_it_was_made(
    scan_files: ScanFiles, make: str, change: str
) -> None:
    code = f"from changes import change, set_it\n{make}\n{change}\nload(c.name)"
    usage = only(loads(scan_files, code, {"changes.py": CHANGES}))
    assert "made" in names([usage])[0]
    assert not usage.exhaustive or "changed" in names([usage])[0]


@pytest.mark.parametrize(
    "make",
    [
        "from easydict import EasyDict\nc = EasyDict({'name': 'made'})",
        "from omegaconf import OmegaConf\nc = OmegaConf.create({'name': 'made'})",
        "import configparser\np = configparser.ConfigParser()\np.read('c.ini')\nc = p['s']",
    ],
)
@pytest.mark.parametrize("change", ["put(c)", "update(c)", "c['name'] = 'changed'", "c.update(name='changed')"])
def test_so_are_its_items(scan_files: ScanFiles, make: str, change: str) -> None:
    code = f"from changes import put, update\n{make}\n{change}\nload(c['name'])"
    usage = only(loads(scan_files, code, {"changes.py": CHANGES, "c.ini": "[s]\nname = made\n"}))
    assert "made" in names([usage])[0]
    assert not usage.exhaustive or "changed" in names([usage])[0]
