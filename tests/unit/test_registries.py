"""Tables that functions fill, wherever they are called: what is stored under a key is found there, and may be more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import PRELUDE, loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

TABLES = """
MODELS = []
TABLE = {"a": "org/a", "z": "org/z"}
def register(name, path):
    MODELS.append(path)
    TABLE[name] = path
"""


def test_a_table_of_another_module_holds_what_its_function_is_given(scan_files: ScanFiles) -> None:
    code = """
    from tables import MODELS, TABLE, register
    register("b", "org/b")
    def main():
        register("a", "org/other")
        for path in MODELS:
            load(path)
        load(TABLE["a"])
        load(TABLE["b"])
        load(TABLE["z"])
    main()
    """
    found = loads(scan_files, code, {"tables.py": TABLES})
    assert names(found) == [["org/b", "org/other"], ["org/a", "org/other"], ["org/b"], ["org/z"]]
    assert not any(usage.exhaustive for usage in found)


def test_what_is_not_known_is_stored_nowhere(scan_files: ScanFiles) -> None:
    code = """
    import sys
    from tables import TABLE, register
    register("b", sys.argv[1])
    register(sys.argv[2], "org/c")
    load(TABLE["b"])
    """
    usage = only(loads(scan_files, code, {"tables.py": TABLES}))
    assert names([usage]) == [[]]
    assert not usage.exhaustive


def test_a_decorator_fills_a_table_with_classes(scan_files: ScanFiles) -> None:
    registry = """
TABLE = {}
def register(name):
    def wrap(cls):
        TABLE[name] = cls
        return cls
    return wrap
"""
    code = """
    from transformers import BertModel
    from registry import TABLE, register
    @register("a")
    class A:
        path = "org/a"
    @register("b")
    class B:
        path = "org/b"
    register("bert")(BertModel)
    load(TABLE["b"].path)
    TABLE["bert"].from_pretrained("org/bert")
    TABLE["a"].from_pretrained("org/none")
    """
    assert names(loads(scan_files, code, {"registry.py": registry})) == [["org/b"], ["org/bert"]]


def test_a_registry_object_keeps_what_its_methods_and_decorators_give_it(scan_files: ScanFiles) -> None:
    registry = """
class Registry:
    def __init__(self):
        self._map = {}
    def add(self, name, path):
        self._map[name] = path
    def register(self, name=None):
        def wrap(cls):
            self._map[name or cls.__name__] = cls
            return cls
        return wrap
    def get(self, name):
        return self._map[name]
CLASSES = Registry()
PATHS = Registry()
PATHS.add("a", "org/a")
PATHS.add("b", "org/b")
"""
    code = """
    from registry import CLASSES, PATHS
    @CLASSES.register("bert")
    class Bert:
        path = "org/bert"
    @CLASSES.register()
    class Roberta:
        path = "org/roberta"
    load(CLASSES.get("bert").path)
    load(CLASSES.get("Roberta").path)
    load(PATHS.get("a"))
    """
    assert names(loads(scan_files, code, {"registry.py": registry})) == [["org/bert"], ["org/roberta"], ["org/a"]]


def test_an_entry_of_another_kind_is_not_taken(scan_files: ScanFiles) -> None:
    code = """
    from transformers import BertModel
    from diffusers import UNet2DModel
    TABLE = {"bert": BertModel, "unet": UNet2DModel, "names": ["org/x"], "options": {"revision": "org/r"}}
    def build(kind, name):
        return TABLE[kind].from_pretrained(name)
    build("bert", "org/bert")
    build("unet", "org/unet")
    """
    found = loads(scan_files, code)
    assert {usage.library: names([usage]) for usage in found} == {
        "transformers": [["org/bert"]],
        "diffusers": [["org/unet"]],
    }
    assert all(usage.exhaustive for usage in found)


def test_a_context_in_which_it_is_not_known_what_is_called_opens_the_others(scan_files: ScanFiles) -> None:
    code = """
    from transformers import BertModel
    from elsewhere import more
    TABLE = {"own": BertModel}
    TABLE.update(more())
    def build(kind, name):
        return TABLE[kind].from_pretrained(name)
    build("own", "org/own")
    build("bert", "org/bert")
    """
    usage = only(loads(scan_files, code))
    assert names([usage]) == [["org/own"]]
    assert not usage.exhaustive


def test_only_names_of_keys_that_callers_pass(scan_files: ScanFiles) -> None:
    align = f"""{PRELUDE}
TORCH = {{"en": "org/en", "fr": "org/fr"}}
HUB = {{"ja": "org/ja", "zh": "org/zh", "nl": "org/nl"}}
def load_for(language, device, name=None):
    if name is None:
        if language in TORCH:
            name = TORCH[language]
        elif language in HUB:
            name = HUB[language]
        else:
            raise ValueError(language)
    return load(name)
"""
    code = 'from align import load_for\nload_for("ja", 1)\nload_for("en", 1)\nload_for("de", 1, "org/own")\n'
    usage = only([u for u in scan_files({"align.py": align, "main.py": code}).usages if u.path == "align.py"])
    assert names([usage]) == [["org/en", "org/ja", "org/own"]]
    assert usage.exhaustive


def test_what_a_table_holds_is_called_by_another_name(scan_files: ScanFiles) -> None:
    code = """
    class Base:
        def __init__(self, args):
            self.args = args
        def tokenizer(self):
            return load(self.args)
    class A(Base):
        pass
    def by_name(name):
        return load(name)
    MAKERS = {"a": A, "b": by_name}
    made_by = MAKERS[input()]
    made = made_by("org/m")
    """
    found = loads(scan_files, code)
    assert names(found) == [["org/m"], ["org/m"]]
