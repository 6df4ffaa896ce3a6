"""`ptmscan signatures`: what is known, and whether your own signature files are right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import FILE, configuration_options, settings
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, RecordFileError, UsageError
from ptmscan.report.printable import printable

if TYPE_CHECKING:
    from ptmscan.registry.suggestions import Suggestions
    from ptmscan.signatures.catalogue import Catalogue
    from ptmscan.signatures.model import ArgumentSpec, Gate, Signature


@click.group()
def command() -> None:
    """List, show, check and export signatures: the calls that load models.

    \b
    Examples:
      ptmscan signatures list --library timm
      ptmscan signatures show transformers/pipeline
      ptmscan signatures validate our-signatures.yaml
    """


@command.command("list")
@click.option("--library", metavar="NAME", help="Only those of one library.")
@click.option("--hub", metavar="NAME", help="Only those whose models come from one hub, such as huggingface.")
@click.option(
    "--origin", metavar="NAME", help="Only those of the paper's list (peatmoss), added since (ptmscan), or extra."
)
@configuration_options
def list_signatures(
    library: str | None,
    hub: str | None,
    origin: str | None,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
) -> None:
    """List every signature: its id and the call that it describes.

    \b
    Examples:
      ptmscan signatures list --library transformers
      ptmscan signatures list --hub pytorch-hub --origin peatmoss
    """
    catalogue = _catalogue(signatures, config_file, no_config)
    found = _chosen(catalogue, library=library, hub=hub, origin=origin)
    width = max(len(signature.id) for signature in found)
    _print(f"{signature.id:<{width}}  {signature.pattern}" for signature in found)


@command.command("show")
@click.argument("signature_id", metavar="ID")
@configuration_options
def show_signature(signature_id: str, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool) -> None:
    """Tell in words what the signatures named ID say.

    \b
    Example:
      ptmscan signatures show torchvision/models.builder
    """
    known = _catalogue(signatures, config_file, no_config).signatures
    found = [signature for signature in known if signature.id == signature_id]
    if not found:
        raise UsageError(f"no signature {signature_id!r}{_meant(signature_id, {s.id for s in known})}")
    _print(_described(found))


@command.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FILE)
def validate(files: tuple[Path, ...]) -> None:
    """Check signature files, and name every mistake with its line.

    \b
    Example:
      ptmscan signatures validate our-signatures.yaml
    """
    from ptmscan.signatures.extra import read_extra

    signatures, _ = read_extra(files)
    _print([f"{_counted(len(signatures), 'signature')} in {_counted(len(files), 'file')}, no mistakes"])


@command.command("export")
@click.option(
    "--format", "output_format", metavar="FORMAT", default="json", show_default=True, help="Only json so far."
)
@click.option("-o", "--output", type=FILE, default=STANDARD_OUTPUT, metavar="FILE", help="Write to a file.")
@configuration_options
def export(
    output_format: str, output: Path, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool
) -> None:
    """Write the whole catalogue for other programs.

    \b
    Example:
      ptmscan signatures export --format json -o signatures.json
    """
    from ptmscan.signatures.export import exported

    if output_format != "json":
        raise UsageError(f"no format {output_format!r} for signatures; there is json")
    document = exported(_catalogue(signatures, config_file, no_config))
    with open_output(output) as stream:
        stream.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


@command.command("queries")
@click.option("--library", metavar="NAME", help="Only those of one library.")
@click.option("--origin", metavar="NAME", help="Only libraries with signatures of that origin, as of `list`.")
@configuration_options
def list_queries(
    library: str | None, origin: str | None, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool
) -> None:
    """Print Sourcegraph queries for code that may load models: library, form of import, query, between tabs.

    \b
    Example:
      ptmscan signatures queries --library transformers | cut -f 3
    """
    from ptmscan.signatures.queries import queries

    found = _chosen(_catalogue(signatures, config_file, no_config), library=library, hub=None, origin=origin)
    _print(f"{query.library}\t{query.form}\t{query.text}" for query in queries(found))


@command.command("suggest")
@click.argument("records", nargs=-1, required=True, metavar="RECORDS…", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N.")
def suggest(records: tuple[Path, ...], limit: int | None) -> ExitCode:
    """Rank the calls that the catalogue may lack, from RECORDS of `scan --suspects` (JSON Lines files, or folders).

    Prints a table with tabs: repositories, models, calls, callable, arguments, an example.

    \b
    Examples:
      ptmscan scan . --registry known.ptms --suspects --format jsonl -o models.jsonl
      ptmscan signatures suggest models.jsonl
    """
    from ptmscan.registry.suggestions import Suggestions

    suggestions, problems = Suggestions(), 0
    for problem in _collect(records, suggestions):
        say(f"not read: {problem}")
        problems += 1
    rows = (
        (s.repositories, s.models, s.calls, s.callee, " ".join(s.arguments), f"{s.repository} {s.example.source_line}")
        for s in islice(suggestions.ranked(), limit)
    )
    heads = ("repositories", "models", "calls", "callable", "arguments", "example")
    _print("\t".join(printable(str(cell)) for cell in row) for row in (heads, *rows))
    return ExitCode.INCOMPLETE if problems else ExitCode.DONE


def _collect(records: tuple[Path, ...], suggestions: Suggestions) -> Iterator[str]:
    """Add the suspects of all files; gives what could not be read."""
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.record_files import Section, sections
    from ptmscan.records import Suspect

    for file in record_paths(records):
        for section in sections(file):
            if not isinstance(section, Section):
                yield str(section)
                continue
            if not section.header.suspects:
                continue
            try:
                for item in section.items():
                    if isinstance(item, Suspect):
                        suggestions.add(section.header.repository, item)
            except (RecordFileError, OSError) as error:
                yield f"{section.place}: {error}"


def _catalogue(signatures: tuple[Path, ...], config_file: Path | None, no_config: bool) -> Catalogue:
    from ptmscan.signatures.catalogue import load_catalogue

    config = settings((), config_file=config_file, no_config=no_config, signatures=signatures)
    return load_catalogue(config.signatures)


def _chosen(catalogue: Catalogue, *, library: str | None, hub: str | None, origin: str | None) -> list[Signature]:
    """The signatures that pass all filters.

    Raises:
        UsageError: a word that no signature has, or a combination that none has.
    """
    known = catalogue.signatures
    filters: tuple[tuple[str, str | None, Callable[[Signature], str | None]], ...] = (
        ("library", library, lambda one: one.library),
        ("hub", hub, lambda one: one.hub),
        ("origin", origin, catalogue.origin),
    )
    found = list(known)
    for what, wanted, value in filters:
        if wanted is None:
            continue
        words = {str(word) for one in known if (word := value(one)) is not None}
        if wanted not in words:
            raise UsageError(
                f"no signature of a{'n' if what == 'origin' else ''} {what} {wanted!r}{_meant(wanted, words)}"
            )
        found = [one for one in found if value(one) == wanted]
    if not found:
        raise UsageError("no signature has all of that")
    return found


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "; `ptmscan signatures list` lists all"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print(lines: Iterable[str]) -> None:
    with open_output(STANDARD_OUTPUT) as stream:
        stream.writelines(line + "\n" for line in lines)


# --- in words ---------------------------------------------------------------------------------------------------------


def _described(signatures: Sequence[Signature]) -> Iterator[str]:
    """Signatures of one id; those that differ only in the name of the callable are told together."""
    alike: dict[Signature, list[str]] = {}
    for signature in signatures:
        default = signature.default and replace(signature.default, key=None)
        alike.setdefault(replace(signature, pattern="", default=default), []).append(signature.pattern)
    for signature, patterns in alike.items():
        yield signature.id
        yield from (f"  call        {pattern}" for pattern in patterns)
        yield from _conditions(signature)


def _conditions(signature: Signature) -> Iterator[str]:
    if signature.names is not None:
        names = sorted(signature.names)
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        yield f"  names       {', '.join(names[:8])}{more}"
    yield f"  loads       {signature.component} from {signature.hub or 'a hub that the name tells'}"
    yield f"  model       {_model(signature)}"
    for argument in signature.further:
        yield f"  and model   {_argument(argument)}"
    for gate in signature.gates:
        yield f"  only if     {_gate(gate)}"
    for gate in signature.any_gates:
        yield f"  only if one {_gate(gate)}"
    for label, parameters in (("revision", signature.revision), ("trust", signature.trust)):
        if parameters:
            yield f"  {label:<11} {', '.join(_argument(parameter) for parameter in parameters)}"
    if signature.versions:
        yield f"  versions    {signature.versions} of {' or '.join(signature.distributions)}"


def _model(signature: Signature) -> str:
    arguments = ", ".join(_argument(argument) for argument in signature.model)
    default = signature.default
    omitted = "" if default is None else f"; omitted: {default.name or f'from the table {default.table}'}"
    return f"{signature.source}{': ' + arguments if arguments else ''}{omitted}"


def _argument(argument: ArgumentSpec) -> str:
    place = "keyword only" if argument.position is None else f"position {argument.position + 1}"
    return f"{' or '.join(argument.keywords)} ({place})" if argument.keywords else place


def _gate(gate: Gate) -> str:
    values = f" {', '.join(map(repr, gate.values))}" if gate.values else ""
    omitted = f"by the table {gate.table}" if gate.table else repr(gate.default)
    return f"{_argument(gate.argument)} is {gate.test}{values}; omitted it is {omitted}"
