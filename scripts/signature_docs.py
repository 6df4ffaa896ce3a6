"""Write the generated parts of docs/signatures.md from the catalogue; `--check` only says whether they are fresh."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ptmscan.signatures import Catalogue, names, tables
from ptmscan.signatures.catalogue import signatures_path
from ptmscan.signatures.identity import Hub
from ptmscan.signatures.schema import read_document

PAGE = Path(__file__).parent.parent / "docs" / "signatures.md"


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the page, or with `--check` compare it; 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 when the page is out of date")
    options = parser.parse_args(arguments)
    old = PAGE.read_text(encoding="utf-8")
    new = fresh(old)
    if options.check:
        if new != old:
            print(f"{PAGE.name} is out of date: run python scripts/signature_docs.py", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


def fresh(page: str) -> str:
    """The page with every generated part written anew."""
    document = read_document("signatures.yaml", signatures_path().read_text(encoding="utf-8"))
    catalogue = Catalogue(document.signatures, "")
    parts: dict[str, Callable[[], str]] = {
        "identities": identities,
        "hubs": hubs,
        "tables": name_tables,
        "libraries": lambda: libraries(catalogue),
    }
    for name, write in parts.items():
        page = re.sub(
            rf"(?<=<!-- begin: {name} -->\n).*?(?=<!-- end: {name} -->)",
            lambda _, write=write: write() + "\n",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
    return page


def identities() -> str:
    """The name rules with the first sentence of what they do."""
    rows = [(f"`{name}`", _first_line(rule)) for name, rule in names.rules().items()]
    return _table(("identity", "what a name means"), rows)


def hubs() -> str:
    """The hubs with the comments of their definition."""
    source = inspect.getsource(Hub)
    comments = dict(re.findall(r'= "([\w-]+)"(?:  # (.*))?', source))
    return _table(("hub", ""), [(f"`{hub}`", comments[hub]) for hub in Hub])


def name_tables() -> str:
    """The tables with their first comment line."""
    rows = []
    for name in tables.names():
        text = (tables.FOLDER / f"{name}.tsv").read_text(encoding="utf-8")
        comment = " ".join(re.findall(r"^# (.*)$", text, re.MULTILINE))
        rows.append((f"`{name}`", str(len(tables.rows(name))), comment))
    return _table(("table", "rows", "what it holds, and what it was read from"), rows)


def libraries(catalogue: Catalogue) -> str:
    """The libraries with their calls."""
    paper = catalogue.in_peatmoss()
    of_library: dict[str, list[str]] = {}
    hubs_of: dict[str, set[str]] = {}
    for signature in catalogue.signatures:
        mark = "*" if signature.id in paper else ""
        shown = signature.id.partition("/")[2] + mark
        listed = of_library.setdefault(signature.library, [])
        if shown not in listed:
            listed.append(shown)
        hubs_of.setdefault(signature.library, set()).add(signature.hub or "")
    rows = [
        (f"`{library}`", ", ".join(sorted(hubs_of[library] - {""})), ", ".join(f"`{one}`" for one in shown))
        for library, shown in sorted(of_library.items(), key=lambda item: item[0].lower())
    ]
    head = f"{len(rows)} libraries. A star marks the rules that cover a signature of the PeaTMOSS paper.\n\n"
    return head + _table(("library", "hubs", "rules"), rows)


def _first_line(rule: Callable[..., object]) -> str:
    return (inspect.getdoc(rule) or "").partition("\n")[0]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
