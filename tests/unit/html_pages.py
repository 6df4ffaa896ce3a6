"""Pages as tests look at them: tags, attributes, links, and whether every element is closed where it has to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "input", "br", "link", "img"})
_BLOCKS = frozenset({"dt", "dd", "li", "p", "div", "h1", "h2", "h3", "td", "th", "tr", "summary", "text", "option"})
# SVG elements that the pages write in one go.
_EMPTY_SVG = frozenset({"rect", "line", "path"})


@dataclass
class Page:
    """What a page is made of."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    text: str = ""

    @classmethod
    def parsed(cls, text: str) -> Page:
        """Read a page.

        Raises:
            AssertionError: an element is not closed, or closed out of order.
        """
        reader = _Reader()
        reader.feed(text)
        reader.close()
        assert reader.open == []
        return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.open = Page(), []
        self.script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.add(tag)
        values = dict(attrs)
        assert len(values) == len(attrs)
        self.page.attributes |= values.keys()
        if tag in _BLOCKS:
            self.page.text += " "
        if values.get("href"):
            self.page.links.append(str(values["href"]))
        if values.get("id"):
            self.page.ids.append(str(values["id"]))
        if tag == "script":
            self.script = values.get("type") or "script"
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _EMPTY_SVG
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.script = None

    def handle_data(self, data: str) -> None:
        if self.script == "script":
            self.page.scripts.append(data)
        elif self.script:
            self.page.data.append(data)
        elif "style" not in self.open:
            self.page.text += data


def words(text: str) -> str:
    """The text of a page with single blanks."""
    return " ".join(Page.parsed(text).text.split())
