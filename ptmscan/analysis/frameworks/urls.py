"""URLs that a program takes apart: `urlparse(name).scheme in ("http", "https")` tells a download from a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import mapped
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import Arguments, Atom, Const, External, Made, Value, known, text_of, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

URL = "urllib.parse.urlparse()"
# RFC 3986, appendix B; a scheme begins with a letter. Only texts that both functions take apart alike are looked at.
_URL = re.compile(
    r"""
    (?!\w[\w+.-]*:\d+\Z)                                             # `host:80` is a scheme in some releases only
    (?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):|(?![A-Za-z][\w+.-]*:))
    (?://(?P<netloc>[\w.:@-]*)(?=[/?#]|\Z)|(?!//))
    (?P<path>[^?#;\[\]\\\s]*)
    (?:\?(?P<query>[^#;\s]*))?
    (?:\#(?P<fragment>[^;\s]*))?
    """,
    re.ASCII | re.VERBOSE,
)


class Urls(Model):
    """The model of `urllib.parse.urlparse` and `urlsplit`."""

    names = frozenset(["urllib.parse.urlparse", "urllib.parse.urlsplit", "urlparse.urlparse", "urlparse.urlsplit"])

    def owns(self, made: Made) -> bool:
        """The results of parsing."""
        return made.name == URL

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A URL taken apart."""
        if len(arguments.positional) != 1 or arguments.keywords or not arguments.complete:
            return known(External(f"{callee.name}()"))
        return known(Made(URL, env.module.path, span, arguments))

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """A part of the URL, as far as its text is known."""
        if attr not in _URL.groupindex:
            return known(External(f"{made.name}.{attr}"))

        def part(atom: Atom) -> Value:
            text = atom.value if isinstance(atom, Const) and isinstance(atom.value, str) else None
            found = _URL.fullmatch(text) if text is not None else None
            if found is None:
                return unknown(f"the {attr} of a URL that is not known")
            value = found[attr] or ""
            return text_of(value.lower() if attr == "scheme" else value)

        return mapped(made.arguments.positional[0], part)
