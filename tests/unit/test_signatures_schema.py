"""signatures.yaml as an editor meets it: every mistake at once, each with its line and a way out."""

from __future__ import annotations

import textwrap

import pytest

from ptmscan.errors import SignatureFileError
from ptmscan.records import Component
from ptmscan.signatures.model import ArgumentSpec, DefaultModel, Gate, GateTest, ModelSource, Signature
from ptmscan.signatures.schema import Document, read_document

GOOD = """\
schema: 1
components: {Tokenizer: tokenizer, FastTokenizer: processor}
libraries:
  lib:
    identity: timm
    lib.load(name|model, pretrained=False, *, revision):
      also: lib.{a,b}.load
      model: name
      if: pretrained is true
      match:
        - lib.load('org/name', True) -> org/name
      no_match:
        - lib.load('org/name')
"""


def read(text: str) -> Document:
    return read_document("s.yaml", textwrap.dedent(text))


def rule(call: str, *lines: str) -> Signature:
    """The first signature of a file with one rule."""
    keys = "".join(f"      {line}\n" for line in (*lines, "match: a.f()", "no_match: a.g()"))
    return read(f"schema: 1\nlibraries:\n  a:\n    {call}:\n{keys}").signatures[0]


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SignatureFileError) as caught:
        read(text)
    return caught.value.mistakes


def test_a_call_becomes_one_signature_a_pattern() -> None:
    signatures = read(GOOD).signatures
    assert [s.pattern for s in signatures] == ["lib.load", "lib.a.load", "lib.b.load"]
    first = signatures[0]
    assert (first.id, first.library, first.source) == ("lib/load", "lib", ModelSource.ARGUMENT)
    assert first.model == (ArgumentSpec(0, ("name", "model")),)
    assert first.gates == (Gate(ArgumentSpec(1, ("pretrained",)), GateTest.TRUE, default=False),)
    assert first.component_by_class == (("FastTokenizer", Component.PROCESSOR), ("Tokenizer", Component.TOKENIZER))
    assert (first.hub, first.parameters) == ("huggingface", ("name", "pretrained"))
    assert first.revision == (ArgumentSpec(None, ("revision",)),)
    assert (first.name_rule, first.distributions) == ("timm", ("lib",))


def test_examples_keep_their_line_and_gain_the_import() -> None:
    match, no_match = read(GOOD).examples
    assert (match.line, match.matches, match.models) == (11, True, ("org/name",))
    assert match.code == "import lib\nlib.load('org/name', True)"
    assert (no_match.line, no_match.matches, no_match.models) == (13, False, None)


def test_a_rule_that_is_only_an_example_is_written_as_its_value() -> None:
    document = read("schema: 1\nlibraries:\n  a:\n    no_match: a.g()\n    a.f(x): a.f('org/name') -> org/name\n")
    assert [(e.rule, e.code, e.models) for e in document.examples] == [
        ("a/f", "import a\na.f('org/name')", ("org/name",)),
        ("a", "import a\na.g()", None),
    ]


@pytest.mark.parametrize(
    ("call", "component", "name_rule"),
    [
        ("a.f(x)", Component.MODEL, "hf"),
        ("a.f(x) -> embedding", Component.EMBEDDING, "hf"),
        ("a.f(x) -> st", Component.MODEL, "st"),
        ("a.f(x) -> weights own", Component.WEIGHTS, "own:a"),
        ("a.f(x) -> own file", Component.MODEL, "own file:a"),
        ("a.f(x) -> table whisper", Component.MODEL, "table:whisper"),
        ("a.f(x) -> adapter table flair or hf", Component.ADAPTER, "table or hf:flair"),
    ],
)
def test_what_a_call_gives(call: str, component: Component, name_rule: str) -> None:
    signature = rule(call)
    assert (signature.component, signature.name_rule) == (component, name_rule)


def test_revision_and_trust_are_known_by_their_names_or_named() -> None:
    signature = rule("a.f(x, *, revision, code_revision, trust_remote_code)")
    assert [spec.keywords for spec in signature.revision] == [("revision",), ("code_revision",)]
    assert [spec.keywords for spec in signature.trust] == [("trust_remote_code",)]
    assert rule("a.f(x, version)", "revision: version").revision == (ArgumentSpec(1, ("version",)),)


