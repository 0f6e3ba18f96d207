"""Signposts for machines: typed links, in the headers of every document and as a document (FAIR).

The links of level 1 stand in the `Link` header, few and short. Those of level 2 are a document of
their own, `application/linkset` in JSON or as a header is written (RFC 9264), with every file.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import Response

from citydiplomacy.citation import Citation
from citydiplomacy.formats import (
    HTML,
    LINKSET,
    LINKSET_FORMATS,
    LINKSET_JSON,
    REFERENCE_FORMATS,
    Format,
)
from citydiplomacy.namespaces import PREFIXES

At = Callable[[str], str]
"""Makes an address of a path: the absolute one, or the path itself."""

_SCHEMA = PREFIXES["schema"]
_LONGEST = 4_000
"""Characters of a header: many a server in front of ours takes no more than a page of memory."""


@dataclass(frozen=True)
class Link:
    """A link from a document: where it leads, in which relation, and what of type is there."""

    target: str
    relation: str
    media_type: str = ""

    def written(self, at: At = str, anchor: str = "") -> str:
        """Return the link as it stands in a header; a path as its address is told."""
        type_ = f'; type="{self.media_type}"' if self.media_type else ""
        from_ = f'; anchor="{anchor}"' if anchor else ""
        return f'<{_absolute(self.target, at)}>; rel="{self.relation}"{type_}{from_}'


@dataclass(frozen=True)
class Signposts:
    """What stands beside a document: what it is, and what belongs to it."""

    citation: Citation
    formats: Sequence[Format]
    """Of the documents that say the same."""
    types: Sequence[str] = (f"{_SCHEMA}Dataset",)
    collection: str = "/dataset"
    """The path of what it is a part of; empty where that is nothing."""
    items: Sequence[Link] = ()
    """What it consists of, as far as that suits a header."""
    more: Callable[[], Sequence[Link]] = tuple
    """Finds what it consists of beside that: only the document of links holds it."""
    relation: str = "alternate describedby"
    """What the documents in formats for machines are to it."""
    page: str = ""
    """The path of its page, where that is not one of the formats."""
    is_cited: bool = True

    def header(self, format_: Format) -> str:
        """Return the `Link` header of one of the documents.

        Where addresses hold a whole query, not all links fit; the document of links has them.
        """
        links = list(self._links(format_))
        header = _joined(links)
        if len(header) <= _LONGEST:
            return header
        links.sort(key=lambda link: link.media_type != LINKSET_JSON.media_type)
        return _joined(_fitting(links))

    def document(self, format_: Format, at: At) -> Response:
        """Return the document of links, in one of its formats."""
        text = self._in_lines(at) if format_ is LINKSET else self._in_json(at)
        response = Response(text, content_type=format_.content_type)
        return self.on(response, format_)

    def on(self, response: Response, format_: Format) -> Response:
        """Return a response with the links in its header."""
        response.headers["Link"] = self.header(format_)
        return response

    def _links(self, format_: Format) -> Iterator[Link]:
        yield from self._about(is_page=format_ is HTML)
        yield from self._documents()
        yield from self.items
        for other in LINKSET_FORMATS:
            yield Link(self._document(other), "linkset", other.media_type)
        if format_ is not HTML and "describedby" in self.relation:
            yield Link(self._page, "describes", HTML.media_type)

    def _about(self, *, is_page: bool) -> Iterator[Link]:
        """Yield what may be said of all documents alike; the page is a page beside that."""
        if self.is_cited:
            yield Link(self.citation.address, "cite-as")
        yield Link(self.citation.licence, "license")
        yield from (Link(iri, "author") for iri in self.citation.author_iris)
        if is_page and self.is_cited:
            yield Link(f"{_SCHEMA}AboutPage", "type")
        yield from (Link(type_, "type") for type_ in self.types)
        if self.collection:
            yield Link(self.collection, "collection", HTML.media_type)

    def _documents(self) -> Iterator[Link]:
        """Yield the same in other formats, and the citation as data."""
        for format_ in self.formats:
            relation = "alternate" if format_ is HTML else self.relation
            yield Link(self._document(format_), relation, format_.media_type)
        for format_ in REFERENCE_FORMATS if self.is_cited else ():
            yield Link(self._document(format_), "describedby", format_.media_type)

    @property
    def _page(self) -> str:
        return self.page or self._document(HTML)

    def _document(self, format_: Format) -> str:
        return self.citation.document(format_)

    def _whole(self) -> dict[str, list[Link]]:
        """Return all links by the document that they lead from, the page first."""
        described = [*self._about(is_page=True), *self._documents(), *self.items, *self.more()]
        others = [link for link in self._documents() if "describedby" in link.relation]
        back = {link.target: [Link(self._page, "describes", HTML.media_type)] for link in others}
        return {self._page: described} | back

    def _in_json(self, at: At) -> str:
        contexts = []
        for anchor, links in self._whole().items():
            context: dict[str, object] = {"anchor": _absolute(anchor, at)}
            for relation, targets in _by_relation(links).items():
                context[relation] = [_target(link, at) for link in targets]
            contexts.append(context)
        return f"{json.dumps({'linkset': contexts}, ensure_ascii=False)}\n"

    def _in_lines(self, at: At) -> str:
        lines = (
            link.written(at, _absolute(anchor, at))
            for anchor, links in self._whole().items()
            for link in links
        )
        return ",\n".join(lines) + "\n"


def _joined(links: Iterable[Link]) -> str:
    return ", ".join(link.written() for link in links)


def _fitting(links: Iterable[Link]) -> Iterator[Link]:
    """Yield the links that fit into a header, the first ones first."""
    left = _LONGEST
    for link in links:
        length = len(_joined([link, link])) - len(_joined([link]))
        if length <= left:
            left -= length
            yield link


def _by_relation(links: Iterable[Link]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for link in links:
        for relation in link.relation.split():
            found.setdefault(relation, []).append(link)
    return found


def _target(link: Link, at: At) -> dict[str, str]:
    told = {"href": _absolute(link.target, at), "type": link.media_type}
    return {name: value for name, value in told.items() if value}


def _absolute(target: str, at: At) -> str:
    return at(target) if target.startswith("/") else target
