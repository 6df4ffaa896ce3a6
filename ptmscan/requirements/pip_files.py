"""Requirements and constraints files of pip, and single requirements as texts.

https://pip.pypa.io/en/stable/reference/requirements-file-format/ and PEP 508.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptmscan.requirements.model import MAX_LINE, MAX_LINES, Declared, Include, UnreadRequirementsError, normal

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_FILE_OPTION = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s*)(?P<path>\S.*)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)")
_LINE_OPTION = re.compile(r"\s--?[a-z].*$")
# A tag such as `v4.30.2` at the end of a git URL, the name that `#egg=` gives it, and the name of a wheel's file.
_TAG = re.compile(r"@v?(?P<version>\d+(?:\.\d+)+(?:\.?(?:post|rc|a|b)\d+)?)(?:#.*)?$")
_EGG = re.compile(r"[#&]egg=(?P<name>[\w.-]+)")
_REPOSITORY = re.compile(r"git\+\w+://\S*/(?P<name>[\w.-]+?)(?:\.git)?(?:@[^@/]*)?(?:#.*)?$")
_WHEEL = re.compile(r"/(?P<name>[\w.]+)-(?P<version>\d[\w.!]*)(?=[-+%])[^/]*\.whl")


def read_requirements(text: str) -> Iterator[Declared | Include]:
    """The requirements of a file, and the further files that it names, in its order.

    Raises:
        UnreadRequirementsError: longer than a list of requirements can be.
    """
    for number, line in _logical_lines(text):
        if (option := _FILE_OPTION.match(line)) is not None:
            yield Include(option["path"].strip().strip("\"'"))
        elif not line.startswith("-") or _EDITABLE.match(line):
            yield from requirement(_LINE_OPTION.sub("", _EDITABLE.sub("", line)), number)


def requirement(text: str, line: int) -> Iterator[Declared]:
    """The requirement that a text is; none where it is no PEP 508 requirement and no URL with a version."""
    from packaging.requirements import InvalidRequirement, Requirement

    text = text.strip()
    if not text or len(text) > MAX_LINE:
        return
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        if (name := _EGG.search(text) or _REPOSITORY.match(text) or _WHEEL.search(text)) is not None:
            yield Declared(normal(name["name"]), url_specifier(text), line)
        return
    yield Declared(normal(parsed.name), url_specifier(parsed.url) if parsed.url else str(parsed.specifier), line)


def url_specifier(url: str) -> str:
    """The release that a URL names by a tag or a wheel's file name; empty when it names none."""
    found = _TAG.search(url) or _WHEEL.search(url)
    return f"=={found['version']}" if found is not None else ""


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations and without comments, each with the number of its first line."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise UnreadRequirementsError(f"more than {MAX_LINES:,} lines")
    joined, first = "", 1
    for number, line in enumerate(lines, 1):
        if not joined:
            first = number
        if len(line) > MAX_LINE:
            joined = ""
            continue
        line = _COMMENT.sub("", line)
        if line.endswith("\\") and len(joined) < MAX_LINE:
            joined += line[:-1] + " "
            continue
        if whole := (joined + line).strip():
            yield first, whole
        joined = ""
    if joined.strip():
        yield first, joined.strip()