def test_the_model_is_the_captured_name_else_the_first_parameter() -> None:
    captured = rule("a.<x>(weights)", "where: x in f, g")
    assert (captured.source, captured.model, captured.names) == (ModelSource.CALLABLE, (), frozenset({"f", "g"}))
    both = rule("a.<x>(weights)", "where: x in f, g", "model: <x>, weights")
    assert (both.source, both.model) == (ModelSource.CALLABLE, (ArgumentSpec(0, ("weights",)),))
    assert rule("a.f(x, y)").model == (ArgumentSpec(0, ("x",)),)
    assert rule("a.f(x, <y>, <z>)").model == (ArgumentSpec(1, ("y",)), ArgumentSpec(2, ("z",)))
    assert rule("a.<x>(<weights>)", "where: x in f, g").model == both.model


def test_a_model_may_stand_in_a_dictionary_argument_and_beside_further_ones() -> None:
    signature = rule("a.f(x, config, other)", "model: config.model.name", "further: other")
    assert signature.model == (ArgumentSpec(1, ("config",), ("model", "name")),)
    assert signature.further == (ArgumentSpec(2, ("other",)),)


def test_defaults() -> None:
    assert rule("a.f(model='org/default')").default == DefaultModel("org/default")
    assert rule("a.f(model=None)").default is None
    fixed = rule("a.f()", "always: org/fixed")
    assert (fixed.source, fixed.default) == (ModelSource.IMPLICIT, DefaultModel("org/fixed"))
    table = rule("a.f(task, model)", "model: model", "default: pipeline_tasks by task").default
    assert table == DefaultModel(by=ArgumentSpec(0, ("task",)), table="pipeline_tasks")


def test_defaults_by_name_make_one_signature_a_name() -> None:
    document = read(
        """\
        schema: 1
        libraries:
          a:
            a.**.<class>(model):
              model: model
              default: {Reader: org/reader, Other: '-'}
              match: a.Reader() -> org/reader
              no_match: a.g()
        """
    )
    found = [(s.pattern, s.default, s.source) for s in document.signatures]
    assert found == [
        ("a.**.Reader", DefaultModel("org/reader"), ModelSource.ARGUMENT),
        ("a.**.Other", None, ModelSource.ARGUMENT),
    ]


def test_a_family_is_one_rule_for_several_libraries() -> None:
    document = read(
        """\
        schema: 1
        families:
          from_pretrained:
            libraries: [one, two=two-kit]
            no_match: ROOT.M()
            ROOT.**.from_pretrained(name): ROOT.M.from_pretrained('a/b') -> a/b
        """
    )
    assert [(s.id, s.pattern) for s in document.signatures] == [
        ("one/from_pretrained", "one.**.from_pretrained"),
        ("two-kit/from_pretrained", "two.**.from_pretrained"),
    ]
    assert document.examples[2].code == "import two\ntwo.M.from_pretrained('a/b')"


def test_a_mistake_in_a_family_is_reported_once() -> None:
    text = "schema: 1\nfamilies:\n  f:\n    libraries: [a, b]\n    no_match: ROOT.g()\n    ROOT.f(x: ROOT.f('a/b')\n"
    assert len(mistakes(text)) == 1
    text = text.replace("ROOT.f(x:", "ROOT.f(x) -> tim:")
    assert mistakes(text) == ("s.yaml:6: a/f: no identity 'tim'; did you mean 'timm'?",)


