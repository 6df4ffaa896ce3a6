"""Lock files: uv.lock, poetry.lock, pdm.lock and pylock.toml line by line, Pipfile.lock as JSON.

The formats are TOML, but a lock of a large project has more values than a configuration file; name and version of a
package stand each on a line of its own in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptmscan.documents import DocumentError, Format, Scalar, Table, read_document
from ptmscan.requirements.model import MAX_LINE, MAX_LINES, Declared, UnreadRequirementsError, normal
from ptmscan.requirements.versions import is_specifier

_PACKAGE = re.compile(r"\[\[packages?\]\]\s*")
_KEY = re.compile(r"(?P<key>name|version)\s*=\s*[\"'](?P<value>[^\"']+)[\"']\s*")


def read_toml_lock(text: str) -> Iterator[Declared]:
    """The locked packages of uv, poetry, pdm, and of PEP 751."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise UnreadRequirementsError(f"more than {MAX_LINES:,} lines")
    inside, name, name_line = False, "", 0
    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            inside, name = _PACKAGE.fullmatch(line) is not None, ""
        elif inside and len(line) <= MAX_LINE and (found := _KEY.fullmatch(line)) is not None:
            if found["key"] == "name":
                name, name_line = found["value"], number
            elif name and is_specifier(f"=={found['value']}"):
                yield Declared(normal(name), f"=={found['value']}", name_line)


def read_pipfile_lock(text: str) -> Iterator[Declared]:
    """The locked packages of pipenv, those for use before those for development."""
    try:
        document = read_document(text, Format.JSON)
    except DocumentError as error:
        raise UnreadRequirementsError(str(error)) from error
    for section in ("default", "develop"):
        packages = document.get(section) if isinstance(document, Table) else None
        for name, entry in packages.pairs if isinstance(packages, Table) else ():
            version = entry.get("version") if isinstance(entry, Table) else None
            if isinstance(version, Scalar) and is_specifier(str(version.value)):
                yield Declared(normal(str(name)), str(version.value), entry.line)
