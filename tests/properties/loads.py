"""Calls that load a model, in every form in which the callee and the name can be written."""

from __future__ import annotations

from collections.abc import Callable

from texts import condition, leaf, text
from writing import DICT, LIST, LOAD, LOADER, TEXT, Place, Writer

CLASSES = ("AutoModel", "AutoTokenizer", "AutoConfig", "BertModel", "BertTokenizer")


def load(w: Writer, place: Place) -> None:
    """A statement that loads a model."""
    callee, label = _callee(w, place)
    arguments, passing = _arguments(w, place, callee)
    call = f"{callee}({arguments})"
    if place.owner.scope != "class" and w.chance(20):
        call = f"{w.fresh('model')} = {call}"
    w.line(call + w.sink(f"{label}/{passing}"))


def tolerant_load(w: Writer, place: Place) -> None:
    """A load that may fail without ending the program."""
    with w.block("try:"):
        load(w, place)
    with w.block("except Exception:"):
        w.line("pass")


def _arguments(w: Writer, place: Place, callee: str) -> tuple[str, str]:
    name = text(w, place, 2)
    keyword = _keyword(callee)
    options = [
        (14, (name, "positional")),
        (3, (f"{keyword}={name}", "keyword")),
        (1, (f"*[{name}]", "star")),
        (1, (f'**{{"{keyword}": {name}}}', "double-star")),
        (1, (f"**dict({keyword}={name})", "double-star")),
    ]
    if rows := place.all(LIST):
        options.append((1, (f"*{w.pick(rows)}[:1]", "star-variable")))
    if callee.endswith("create_model"):
        flag = w.pick(
            (
                "pretrained=True",
                "pretrained=False",
                f"pretrained={condition(w, place)}",
                f"**{{'pretrained': {condition(w, place)}}}",
            )
        )
        return f"{name}, {flag}", "gate"
    if callee.endswith("hf_hub_download"):
        return w.pick(((f"{name}, 'model.bin'", "positional"), (f"filename='model.bin', repo_id={name}", "keyword")))
    if callee.endswith("pipeline"):
        return w.pick(((f"'ner', {name}", "positional"), (f"'ner', model={name}", "keyword"), ("'ner'", "default")))
    arguments, label = w.weighted(options)
    if callee.endswith("from_pretrained") and w.chance(12):
        arguments += w.pick(
            (
                f", revision={text(w, place, 1)}",
                f", trust_remote_code={condition(w, place)}",
                f', **{{"revision": {leaf(w, place)}}}',
            )
        )
    return arguments, label


def _keyword(callee: str) -> str:
    return "model_name_or_path" if "Sentence" in callee else "pretrained_model_name_or_path"


# --- what is called ---------------------------------------------------------------------------------------------------


def _callee(w: Writer, place: Place) -> tuple[str, str]:
    options: list[tuple[int, Callable[[Writer, Place], tuple[str, str]]]] = [
        (10, _imported),
        (2, _other_library),
        (1, _by_getattr),
        (1, _by_import_module),
        (1, _conditional),
        (1, _from_table),
        (1, _partial),
    ]
    if place.all(LOADER):
        options.append((8, _known_loader))
    if place.all(LOAD):
        options.append((6, _known_load))
    return w.weighted(options)(w, place)


def _imported(w: Writer, place: Place) -> tuple[str, str]:
    cls = w.pick(CLASSES)
    match w.below(6):
        case 0:
            w.need("import transformers")
            return f"transformers.{cls}.from_pretrained", "module"
        case 1:
            w.need("import transformers as hf")
            return f"hf.{cls}.from_pretrained", "module-alias"
        case 2:
            w.need(f"from transformers import {cls} as Aliased{cls}")
            return f"Aliased{cls}.from_pretrained", "alias"
        case 3:
            w.need("import transformers.models.bert")
            return f"transformers.models.bert.{w.pick(('BertModel', 'BertTokenizer'))}.from_pretrained", "submodule"
        case _:
            w.need(f"from transformers import {cls}")
            return f"{cls}.from_pretrained", "name"


def _other_library(w: Writer, place: Place) -> tuple[str, str]:
    name, statement = w.pick(
        (
            ("SentenceTransformer", "from sentence_transformers import SentenceTransformer"),
            ("timm.create_model", "import timm"),
            ("hf_hub_download", "from huggingface_hub import hf_hub_download"),
            ("transformers.pipeline", "import transformers"),
            ("pipeline", "from transformers import pipeline"),
        )
    )
    w.need(statement)
    return name, "library"


