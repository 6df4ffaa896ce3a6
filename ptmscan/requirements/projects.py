"""Project files: pyproject.toml (PEP 621, PEP 735, poetry, pdm, uv), setup.cfg, Pipfile, conda environments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ptmscan.documents import DocumentError, Format, Items, Node, Scalar, Table, read_document
from ptmscan.requirements.model import Declared, Include, UnreadRequirementsError, normal
from ptmscan.requirements.pip_files import read_requirements, requirement, url_specifier
from ptmscan.requirements.versions import is_specifier

_NUMBERS = re.compile(r"[v=\s]*(\d+(?:\.\d+)*)(.*)")
_CONDA = re.compile(r"(?:[\w.-]+::)?(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?P<version>[^\s\[]\S*)?(?:\s+\S+)?")


def read_pyproject(text: str) -> Iterator[Declared]:
    """What a project of any of the usual tools needs, with its extras and groups."""
    root = _document(text, Format.TOML)
    project = _at(root, "project")
    yield from _texts(_at(project, "dependencies"))
    yield from _texts_of_groups(_at(project, "optional-dependencies"))
    yield from _texts_of_groups(_at(root, "dependency-groups"))
    poetry = _at(root, "tool", "poetry")
    yield from _packages(_at(poetry, "dependencies"))
    yield from _packages(_at(poetry, "dev-dependencies"))
    groups = _at(poetry, "group")
    for _, group in groups.pairs if isinstance(groups, Table) else ():
        yield from _packages(_at(group, "dependencies"))
    yield from _texts_of_groups(_at(root, "tool", "pdm", "dev-dependencies"))
    for key in ("dev-dependencies", "constraint-dependencies", "override-dependencies"):
        yield from _texts(_at(root, "tool", "uv", key))


def read_setup_cfg(text: str) -> Iterator[Declared | Include]:
    """`install_requires`, `tests_require` and the extras of setuptools; `file: NAME` names a requirements file."""
    root = _document(text, Format.INI)
    values = [_at(root, "options", key) for key in ("install_requires", "tests_require", "setup_requires")]
    extras = _at(root, "options.extras_require")
    values += [node for _, node in extras.pairs] if isinstance(extras, Table) else []
    for node in values:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            continue
        if node.value.strip().startswith("file:"):
            yield from (Include(path.strip()) for path in node.value.strip()[5:].split(","))
            continue
        for one in read_requirements(node.value.replace(";\n", "\n")):
            yield (
                Declared(one.distribution, one.specifier, node.line + one.line - 1)
                if isinstance(one, Declared)
                else one
            )


def read_pipfile(text: str) -> Iterator[Declared]:
    """The packages of pipenv, those for use before those for development."""
    root = _document(text, Format.TOML)
    for section in ("packages", "dev-packages"):
        yield from _packages(_at(root, section))


def read_conda(text: str) -> Iterator[Declared | Include]:
    """The `dependencies` of a conda environment, those of pip among them."""
    dependencies = _at(_document(text, Format.YAML), "dependencies")
    for node in dependencies.nodes if isinstance(dependencies, Items) else ():
        pip = _at(node, "pip")
        for item in pip.nodes if isinstance(pip, Items) else ():
            if isinstance(item, Scalar):
                for one in read_requirements(str(item.value)):
                    yield Declared(one.distribution, one.specifier, item.line) if isinstance(one, Declared) else one
        if isinstance(node, Scalar) and (found := _CONDA.fullmatch(str(node.value).strip())) is not None:
            specifier = conda_specifier(found["version"] or "")
            if is_specifier(specifier):
                yield Declared(normal(found["name"]), specifier, node.line)


def conda_specifier(text: str) -> str:
    """A conda version as a PEP 440 specifier: `=1.2`, `1.2.*` and `1.2` are any 1.2, a build is left out.

    https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html
    """
    fuzzy = re.fullmatch(r"=?(\d[\w.!+]*?)(?:\.?\*)?(?:=[\w.*]+)?", text)
    if fuzzy is not None and not text.startswith("=="):
        return f"=={fuzzy[1]}.*"
    return re.sub(r"^(==[\w.!+]+)=[\w.*]+$", r"\1", text)


def poetry_specifiers(text: str) -> tuple[str, ...]:
    """The alternatives of a version constraint of poetry or pipenv as PEP 440 specifiers.

    `^1.2` allows what leaves the first number that is not 0 as it is, `~1.2` what leaves the second; `||` is "or".
    https://python-poetry.org/docs/dependency-specification/
    """
    found = []
    for alternative in re.split(r"\s*\|\|?\s*", text.strip()):
        pieces = re.split(r"\s*,\s*|\s+(?=[<>=!~^])", alternative)
        found.append(",".join(specifier for piece in pieces if (specifier := _piece(piece))))
    return tuple(found)


def _piece(text: str) -> str:
    """One clause of a constraint; `>=`, `~=`, `!=` and the like mean what they mean in PEP 440."""
    if text == "*":
        return ""
    if text[:1] in "<>!" or text[:2] in ("==", "~="):
        return text
    sign = text[:1] if text[:1] in "^~" else ""
    numbers = _NUMBERS.fullmatch(text[len(sign) :])
    if numbers is None or not sign:
        return f"=={text.lstrip('= ')}" if numbers is not None else text
    parts = [int(part) for part in numbers[1].split(".")]
    kept = next((i for i, part in enumerate(parts) if part), len(parts) - 1) if sign == "^" else min(1, len(parts) - 1)
    limit = [*parts[:kept], parts[kept] + 1]
    return f">={numbers[1]},<{'.'.join(map(str, limit))}"


def _document(text: str, kind: Format) -> Node | None:
    try:
        return read_document(text, kind)
    except DocumentError as error:
        raise UnreadRequirementsError(str(error)) from error


def _at(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = node.get(key) if isinstance(node, Table) else None
    return node


def _texts(node: Node | None) -> Iterator[Declared]:
    """The requirements of a list of texts."""
    for item in node.nodes if isinstance(node, Items) else ():
        if isinstance(item, Scalar):
            yield from requirement(str(item.value), item.line)


def _texts_of_groups(node: Node | None) -> Iterator[Declared]:
    for _, group in node.pairs if isinstance(node, Table) else ():
        yield from _texts(group)


def _packages(node: Node | None) -> Iterator[Declared]:
    """The entries of a table of packages: `name = "^1.2"`, `name = {version = …}`, `name = [{…}, {…}]`."""
    for name, entry in node.pairs if isinstance(node, Table) else ():
        for one in entry.nodes if isinstance(entry, Items) else (entry,):
            yield from (Declared(normal(str(name)), text, one.line) for text in _entry(one) if is_specifier(text))


def _entry(node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        return poetry_specifiers(str(node.value))
    read: tuple[tuple[str, Callable[[str], tuple[str, ...]]], ...] = (
        ("version", poetry_specifiers),
        ("tag", lambda text: (url_specifier(f"@{text}"),)),
        ("ref", lambda text: (url_specifier(f"@{text}"),)),
        ("rev", lambda text: (url_specifier(f"@{text}"),)),
        ("url", lambda text: (url_specifier(text),)),
    )
    for key, specifiers in read:
        if isinstance(found := _at(node, key), Scalar):
            return specifiers(str(found.value))
    return ()
