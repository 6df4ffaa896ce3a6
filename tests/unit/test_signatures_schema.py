"""signatures.yaml as an editor meets it: every mistake at once, each with its line and a way out."""

from __future__ import annotations

import textwrap

import pytest

from ptmscan.errors import SignatureFileError
from ptmscan.records import Component
from ptmscan.signatures.model import ArgumentSpec, DefaultModel, Gate, GateTest, ModelSource
from ptmscan.signatures.schema import Document, read_document

GOOD = """\
schema: 1
components: {Tokenizer: tokenizer, FastTokenizer: processor}
libraries:
  lib:
    hub: huggingface
    revision: revision
    rules:
      load:
        call: lib.load(name|model, pretrained=False, *, revision)
        also: lib.{a,b}.load
        model: name
        if: pretrained is true
        component: by class
        match:
          - lib.load('org/name', True): org/name
        no_match:
          - lib.load('org/name')
"""


def read(text: str) -> Document:
    return read_document("s.yaml", textwrap.dedent(text))


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SignatureFileError) as caught:
        read(text)
    return caught.value.mistakes


def test_a_rule_becomes_one_signature_a_pattern() -> None:
    signatures = read(GOOD).signatures
    assert [s.pattern for s in signatures] == ["lib.load", "lib.a.load", "lib.b.load"]
    first = signatures[0]
    assert (first.id, first.library, first.source) == ("lib/load", "lib", ModelSource.ARGUMENT)
    assert first.model == (ArgumentSpec(0, ("name", "model")),)
    assert first.gates == (Gate(ArgumentSpec(1, ("pretrained",)), GateTest.TRUE, default=False),)
    assert first.component_by_class == (("FastTokenizer", Component.PROCESSOR), ("Tokenizer", Component.TOKENIZER))
    assert (first.revision, first.hub, first.parameters) == (("revision",), "huggingface", ("name", "pretrained"))
    assert first.distributions == ("lib",)


def test_examples_keep_their_line_and_gain_the_import() -> None:
    match, no_match = read(GOOD).examples
    assert (match.line, match.matches, match.models) == (15, True, ("org/name",))
    assert match.code == "import lib\nlib.load('org/name', True)"
    assert (no_match.line, no_match.matches) == (17, False)


def test_a_single_rule_may_stand_in_the_library() -> None:
    (signature,) = read(
        """\
        schema: 1
        libraries:
          kb:
            call: kb.KB(model='org/default')
            model: model
            match: ["kb.KB()"]
            no_match: ["kb.other()"]
        """
    ).signatures
    assert signature.id == "kb/kb"
    assert signature.default == DefaultModel("org/default")


def test_a_call_that_always_loads_the_same_model() -> None:
    (signature,) = read(
        """\
        schema: 1
        libraries:
          kb:
            call: kb.KB()
            always: org/fixed
            match: [{"kb.KB()": org/fixed}]
            no_match: ["kb.other()"]
        """
    ).signatures
    assert (signature.source, signature.default) == (ModelSource.IMPLICIT, DefaultModel("org/fixed"))


def test_a_family_is_one_rule_for_several_libraries() -> None:
    document = read(
        """\
        schema: 1
        families:
          from_pretrained:
            libraries: [one, two=two-kit]
            call: ROOT.**.from_pretrained(name)
            model: name
            match: [{"ROOT.M.from_pretrained('a/b')": a/b}]
            no_match: ["ROOT.M()"]
        """
    )
    assert [(s.id, s.pattern) for s in document.signatures] == [
        ("one/from_pretrained", "one.**.from_pretrained"),
        ("two-kit/from_pretrained", "two.**.from_pretrained"),
    ]
    assert document.examples[2].code == "import two\ntwo.M.from_pretrained('a/b')"


