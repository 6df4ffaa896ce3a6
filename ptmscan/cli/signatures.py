"""`ptmscan signatures`: what is known, and whether your own signature files are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import FILE, configuration_options, settings
from ptmscan.errors import UsageError

if TYPE_CHECKING:
    from ptmscan.signatures.model import ArgumentSpec, Gate, Signature


@click.group()
def command() -> None:
    """List, show and check signatures: the calls that load models.

    \b
    Examples:
      ptmscan signatures list --library timm
      ptmscan signatures show transformers/pipeline
      ptmscan signatures validate our-signatures.yaml
    """


@command.command("list")
@click.option("--library", metavar="NAME", help="Only those of one library.")
@configuration_options
def list_signatures(
    library: str | None, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool
) -> None:
    """List every signature: its id and the call that it describes.

    \b
    Example:
      ptmscan signatures list --library transformers
    """
    known = _catalogue(signatures, config_file, no_config)
    found = [signature for signature in known if library in (None, signature.library)]
    if not found:
        raise UsageError(f"no signature of a library {library!r}{_meant(str(library), {s.library for s in known})}")
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
    known = _catalogue(signatures, config_file, no_config)
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
    _print([f"{len(signatures)} signatures in {len(files)} files, no mistakes"])


def _catalogue(signatures: tuple[Path, ...], config_file: Path | None, no_config: bool) -> Sequence[Signature]:
    from ptmscan.signatures.catalogue import load_catalogue

    config = settings((), config_file=config_file, no_config=no_config, signatures=signatures)
    return load_catalogue(config.signatures).signatures


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "; `ptmscan signatures list` lists all"


def _print(lines: Iterable[str]) -> None:
    with open_output(STANDARD_OUTPUT) as stream:
        stream.writelines(line + "\n" for line in lines)


# --- in words ---------------------------------------------------------------------------------------------------------


def _described(signatures: Sequence[Signature]) -> Iterator[str]:
    """Signatures of one id; those that differ only in the name of the callable are told together."""
    alike: dict[Signature, list[str]] = {}
    for signature in signatures:
        alike.setdefault(replace(signature, pattern=""), []).append(signature.pattern)
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
            yield f"  {label:<11} {', '.join(parameters)}"
    if signature.versions:
        yield f"  versions    {signature.versions}"


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
