"""The links of PeaTMOSS for 21 repositories, replayed: which of them a scan has, and what it has beyond them.

    python benchmarks/links.py CLONES             scans CLONES/owner/name, each a git clone that holds the commit
    python benchmarks/links.py --records FOLDER   takes scans that were made before, FOLDER/owner__name.jsonl

A registry is built from the names of the list and 300,000 generated ones; the records are loaded into an empty
database with its models (`--create-models --registry`), and the link table is compared with the list. Then all models
are allowed, and the links beyond the list are printed with the call behind each.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from ptmscan.discovery import open_tree
from ptmscan.peatmoss.database import database_url, reading, writing
from ptmscan.peatmoss.loader import LoadOptions, load
from ptmscan.record_json import read_jsonl, write_jsonl
from ptmscan.records import ScanResult
from ptmscan.registry.building import build
from ptmscan.registry.index import Registry
from ptmscan.registry.model import KnownHub, KnownModel
from ptmscan.scan import scan_tree
from ptmscan.signatures.catalogue import load_catalogue

LINKS = Path(__file__).with_name("peatmoss_links.tsv")
GENERATED = 300_000

Pair = tuple[str, str]


def wanted() -> tuple[dict[str, str], set[Pair]]:
    """The commit of each repository, and the links (repository, model)."""
    lines = [line for line in LINKS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]
    return {row[0]: row[1] for row in rows}, {(row[0], row[2]) for row in rows}


def scans(commits: dict[str, str], clones: Path | None, records: Path | None) -> Iterator[ScanResult]:
    """The scans, each under the repository's name and commit."""
    catalogue = load_catalogue()
    for repository, commit in commits.items():
        if records is not None:
            with (records / f"{repository.replace('/', '__')}.jsonl").open(encoding="utf-8") as stream:
                result = read_jsonl(stream)
        else:
            assert clones is not None
            result = scan_tree(open_tree(clones / repository, revision=commit), catalogue=catalogue)
        usages = tuple(replace(usage, repository=repository, commit=commit) for usage in result.usages)
        yield replace(result, header=replace(result.header, repository=repository, commit=commit), usages=usages)


def links(url: str) -> dict[Pair, list[str]]:
    """The links of a database with the calls behind them."""
    query = (
        "SELECT r.repository, m.context_id, u.path, u.line, u.via, u.outcome, u.source_line, u.model_name"
        " FROM ptmscan_usage u JOIN ptmscan_run r ON r.id = u.run_id JOIN model m ON m.id = u.model_id"
        " JOIN model_to_reuse_repository l ON l.model_id = u.model_id AND l.reuse_repository_id = r.reuse_repository_id"
        " WHERE u.is_link ORDER BY 1, 2, 3, 4"
    )
    found: dict[Pair, list[str]] = defaultdict(list)
    with reading(database_url(url)) as connection:
        for repository, model, path, line, via, outcome, code, name in connection.execute(text(query)):
            found[repository, str(model)].append(f"{path}:{line}  {name}  ({via}, {outcome})  {code[:110]}")
    return dict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="?", type=Path)
    parser.add_argument("--records", type=Path)
    given = parser.parse_args()
    commits, pairs = wanted()
    with tempfile.TemporaryDirectory(prefix="ptmscan-links-") as scratch:
        records, known = Path(scratch, "records.jsonl"), Path(scratch, "known.ptms")
        with records.open("w", encoding="utf-8") as stream:
            for result in scans(commits, given.clones, given.records):
                write_jsonl(result, stream)
        names = {model for _, model in pairs} | {f"org{n % 9973}/model-{n}" for n in range(GENERATED)}
        print(f"registry: {build(known, (KnownModel(KnownHub.HUGGINGFACE, name) for name in sorted(names))):,} models")
        listed, everything = f"sqlite:///{scratch}/listed.db", f"sqlite:///{scratch}/all.db"
        with Registry(known) as registry:
            for url, options in (
                (listed, LoadOptions(registry, create_tables=True, create_models=True)),
                (everything, LoadOptions(create_tables=True, create_models=True)),
            ):
                with writing(database_url(url), create=True) as connection:
                    report = load(connection, [records], options)
                assert not report.problems, report.problems
            there = links(listed)
            print(f"links of the list: {len(pairs & there.keys())} of {len(pairs)}")
            for repository, model in sorted(pairs - there.keys()):
                print(f"  missing: {repository}  {model}")
            beyond = sorted(there.keys() - pairs)
            print(f"\nlinks to models of the list that the list does not have: {len(beyond)}")
            report_pairs(beyond, there)
            more = links(everything)
            # Under the names of the hub today; those that the registry knows under older names are above.
            others = sorted(pair for pair in more if registry_name(registry, pair[1]) is None)
            print(f"\nlinks to other models: {len(others)}")
            report_pairs(others, more)


def registry_name(registry: Registry, name: str) -> str | None:
    from ptmscan.records import ModelOutcome, ModelReference, Origin, Via

    reference = ModelReference(name, name, "huggingface", None, ModelOutcome.RESOLVED, Origin.CODE, Via.LITERAL)
    found = registry.known(reference, "")
    return None if found is None else found.model.context_id


def report_pairs(pairs: list[Pair], calls: dict[Pair, list[str]]) -> None:
    for repository, model in pairs:
        print(f"- {repository}  {model}")
        for call in calls[repository, model][:2]:
            print(f"    {call}")


if __name__ == "__main__":
    main()
