"""The documents keep up with the program: what a user can name is described, what programs write is up to date."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from documentation_site import build_site

from ptmscan.batch.jobs import Status
from ptmscan.cli.commands import root
from ptmscan.cli.graph import FORMATS as GRAPH_FORMATS
from ptmscan.config import KEYS
from ptmscan.errors import ExitCode
from ptmscan.graph.naming import EdgeKind, NodeKind
from ptmscan.graph.projections import Projection
from ptmscan.policy.model import Rule
from ptmscan.policy.rules import RULES
from ptmscan.records import DiagnosticCode
from ptmscan.report import FORMATS
from ptmscan.signatures.identity import Hub

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _script(name: str) -> dict[str, Any]:
    """What a program that writes a page defines."""
    return runpy.run_path(str(ROOT / "scripts" / name))


README = (ROOT / "README.md").read_text(encoding="utf-8")
USAGE, LIMITS, FORMATS_PAGE, RECORDS = _page("usage.md"), _page("limits.md"), _page("formats.md"), _page("records.md")

COMMANDS: list[tuple[tuple[str, ...], click.Command]] = list(
    _script("write_commands_page.py")["commands"](root, ("ptmscan",))
)
OPTIONS = [
    pytest.param(path, option, id=f"{' '.join(path)} {option}")
    for path, command in COMMANDS
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for option in (*parameter.opts, *parameter.secondary_opts)
]


def test_the_page_of_commands_is_what_the_script_writes() -> None:
    assert _page("commands.md") == _script("write_commands_page.py")["page"]()


def test_worked_examples_are_what_the_program_says() -> None:
    page = _page("resolution.md")
    assert page.count("<!-- begin: ") == page.count("<!-- end -->") > 10
    assert page == _script("write_worked_examples.py")["fresh"](page)


def test_each_file_of_the_worked_examples_is_shown() -> None:
    folder = ROOT / "examples/names"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(re.findall(r"<!-- begin: file (\S+) -->", _page("resolution.md"))) == files


def _section(path: tuple[str, ...]) -> str:
    """The part of the page of commands under the heading of a command, up to the next heading."""
    heading = re.search(rf"^##+ {' '.join(path)}\n", _page("commands.md"), re.MULTILINE)
    assert heading is not None
    return re.split(r"\n##", _page("commands.md")[heading.end() :], maxsplit=1)[0]


@pytest.mark.parametrize(("path", "option"), OPTIONS)
def test_option_has_its_row(path: tuple[str, ...], option: str) -> None:
    assert re.search(rf"^\| [^|]*`{re.escape(option)}[ `]", _section(path), re.MULTILINE)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_command_and_its_options_have_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


LEAVES = [path for path, command in COMMANDS if not isinstance(command, click.Group)]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_command_is_told_of_in_words_somewhere(path: tuple[str, ...]) -> None:
    """Not only by its own help: a page that somebody wrote says when to use it."""
    written = "".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "commands.md")
    assert re.search(rf"`{' '.join(path)}\b|^{' '.join(path)}\b", written, re.MULTILINE)


@pytest.mark.parametrize("page", [FORMATS_PAGE, README], ids=["formats", "readme"])
@pytest.mark.parametrize("name", FORMATS)
def test_format_has_its_row(name: str, page: str) -> None:
    assert f"\n| `{name}` |" in page


@pytest.mark.parametrize("name", GRAPH_FORMATS)
def test_format_of_graphs_is_named(name: str) -> None:
    assert f"`{name}`" in _page("graph.md")


@pytest.mark.parametrize("kind", [*NodeKind, *EdgeKind, *Projection])
def test_kind_of_nodes_edges_and_projections_is_named(kind: str) -> None:
    assert f"`{kind}`" in _page("graph.md") or f" {kind}`" in _page("graph.md")


@pytest.mark.parametrize("code", ExitCode)
def test_exit_code_has_its_row(code: ExitCode) -> None:
    assert f"\n| {code.value} | `{code.name}` |" in USAGE
    assert f"\n| {code.value} |" in README


@pytest.mark.parametrize("code", DiagnosticCode)
def test_diagnostic_has_its_row(code: DiagnosticCode) -> None:
    assert f"\n| `{code}` |" in LIMITS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_has_its_section(rule: Rule) -> None:
    assert f"\n## {rule.id}\n\n**{rule.name}**" in _page("rules.md")


@pytest.mark.parametrize("key", KEYS)
def test_configuration_key_is_in_the_example(key: str) -> None:
    assert re.search(rf"^{key} = ", USAGE, re.MULTILINE)


# The parts of the page of records that tell of an object of the schema.
TOLD_UNDER = {
    "ScanHeader": "The scan line",
    "UsageRecord": "A usage",
    "ModelReference": "A model",
    "Evidence": "A model",
    "LibraryRelease": "A release",
    "OtherRelease": "A release",
    "Diagnostic": "A diagnostic",
    "Suspect": "A suspect",
}
SCHEMA = json.loads((ROOT / "ptmscan/schema/usage-records-1.json").read_text(encoding="utf-8"))["$defs"]
KEYS_OF_RECORDS = [(name, key) for name, definition in SCHEMA.items() for key in definition["properties"]]


@pytest.mark.parametrize(("name", "key"), KEYS_OF_RECORDS, ids=[f"{name} {key}" for name, key in KEYS_OF_RECORDS])
def test_key_of_a_record_is_told_of(name: str, key: str) -> None:
    _, heading, rest = RECORDS.partition(f" {TOLD_UNDER[name]}\n")
    assert heading
    section = re.split(r"\n##", rest, maxsplit=1)[0]
    # `type` tells the kinds of lines apart and is told of once for all of them.
    assert re.search(rf'[`"]{key}[`"]', RECORDS if key == "type" else section)


@pytest.mark.parametrize("hub", Hub)
def test_hub_is_told_of(hub: Hub) -> None:
    assert f"| `{hub}` |" in _page("signatures.md")


@pytest.mark.parametrize("status", Status)
def test_status_of_a_batch_has_its_row(status: Status) -> None:
    assert f"\n| `{status}` |" in _page("batch.md")


def _console_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


PTMSCAN_LINES = [
    pytest.param(words, id=f"{page.name}: {' '.join(words)}")
    for page in PAGES
    for line in _console_lines(page)
    for part in re.split(r"&&|\|", line)
    if (words := shlex.split(part, comments=True)) and words[0].rpartition("/")[2] == "ptmscan"
]


@pytest.mark.parametrize("words", PTMSCAN_LINES)
def test_documented_command_line_is_one_that_ptmscan_takes(words: list[str]) -> None:
    command: click.Command = root
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        child = command.get_command(click.Context(command), rest[0])
        assert child is not None, f"no command {rest[0]!r}"
        command, rest = child, rest[1:]
    known = {o for p in (*command.params, command.get_help_option(click.Context(command))) if p for o in p.opts}
    assert [word for word in rest if word.startswith("-") and word != "-" and word.partition("=")[0] not in known] == []


def test_readme_sets_up_in_two_commands_and_ci_runs_the_second() -> None:
    install, test = _console_lines(ROOT / "README.md")[:2]
    assert install.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert (ROOT / shlex.split(install)[-1]).is_dir()
    assert test.removeprefix(".venv/bin/") in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


BOUNDS = re.findall(
    r"^\| [^|]+ \| ([^|]+) \| (`\w+\.[A-Z].*) \|$",
    (ROOT / "docs/architecture.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def _module(name: str) -> ModuleType:
    """The module of the analysis of that name, or of the package."""
    inside = f"ptmscan.analysis.{name}"
    return import_module(inside if find_spec(inside) else f"ptmscan.{name}")


@pytest.mark.parametrize(("values", "names"), BOUNDS, ids=[names for _, names in BOUNDS])
def test_the_table_of_bounds_holds_what_the_code_says(values: str, names: str) -> None:
    constants = [name.split(".") for name in re.findall(r"`(\w+\.\w+)`", names)]
    found = [getattr(_module(module), constant) for module, constant in constants]
    assert [int(number.replace(",", "")) for number in re.findall(r"\d{1,3}(?:,\d{3})+|\d+", values)] == found


def test_readme_counts_the_libraries_of_the_catalogue() -> None:
    libraries = re.search(r"^(\d+) libraries\. A star", _page("signatures.md"), re.MULTILINE)
    assert libraries is not None
    assert f"Loads through {libraries[1]} libraries" in README


def test_every_layer_has_its_row() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    modules = {name for layer in layers for name in re.findall(r"\w+", layer)} - {"__main__"}
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", _page("architecture.md"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == modules


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r"^ +- [^:\n]+: (\S+)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_every_program_of_the_benchmarks_is_in_their_readme() -> None:
    page = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")
    programs = [path.name for path in (ROOT / "benchmarks").rglob("*.py")]
    assert [name for name in programs if f"`{name}`" not in page and f"/{name}`" not in page] == []


def _anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub and MkDocs make them of plain words."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower())).strip("-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in _anchors(file)):
            lost.append(target)
    assert lost == []


def test_no_page_asks_for_something_from_elsewhere(tmp_path: Path) -> None:
    """The site is built without a complaint, and what a browser would fetch for it lies in its folder."""
    done = build_site(tmp_path / "site")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    built = sorted((tmp_path / "site").rglob("*.html"))
    assert {path.stem for path in built} >= {path.stem for path in (ROOT / "docs").glob("*.md")}
    fetched = re.compile(
        r"<(?:script|img|iframe|source)[^>]* src=\"?https?:|<link (?![^>]*rel=\"?canonical)[^>]*href=\"?https?:"
    )
    assert [path.name for path in built if fetched.search(path.read_text(encoding="utf-8"))] == []