def test_every_mistake_is_reported_at_once_with_its_line() -> None:
    text = GOOD.replace("if: pretrained", "if: pretraind").replace("hub: huggingface", "hub: hugingface")
    text = text.replace("component: by class", "componet: model")
    assert mistakes(text) == (
        "s.yaml:5: lib/load: hub: no 'hugingface'; did you mean 'huggingface'?",
        "s.yaml:12: lib/load: the call has no parameter 'pretraind'; did you mean 'pretrained'?",
        "s.yaml:13: rule lib/load: unknown key 'componet'; did you mean 'component'?",
    )


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("schema: 1", "schema: 7", "s.yaml:1: this ptmscan reads schema 1"),
        ("schema: 1\n", "", "s.yaml:1: `schema: 1` is missing"),
        ("        model: name\n", "", "s.yaml:9: lib/load says neither `model` nor `always`"),
        ("        model: name\n", "        model: name\n        always: x\n", "exclude each other"),
        ("model: name", "model: nam", "s.yaml:11: lib/load: the call has no parameter 'nam'; did you mean 'name'?"),
        ("model: name", "model: <builder>", "<builder> does not stand in the call"),
        ("model: name", "model: name\n        model: name", "'model' stands here a second time, first on line 11"),
        ("model: name", "model: name\n        identity: hff", "no identity 'hff'; did you mean 'hf'?"),
        ("model: name", "model: name\n        versions: new", "'new' is no version range such as"),
        ("model: name", "model: name\n        where: x in timm_tags", "of a captured <NAME>"),
        ("model: name", "model: name\n        default: tasks by name", "must say `TABLE by PARAMETER`"),
        ("call: lib.load(name|model, pretrained=False, *, revision)", "call: lib.load(", "is no call such as"),
        ("also: lib.{a,b}.load", "also: lib.{a,b.load", "braces do not pair"),
        ("also: lib.{a,b}.load", "also: '**.load'", "must begin with an import root"),
        ("also: lib.{a,b}.load", "also: lib.load", "a pattern is written twice"),
        ("lib.load('org/name', True): org/name", "lib.load(: x", "the example is no Python"),
        ("if: pretrained is true", "if: pretrained true", "is no condition such as"),
        ("if: pretrained is true", "if: pretrained is true by default of me", "no table of defaults 'me'"),
        ("hub: huggingface", "hub: [a]", "hub must be text"),
        ("component: by class", "component: modle", "no 'modle'; did you mean 'model'?"),
    ],
)
def test_mistakes(old: str, new: str, mistake: str) -> None:
    assert old in GOOD
    assert any(mistake in found for found in mistakes(GOOD.replace(old, new, 1)))


def test_a_rule_without_examples_is_a_mistake() -> None:
    head = GOOD[: GOOD.index("        match:")]
    assert mistakes(head) == (
        "s.yaml:5: library 'lib' has no `no_match` example",
        "s.yaml:9: lib/load has no `match` example",
    )


def test_a_rule_with_conditions_shows_what_it_does_not_match() -> None:
    head = GOOD[: GOOD.index("        no_match:")]
    assert any("lib/load has conditions and no `no_match` example" in found for found in mistakes(head))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "s.yaml:1: the file is empty"),
        ("schema: 1\nlibraries: {a: *b}\n", "s.yaml:2: aliases (`*name`) are not allowed"),
        ("[" * 30, "nested deeper than 20 levels"),
        ("[" * 100_000, "s.yaml:1: no"),
        ("a: [1\nb: 2", "s.yaml:2: no YAML: "),
        ("schema: 1\nlibraries: [1]\n", "s.yaml:2: libraries must be a mapping"),
        ("- 1", "s.yaml:1: the file must be a mapping"),
        ("schema: 1\n" + "#" * 4_000_001, "s.yaml:1: larger than 4 MB"),
    ],
)
def test_what_is_no_signature_file_gets_a_mistake_and_no_crash(text: str, mistake: str) -> None:
    assert any(mistake in found for found in mistakes(text))
