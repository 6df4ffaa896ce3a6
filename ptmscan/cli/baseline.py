"""`ptmscan baseline`: accept what a repository loads, and check that it loads nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cache import Cache
from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import baseline_option, cache_options, configuration_options, fail_on_option, settings
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode

if TYPE_CHECKING:
    from ptmscan.cli.guarding import Guarded
    from ptmscan.guard import Verdict
    from ptmscan.policy.baseline import Baseline
    from ptmscan.policy.policy import Policy
    from ptmscan.records import ScanResult

PATH = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Keep the file of accepted models, .ptmscan-baseline.json at the top of the repository.

    \b
    Examples:
      ptmscan baseline update
      ptmscan baseline check
    """


@command.command("update")
@click.argument("path", default=".", type=PATH)
@click.option(
    "--accept-findings", is_flag=True, help="Accept the findings of the policy, too, each for the use that it is about."
)
@baseline_option
@cache_options
@configuration_options
def update(
    path: Path,
    accept_findings: bool,
    baseline: Path | None,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> None:
    """Write what the repository around PATH loads today as accepted; drop what it loads no more.

    \b
    Examples:
      ptmscan baseline update
      ptmscan baseline update --accept-findings    # start with a policy that the code does not keep yet
    """
    config = settings((path,), config_file=config_file, no_config=no_config, signatures=signatures, baseline=baseline)
    from ptmscan.cli.guarding import open_guarded
    from ptmscan.cli.scanning import scanned
    from ptmscan.policy.baseline import Baseline, baseline_of, format_baseline

    guarded = open_guarded(path, config, named=baseline)
    before = guarded.baseline() or Baseline()
    result = scanned(guarded.tree, guarded.options, config, None if no_cache else Cache(cache))
    accepted = _still_needed(before, result, config.policy)
    if accept_findings:
        accepted |= _standing(guarded, result, config.policy)
    after = baseline_of(result.usages, accepted)
    text = format_baseline(after)
    if not guarded.baseline_file.is_file() or guarded.baseline_file.read_text("utf-8", "replace") != text:
        with open_output(guarded.baseline_file) as stream:
            stream.write(text)
    say(_changes(guarded.shown_file, before, after))
    if result.incomplete:
        say("some files could not be read; what they load is not in it (`ptmscan scan .` lists them)")


def _still_needed(before: Baseline, result: ScanResult, policy: Policy) -> set[tuple[str, str]]:
    """What was accepted of the policy's findings and is found still."""
    from ptmscan.policy.checks import policy_findings

    return set(before.accepted()) & {(f.usage.fingerprint, f.rule) for f in policy_findings(result.usages, policy)}


def _standing(guarded: Guarded, result: ScanResult, policy: Policy) -> set[tuple[str, str]]:
    """The findings of the policy that would make the hook fail today."""
    from ptmscan.guard import judge

    found = judge(guarded.tree, result, policy, is_scanned=guarded.options.is_asked_for).reaching(policy.fail_on)
    return {(finding.usage.fingerprint, finding.rule) for finding in found.findings}


def _changes(name: str, before: Baseline, after: Baseline) -> str:
    from ptmscan.report.words import count

    old, new = frozenset(before.entries), frozenset(after.entries)
    models = {pin.model for entry in after.entries for pin in entry.models}
    held = f"{count(len(models), 'model')} in {count(len(after.entries), 'use')}"
    changes = f"{len(new - old)} added, {len(old - new)} removed" if new != old else "nothing changed"
    return f"{name}: {held}; {changes}"


@command.command("check", epilog="Exit codes: 0 all is accepted, 1 something is not, 2 error.")
@click.argument("path", default=".", type=PATH)
@fail_on_option
@baseline_option
@cache_options
@configuration_options
def check(
    path: Path,
    fail_on: str | None,
    baseline: Path | None,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> ExitCode:
    """Fail when the repository around PATH loads a model, or a revision of one, that is not accepted.

    \b
    Example:
      ptmscan baseline check || ptmscan baseline update
    """
    config = settings(
        (path,), config_file=config_file, no_config=no_config, signatures=signatures, baseline=baseline, fail_on=fail_on
    )
    from ptmscan.cli.guarding import failing, open_guarded
    from ptmscan.cli.hook import failure

    guarded = open_guarded(path, config, named=baseline)
    policy = _baseline_rules_only(config.policy)
    _, verdict = failing(guarded, config, policy, None if no_cache else Cache(cache))
    with open_output(STANDARD_OUTPUT) as stream:
        stream.writelines(line + "\n" for line in (failure(guarded, verdict) if len(verdict) else ()))
    say(_state(guarded.shown_file, verdict))
    return ExitCode.FINDINGS if len(verdict) else ExitCode.DONE


def _baseline_rules_only(policy: Policy) -> Policy:
    from ptmscan.policy.policy import Level
    from ptmscan.policy.rules import BASELINE_RULES, RULES

    others = tuple((rule.id, Level.OFF) for rule in RULES if rule.id not in BASELINE_RULES)
    return replace(policy, levels=(*policy.levels, *others))


def _state(name: str, verdict: Verdict) -> str:
    from ptmscan.report.words import count

    gone = f"; {count(len(verdict.gone), 'use')} in it that the code has no more" if verdict.gone else ""
    return f"{name}: {count(len(verdict), 'finding') if len(verdict) else 'all is accepted'}{gone}"