def _by_getattr(w: Writer, place: Place) -> tuple[str, str]:
    w.need("import transformers")
    cls = w.pick(CLASSES)
    return w.pick(
        (
            (f'getattr(transformers, "{cls}").from_pretrained', "getattr"),
            (f'getattr(transformers.{cls}, "from_pretrained")', "getattr-method"),
            ('getattr(transformers, "Auto" + "Model").from_pretrained', "getattr"),
            (f'vars(transformers)["{cls}"].from_pretrained', "vars"),
        )
    )


def _by_import_module(w: Writer, place: Place) -> tuple[str, str]:
    w.need("import importlib")
    return w.pick(
        (
            (f'importlib.import_module("transformers").{w.pick(CLASSES)}.from_pretrained', "import_module"),
            ('importlib.import_module("transformers.models.bert").BertModel.from_pretrained', "import_module"),
            (f'__import__("transformers").{w.pick(CLASSES)}.from_pretrained', "dunder-import"),
        )
    )


def _conditional(w: Writer, place: Place) -> tuple[str, str]:
    w.need("from transformers import AutoModel, BertModel")
    test = condition(w, place, 0)
    return w.pick(
        (
            (f"(AutoModel if {test} else BertModel).from_pretrained", "conditional"),
            (f"(AutoModel.from_pretrained if {test} else BertModel.from_pretrained)", "conditional"),
        )
    )


def _from_table(w: Writer, place: Place) -> tuple[str, str]:
    w.need("from transformers import AutoModel, BertModel")
    w.need("import coin")
    return w.pick(
        (
            ('{"a": AutoModel, "b": BertModel}["a"].from_pretrained', "table"),
            ('{"a": (1, AutoModel), "b": (2, BertModel)}[coin.pick("a", "b")][1].from_pretrained', "table"),
            ('{"a": AutoModel.from_pretrained}["a"]', "table-of-methods"),
            ('{"a": AutoModel}.get("b", BertModel).from_pretrained', "table"),
            ("[AutoModel, BertModel][0].from_pretrained", "table"),
        )
    )


def _partial(w: Writer, place: Place) -> tuple[str, str]:
    w.need("from functools import partial")
    w.need("from transformers import AutoModel")
    return w.pick(
        (
            ("partial(AutoModel.from_pretrained, force_download=True)", "partial"),
            ("(lambda *a, **k: AutoModel.from_pretrained(*a, **k))", "lambda/callers"),
        )
    )


def _known_loader(w: Writer, place: Place) -> tuple[str, str]:
    return f"{w.pick(place.all(LOADER))}.from_pretrained", "loader"


def _known_load(w: Writer, place: Place) -> tuple[str, str]:
    return w.pick(place.all(LOAD)), "load"


# --- definitions that load or can be made to --------------------------------------------------------------------------


def named_loader(w: Writer, place: Place) -> None:
    """A name for a class or a method of the library."""
    w.need("from transformers import AutoModel, BertModel")
    w.need("from functools import partial")
    test = condition(w, place, 0)
    kind, prefix, expression = w.pick(
        (
            (LOADER, "loader", "AutoModel"),
            (LOAD, "fetch", "AutoModel.from_pretrained"),
            (LOADER, "loader", f"AutoModel if {test} else BertModel"),
            (LOAD, "fetch", "partial(BertModel.from_pretrained)"),
            (LOADER, "loader", '{"x": AutoModel, "y": BertModel}["y"]'),
            (LOADER, "loader", "[AutoModel, BertModel][-1]"),
            (LOADER, "loader", 'getattr(__import__("transformers"), "BertModel")'),
        )
    )
    name = w.fresh(prefix)
    w.line(f"{name} = {expression}")
    place.add(kind, name)


def late_import(w: Writer, place: Place) -> None:
    """An import that is tried, conditional or inside a function."""
    name, cls = w.fresh("Tried"), w.pick(CLASSES)
    match w.below(3):
        case 0:
            with w.block("try:"):
                w.line(
                    w.pick(
                        (
                            f"from transformers import {cls} as {name}",
                            f"from transformers_missing import {cls} as {name}",
                        )
                    )
                )
            with w.block("except ImportError:"):
                w.line(f"from transformers import BertModel as {name}")
        case 1:
            with w.block(f"if {condition(w, place)}:"):
                w.line(f"from transformers import {cls} as {name}")
            with w.block("else:"):
                w.line(f"from transformers.models.bert import BertModel as {name}")
        case _:
            w.line(f"from transformers import {cls} as {name}")
    place.add(LOADER, name)


