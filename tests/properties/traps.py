"""Code that loads nothing and looks like it does."""

from __future__ import annotations

from collections.abc import Callable

from writing import Place, Writer

Trap = Callable[[Writer, Place, dict[str, str]], None]


def _name(w: Writer) -> str:
    return w.literal()


def _local_class(w: Writer, place: Place, files: dict[str, str]) -> None:
    name = w.pick((w.fresh("Local"), "AutoModel", "BertModel"))
    with w.block(f"class {name}:"):
        with w.block(f"@{w.pick(('classmethod', 'staticmethod'))}\ndef from_pretrained(*args, **kwargs):"):
            w.line("return None")
        with w.block("def load(self):"):
            w.line(f"return self.from_pretrained({_name(w)})")
    w.line(
        w.pick(
            (
                f"{name}.from_pretrained({_name(w)})",
                f"{name}().load()",
                f"getattr({name}, 'from_pretrained')({_name(w)})",
                f"x = {name}; x.from_pretrained({_name(w)})",
            )
        )
    )


def _local_below_local(w: Writer, place: Place, files: dict[str, str]) -> None:
    base, child = w.fresh("Local"), w.fresh("Local")
    with w.block(f"class {base}:"), w.block("@classmethod\ndef from_pretrained(cls, name):"):
        w.line("return cls()")
    with w.block(f"class {child}({base}):"), w.block("@classmethod\ndef from_pretrained(cls, name):"):
        w.line("return super().from_pretrained(name)")
    w.line(f"{child}.from_pretrained({_name(w)})")


def _other_module(w: Writer, place: Place, files: dict[str, str]) -> None:
    module = w.fresh("models")
    files[f"{module}.py"] = (
        "class AutoModel:\n    @classmethod\n    def from_pretrained(cls, name):\n        return cls()\n\n\n"
        "def pipeline(task, model=None):\n    return None\n"
    )
    w.line(w.pick((f"from {module} import AutoModel, pipeline", f"from {module} import *")))
    w.line(f"AutoModel.from_pretrained({_name(w)})")
    w.line(f"pipeline('ner', {_name(w)})")


def _shadowed(w: Writer, place: Place, files: dict[str, str]) -> None:
    """The library's name is bound again before it is used."""
    w.line("from transformers import AutoModel, pipeline")
    local = w.fresh("Local")
    with w.block(f"class {local}:"):
        w.line("from_pretrained = staticmethod(print)")
    match w.below(4):
        case 0:
            w.line(f"AutoModel = {local}")
        case 1:
            with w.block("class AutoModel:"), w.block("@staticmethod\ndef from_pretrained(name):"):
                w.line("return name")
        case 2:
            w.line(f"for AutoModel in [{local}]:")
            w.line("    pass")
        case _:
            with w.block("def pipeline(*args):"):
                w.line("return args")
            w.line(f"AutoModel = {local}()")
            w.line(f"pipeline('ner', {_name(w)})")
    w.line(f"AutoModel.from_pretrained({_name(w)})")


def _other_scope(w: Writer, place: Place, files: dict[str, str]) -> None:
    """The library's name is bound in another scope only, or a parameter hides it."""
    local, function = w.fresh("Local"), w.fresh("use")
    with w.block(f"class {local}:"), w.block("@staticmethod\ndef from_pretrained(name):"):
        w.line("return name")
    if w.chance(50):
        w.line("from transformers import AutoModel")
        with w.block(f"def {function}(AutoModel):"):
            w.line(f"return AutoModel.from_pretrained({_name(w)})")
        w.line(f"{function}({local})")
        return
    with w.block(f"def {w.fresh('other')}():"):
        w.line("from transformers import AutoModel")
        w.line("return AutoModel")
    w.line(f"AutoModel = {local}")
    with w.block(f"def {function}():"):
        w.line(f"return AutoModel.from_pretrained({_name(w)})")
    w.line(f"{function}()")


def _only_text(w: Writer, place: Place, files: dict[str, str]) -> None:
    w.line("from transformers import AutoModel")
    call = f"AutoModel.from_pretrained({_name(w)})"
    quoted = call.replace('"', "'")
    w.line(
        w.pick(
            (
                f"# {call}",
                f'"""{call}\n"""',
                f"text = '''{call}'''",
                f'text = f"{quoted} {{1 + 1}}"',
                f'print("""{quoted}""", end="")',
                f"x = 1  # {call}",
            )
        )
    )


def _unreachable(w: Writer, place: Place, files: dict[str, str]) -> None:
    w.line("from transformers import AutoModel")
    call, function = f"AutoModel.from_pretrained({_name(w)})", w.fresh("use")
    match w.below(6):
        case 0:
            with w.block(f"def {function}():"):
                w.line("return None")
                w.line(call)
            w.line(f"{function}()")
        case 1:
            with w.block(f"if {w.pick(('False', '0', 'None', 'not True', '1 > 2', '[]'))}:"):
                w.line(call)
        case 2:
            with w.block("while False:"):
                w.line(call)
        case 3:
            with w.block("try:"):
                w.line("raise ValueError")
                w.line(call)
            with w.block("except ValueError:"):
                w.line("pass")
        case 4:
            w.line(f"None if {w.pick(('True', '1'))} else {call}")
        case _:
            with w.block("for x in (1, 2):"):
                w.line("continue")
                w.line(call)


def _other_method(w: Writer, place: Place, files: dict[str, str]) -> None:
    w.line("from transformers import AutoModel, AutoConfig")
    w.line(
        w.pick(
            (
                f"AutoModel.from_config({_name(w)})",
                f"print(AutoModel.from_pretrained, {_name(w)}, end='', sep='') if 0 else None",
                f"load = AutoModel.from_pretrained; name = {_name(w)}",
                "dict(from_pretrained=1)",
            )
        )
    )


def _own_function(w: Writer, place: Place, files: dict[str, str]) -> None:
    name = w.pick(("from_pretrained", "SentenceTransformer", "create_model", "hf_hub_download", "pipeline"))
    with w.block(f"def {name}(name, *args, **kwargs):"):
        w.line("return name")
    w.line(f"{name}({_name(w)}, pretrained=True)")


TRAPS: list[Trap] = [
    _local_class,
    _local_below_local,
    _other_module,
    _shadowed,
    _other_scope,
    _only_text,
    _unreachable,
    _other_method,
    _own_function,
]
