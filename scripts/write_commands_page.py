"""Write docs/commands.md from the commands themselves; `tests/test_docs.py` fails when the page is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ptmscan.cli.commands import root

PAGE = Path(__file__).resolve().parent.parent / "docs/commands.md"
INTRODUCTION = """\
# Commands

`python scripts/write_commands_page.py` writes this page from the program: it says what `ptmscan COMMAND --help`,
or `-h`, says. The [usage](usage.md) page tells how commands are meant to be used, what the
[exit codes](usage.md#exit-codes) are, and what may stand in a [configuration file](usage.md#configuration).
"""


def page() -> str:
    """The text of docs/commands.md."""
    lines = [INTRODUCTION]
    for path, command in commands(root, ("ptmscan",)):
        lines += _section(path, command)
    return "\n".join(lines)


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and those below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from commands(child, (*path, name))


def _section(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    yield from (f"{'##' if len(path) < 3 else '###'} {' '.join(path)}", "")
    yield from ("```text", " ".join([*path, *command.collect_usage_pieces(context)]), "```", "")
    yield from _text(command.help or "")
    # Not `get_params`, which adds --help; the introduction tells of it.
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield from ("| option | meaning |", "|---|---|")
        yield from (f"| {_names(option, context)} | {_meaning(option, context)} |" for option in options)
        yield ""
    # The codes of the whole program have a table of their own.
    if command.epilog and len(path) > 1:
        yield from _text(command.epilog)


def _text(text: str) -> Iterator[str]:
    """Help as Markdown: what click must not wrap is a list of command lines, under a title of its own."""
    for paragraph in text.split("\n\n"):
        lines = [line.strip() for line in paragraph.strip().splitlines()]
        if lines[:1] == ["\b"]:
            yield from (lines[1], "", "```console", *lines[2:], "```", "")
        elif lines:
            yield from (_escaped(" ".join(lines)), "")


def _names(option: click.Option, context: click.Context) -> str:
    names = [f"`{name}`" for name in (*sorted(option.opts, key=len), *option.secondary_opts)]
    if not option.is_flag:
        metavar = "NAME" if isinstance(option.type, click.Choice) else option.make_metavar(context)
        names[-1] = f"{names[-1][:-1]} {metavar}`"
    return ", ".join(names)


def _meaning(option: click.Option, context: click.Context) -> str:
    parts = [_escaped(option.help or "")]
    if isinstance(option.type, click.Choice):
        parts.append("One of " + ", ".join(f"`{choice}`" for choice in option.type.choices) + ".")
    if option.required:
        parts.append("Required.")
    if option.multiple:
        parts.append("May be repeated.")
    if default := option.get_help_extra(context).get("default"):
        parts.append(f"`{default}` unless given.")
    return " ".join(parts)


def _escaped(text: str) -> str:
    """Words of the program as Markdown takes them literally: brackets and bars, but not what stands in backticks."""
    pieces = text.split("`")
    pieces[::2] = [
        piece.replace("\\", "\\\\").replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;").replace("*", "\\*")
        for piece in pieces[::2]
    ]
    return "`".join(pieces)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