def loader_class(w: Writer, place: Place) -> None:
    """A local class below a class of the library."""
    w.need("from transformers import BertModel, PreTrainedModel")
    name = w.fresh("Mine")
    base = w.pick(
        [*[e for e in place.all(LOADER) if e.isidentifier() and e.startswith("Mine")], "BertModel", "PreTrainedModel"]
    )
    method = Place("function", place.owner, depth=place.depth + 1)
    made = w.fresh("make_model")
    with w.block(f"class {name}({base}):"):
        w.line(f"default = {leaf(w, place)}")
        with w.block(f"@classmethod\ndef {made}(cls):"):
            argument = w.pick(("cls.default", text(w, method, 1)))
            w.line(f"return cls.from_pretrained({argument})" + w.sink("cls"))
        with w.block("def again(self):"):
            w.line(f"return self.from_pretrained({w.pick(('self.default', text(w, method, 1)))})" + w.sink("self"))
        if w.chance(40):
            with w.block("@classmethod\ndef from_pretrained(cls, *args, **kwargs):"):
                w.line("return super().from_pretrained(*args, **kwargs)" + w.sink("super/callers"))
    place.add(LOADER, name)
    if w.chance(70):
        w.line(w.pick((f"{name}.{made}()", f"{name}().again()", f"{name}.{made}().again()")))


def loading_object(w: Writer, place: Place) -> None:
    """An object that knows its model class and loads in its methods."""
    w.need("from transformers import AutoModel, BertModel")
    name, method = w.fresh("Service"), Place("function", place.owner, depth=place.depth + 1)
    with w.block(f"class {name}:"):
        w.line(f"model_class = {w.pick(('AutoModel', 'BertModel'))}")
        w.line(f"name = {leaf(w, place)}")
        with w.block(f"def __init__(self, name={leaf(w, place)}):"):
            w.line("self.given = name")
            w.line(f"self.own = {text(w, method, 1)}")
            if w.chance(50):
                w.line(
                    f"self.model_class.from_pretrained({w.pick(('name', 'self.given'))})"
                    + w.sink("self.model_class/callers")
                )
        with w.block("def start(self):"):
            w.line(
                f"self.model_class.from_pretrained({w.pick(('self.own', 'self.name', text(w, method, 1)))})"
                + w.sink("self.model_class")
            )
        with w.block("def restart(self, name):"):
            w.line("self.model_class.from_pretrained(name)" + w.sink("method/callers"))
    v = w.fresh("service")
    w.line(f"{v} = {name}({w.pick(('', leaf(w, place), 'name=' + leaf(w, place)))})")
    w.line(f"{v}.start()")
    if w.chance(50):
        w.line(f"{v}.restart({leaf(w, place)})")


def wrapper(w: Writer, place: Place) -> None:
    """A function that loads what it is asked for, and its callers."""
    w.need("from transformers import AutoModel")
    name, inner = w.fresh("fetch"), Place("function", place.owner, depth=place.depth + 1)
    default = leaf(w, place)
    with w.block(f"def {name}(name={default}, *rest, prefix='', **options):"):
        inner.add(TEXT, "name")
        if w.chance(40):
            w.line(
                w.pick(
                    ("name = prefix + name", 'if prefix: name = f"{prefix}/{name}"', 'name = options.get("name", name)')
                )
            )
        w.line(f"return AutoModel.from_pretrained({text(w, inner, 1)})" + w.sink("wrapper/callers"))
    for _ in range(1 + w.below(2)):
        arguments = (
            "",
            leaf(w, place),
            leaf(w, place) + ", prefix=" + leaf(w, place),
            "name=" + leaf(w, place),
            f"*[{leaf(w, place)}]",
            "**{" + repr("name") + ": " + leaf(w, place) + "}",
        )
        w.line(f"{name}({w.pick(arguments)})")


def loading_loop(w: Writer, place: Place) -> None:
    """A comprehension that loads."""
    w.need("from transformers import AutoModel")
    rows, dicts = place.all(LIST), place.all(DICT)
    row = w.pick(rows) if rows else f"({leaf(w, place)}, {leaf(w, place)})"
    options = [
        f"[AutoModel.from_pretrained(x) for x in {row}]",
        f"models = {{x: AutoModel.from_pretrained(x) for x in {row}}}",
        f"list(AutoModel.from_pretrained(x) for x in {row} if x)",
    ]
    if dicts:
        options.append(f"[AutoModel.from_pretrained(v) for k, v in {w.pick(dicts)}.items()]")
    w.line(w.pick(options) + w.sink("comprehension"))


LOAD_DEFINITIONS = [
    (3, named_loader),
    (2, late_import),
    (3, loader_class),
    (2, loading_object),
    (2, wrapper),
    (2, loading_loop),
]
