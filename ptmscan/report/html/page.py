"""What the pages have in common: the templates, text that cannot act, styles and scripts inside the page.

Scanned text reaches a page only through the templates. Two walls stand there: every text is printed by `printable` and
escaped by Jinja2, whether the template asks for it or not; and the page's own policy (CSP level 3) lets the browser run
the one script whose hash it names, use the one style sheet, and load nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ptmscan import __version__
from ptmscan.report.json_text import compact
from ptmscan.report.printable import printable
from ptmscan.report.words import number

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Json
    from ptmscan.report.hub_links import HubLink

MAX_TEXT = 400
_PIECES_AT_ONCE = 200


def write_page(template: str, script: str, values: Mapping[str, Any], stream: TextIO) -> None:
    """Fill a template with values and write it piece by piece; `script` names the page's script."""
    style, code = _asset("report.css"), _asset(script)
    own_code = f"style-src '{_hash(style)}'; script-src '{_hash(code)}'"
    policy = f"default-src 'none'; {own_code}; base-uri 'none'; form-action 'none'"
    own = {"style": Markup(style), "script": Markup(code), "security_policy": policy, "version": __version__}  # noqa: S704
    pieces = environment().get_template(template).stream(**own, **values)
    pieces.enable_buffering(_PIECES_AT_ONCE)
    stream.writelines(pieces)


@cache
def environment() -> Environment:
    """The templates, with every value made harmless."""
    made = Environment(
        loader=PackageLoader("ptmscan.report.html"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "plural": plural, "json_data": json_data, "cut": cut}
    return made


def plural(value: int, noun: str, several: str | None = None) -> str:
    """`1 call`, `2,000 calls`; `several` is the plural where it takes more than an s."""
    return f"{value:,} {noun if value == 1 else several or noun + 's'}"


def cut(text: str, limit: int) -> str:
    """Printable text of at most so many characters, escapes included."""
    text = printable(text, limit)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def whole_link(link: HubLink | None) -> HubLink | None:
    """The link, unless it is so long that a page would cut it and lead elsewhere."""
    return link if link is not None and len(link.url) <= MAX_TEXT else None


def json_data(value: Json) -> Markup:
    """A value for `<script type="application/json">`: nothing in it ends the element or opens a comment.

    https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    """
    return Markup(compact(value).replace("<", "\\u003c"))  # noqa: S704  # that is the escape


def _shown(value: object) -> object:
    """Called by Jinja2 on every value that a template prints, before it escapes it."""
    if value is None:
        return ""
    return cut(value, MAX_TEXT) if type(value) is str else value


def _asset(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def capped(items: Iterable[Any], limit: int) -> tuple[list[Any], int]:
    """The first items, and how many more there are."""
    every = list(items)
    return every[:limit], max(len(every) - limit, 0)
