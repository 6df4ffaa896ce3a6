"""The documents keep up with the program: every command, option, format, exit code and diagnostic is described."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import click
import pytest

from ptmscan.cli.commands import root
from ptmscan.config import KEYS
from ptmscan.errors import ExitCode
from ptmscan.records import DiagnosticCode
from ptmscan.report import FORMATS

ROOT = Path(__file__).resolve().parent.parent
USAGE = (ROOT / "docs/usage.md").read_text(encoding="utf-8")
LIMITS = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += _commands(child, (*path, name))
    return found


COMMANDS = _commands(root, ("ptmscan",))
OPTIONS = [
    pytest.param(option, id=f"{' '.join(path)} {option}")
    for path, command in COMMANDS
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for option in (*parameter.opts, *parameter.secondary_opts)
]


def _section(path: tuple[str, ...]) -> str:
    """The part of the usage page under the heading of a command, up to the next heading."""
    _, _, rest = USAGE.partition(f"\n## {' '.join(path[:2])}\n")
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS if len(path) > 1], ids=" ".join)
def test_command_has_its_section(path: tuple[str, ...]) -> None:
    assert " ".join(path) in _section(path)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_command_and_its_options_have_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("option", OPTIONS)
def test_option_is_documented(option: str) -> None:
    assert re.search(rf"`[^`\n]*{re.escape(option)}\b", USAGE)


@pytest.mark.parametrize("page", [USAGE, README], ids=["usage", "readme"])
@pytest.mark.parametrize("name", FORMATS)
def test_format_has_its_row(name: str, page: str) -> None:
    assert f"\n| `{name}` |" in page


@pytest.mark.parametrize("code", ExitCode)
def test_exit_code_has_its_row(code: ExitCode) -> None:
    assert f"\n| {code.value} | `{code.name}` |" in USAGE
    assert f"\n| {code.value} |" in README


@pytest.mark.parametrize("code", DiagnosticCode)
def test_diagnostic_has_its_row(code: DiagnosticCode) -> None:
    assert f"\n| `{code}` |" in LIMITS


@pytest.mark.parametrize("key", KEYS)
def test_configuration_key_is_in_the_example(key: str) -> None:
    assert re.search(rf"^{key} = ", USAGE, re.MULTILINE)


def _console_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PTMSCAN_LINES = [
    pytest.param(words, id=f"{page.name}: {' '.join(words)}")
    for page in PAGES
    for line in _console_lines(page)
    for part in line.split("&&")
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


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r"^  - [^:]+: (\S+)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_every_program_of_the_benchmarks_is_in_their_readme() -> None:
    page = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")
    programs = [path.name for path in (ROOT / "benchmarks").rglob("*.py")]
    assert [name for name in programs if f"`{name}`" not in page and f"/{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [target for target in targets if "://" not in target and not target.startswith("#")]
    assert [target for target in local if not (page.parent / target.partition("#")[0]).exists()] == []