def test_every_mistake_is_reported_at_once_with_its_line() -> None:
    text = GOOD.replace("if: pretrained", "if: pretraind").replace("identity: timm", "identity: tim")
    assert mistakes(text.replace("also:", "alsoo:")) == (
        "s.yaml:5: lib/load: no identity 'tim'; did you mean 'timm'?",
        "s.yaml:7: lib: load: unknown key 'alsoo'; did you mean 'also'?",
        "s.yaml:9: lib/load: the call has no parameter 'pretraind'; did you mean 'pretrained'?",
    )


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("schema: 1", "schema: 7", "s.yaml:1: this ptmscan reads schema 1"),
        ("schema: 1\n", "", "s.yaml:1: `schema: 1` is missing"),
        ("Tokenizer: tokenizer,", "Tokenizer: tokeniser,", "no component 'tokeniser'; did you mean 'tokenizer'?"),
        ("identity: timm", "identiti: timm", "lib: neither a key nor a call: 'identiti'; did you mean 'identity'?"),
        ("model: name\n", "model: name\n      always: x\n", "exclude each other"),
        ("model: name", "model: nam", "s.yaml:8: lib/load: the call has no parameter 'nam'; did you mean 'name'?"),
        ("model: name", "model: <builder>", "<builder> does not stand in the call"),
        ("model: name", "model: name\n      model: name", "'model' stands here a second time, first on line 8"),
        ("model: name", "versions: new", "'new' is no version range such as"),
        ("model: name", "where: x in timm_tags", "of a captured <NAME>"),
        ("model: name", "default: tasks by name", "must say `TABLE by PARAMETER`"),
        ("model: name", "default: {A: org/name}", "defaults by name need one captured <NAME>"),
        ("model: name", "identity: table nothing", "no table of ids 'nothing'"),
        ("(name|model, pretrained=False, *, revision)", "(", "is no call such as"),
        ("also: lib.{a,b}.load", "also: lib.{a,b.load", "braces do not pair"),
        ("also: lib.{a,b}.load", "also: '**.load'", "must begin with an import root"),
        ("also: lib.{a,b}.load", "also: lib.load", "lib.load is written twice"),
        ("also: lib.{a,b}.load", "also: lib.*", "must end in the name of a callable"),
        ("lib.load('org/name', True) -> org/name", "lib.load( -> x", "the example is no Python"),
        ("        - lib.load('org/name')", "        - lib.load('org/name') -> x", "names no model"),
        ("if: pretrained is true", "if: pretrained true", "is no condition such as"),
        ("if: pretrained is true", "if: pretrained is true by default of me", "no table of defaults 'me'"),
        ("identity: timm", "hub: [a]", "hub must be text"),
        ("identity: timm", "hub: hugingface", "hub: no 'hugingface'; did you mean 'huggingface'?"),
        ("identity: timm", "component: modle", "no 'modle'; did you mean 'model'?"),
    ],
)
def test_mistakes(old: str, new: str, mistake: str) -> None:
    assert old in GOOD
    assert any(mistake in found for found in mistakes(GOOD.replace(old, new, 1)))


def test_a_call_without_parameters_says_what_it_always_loads() -> None:
    text = "schema: 1\nlibraries:\n  a:\n    no_match: a.g()\n    a.f(): a.f()\n"
    assert mistakes(text) == ("s.yaml:5: a/f: nothing in the call names a model; say `always: MODEL`",)


def test_two_rules_of_one_callable_need_an_id() -> None:
    text = GOOD + "    lib.load(other): lib.load('a')\n"
    assert any("there are two rules lib/load; give this one an `id`" in found for found in mistakes(text))


def test_a_rule_without_examples_is_a_mistake() -> None:
    assert mistakes(GOOD[: GOOD.index("      if:")]) == (
        "s.yaml:5: library 'lib' has no `no_match` example",
        "s.yaml:7: lib/load has no `match` example",
    )


def test_a_rule_with_conditions_shows_what_it_does_not_match() -> None:
    text = GOOD[: GOOD.index("      no_match:")]
    assert any("lib/load has conditions and no `no_match` example" in found for found in mistakes(text))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "s.yaml:1: the file is empty"),
        ("schema: 1\nlibraries: {a: *b}\n", "s.yaml:2: aliases (`*name`) are not allowed"),
        ("[" * 30, "nested deeper than 20 levels"),
        ("[" * 100_000, "s.yaml:1: no"),
        ("a: [1\nb: 2", "s.yaml:2: no YAML: "),
        ("schema: 1\nlibraries: [1]\n", "s.yaml:2: libraries must be a mapping"),
        ("schema: 1\nlibraries: {a: {}}\n", "s.yaml:2: library 'a' has no call"),
        ("schema: 1\nfamilies: {a: {}}\n", "s.yaml:2: family 'a' names no `libraries`"),
        ("- 1", "s.yaml:1: the file must be a mapping"),
        ("schema: 1\n" + "#" * 4_000_001, "s.yaml:1: larger than 4 MB"),
    ],
)
def test_what_is_no_signature_file_gets_a_mistake_and_no_crash(text: str, mistake: str) -> None:
    assert any(mistake in found for found in mistakes(text))
