"""The head of every page: what it is about in one sentence, its canonical address, its metadata.

Nothing of it is written for machines alone: the description is what the page says under its
heading, and title, address and breadcrumbs are those that a reader sees.
"""

import html
import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from flask import Flask, request

from citydiplomacy.citation import TITLE
from citydiplomacy.entities import EntityPage
from citydiplomacy.tables import Value
from citydiplomacy.web import rendering, schema_org
from citydiplomacy.web.site import site

_LEDE = re.compile(r'<p class="lede">(.*?)</p>', re.DOTALL)
_MOTTO = f"A page of the {TITLE}: what cities do abroad, with the source of every statement."
_TAG = re.compile(r"<[^>]*>")
_LONGEST = 300
"""Characters of a description; search engines show some 160."""

# Which parameters make another page; without the others it is the same one.
_TELLING = {
    "exploration.compare": ("city",),
    "fragments.fragment": ("subject", "predicate", "object", "page"),
    "frozen.result": ("query",),
    "search.search": ("q", "kind"),
}
_UNLISTED = {"fragments.fragment", "frozen.result", "history.page", "search.search"}
_PARENTS = {
    "query": (("/query/", "Questions"),),
    "vocab": (("/ontology.html", "Model"), ("/vocab/", "Concept schemes")),
    "graph": (("/dataset.html", "Data"),),
    "dataset": (("/dataset.html", "Data"),),
    "frozen": (("/sparql", "SPARQL"),),
}


def register(app: Flask) -> None:
    """Give the application's templates what they need to write their heads."""
    app.jinja_env.filters.update(lede=lede, shortened=shortened, summary=summary)
    app.jinja_env.globals.update(
        canonical=canonical,
        is_listed=is_listed,
        structured=structured,
        absolute=absolute,
        site_motto=_MOTTO,
    )


def lede(content: str) -> str:
    """Return the text under the heading of a page, in words alone; nothing when there is none."""
    found = _LEDE.search(str(content))
    return shortened(html.unescape(_TAG.sub("", found[1]))) if found else ""


def shortened(text: str) -> str:
    """Return a text on one line, cut between words where it is long."""
    told = " ".join(text.split())
    if len(told) <= _LONGEST:
        return told
    return f"{told[: _LONGEST - 1].rpartition(' ')[0] or told[: _LONGEST - 1]}…"


def summary(page: EntityPage) -> str:
    """Return in a sentence or two what an entity is: its description, or else its facts."""
    views = {panel.view: panel.table.rows for panel in reversed(page.panels)}
    told = [value.text for row in views.get("text", ()) for value in row.values if value]
    if not told:
        told = [_fact(*row.values[:2]) for row in views.get("facts", ())]
    class_ = next((value.text for value in page.entity.classes), page.entity.name.kind)
    opening = f"{page.entity.label.text} ({class_})."
    return shortened(" ".join([opening, *filter(None, dict.fromkeys(told))]))


def canonical() -> str:
    """Return the address under which search engines are to know this page.

    It is that of the document, not of the permanent IRI, which only leads there; absolute where
    the operator has said how the service is called from outside.
    """
    asked = [
        (name, value)
        for name in _TELLING.get(request.endpoint or "", ())
        for value in sorted(filter(None, request.args.getlist(name)))
    ]
    path = quote(request.path)
    return site().settings.public_url.rstrip("/") + path + (f"?{urlencode(asked)}" if asked else "")


def absolute() -> str:
    """Return the canonical address where it is absolute, and nothing where it is not."""
    return canonical() if site().settings.public_url else ""


def is_listed() -> bool:
    """Tell whether search engines are to list this page: results of a search are not."""
    return request.endpoint not in _UNLISTED


def structured(
    title: str, description: str, about: Iterable[schema_org.Node], licence: str
) -> schema_org.Node:
    """Return what the page says of itself and of its subject in the words of schema.org."""
    address = site().settings.address
    document = canonical()
    own = document if site().settings.public_url else f"{address}{document}"
    name = title.rpartition(f" · {TITLE}")[0] or title
    trail = [(f"{address}{path}", step) for path, step in _trail()]
    here = [] if request.path == "/" else [(own, name)]
    told = schema_org.page(own, name, description, licence)
    # Most pages are about nothing that has a node of its own.
    return schema_org.document(told, [*trail, *here], about or ())


def _trail() -> list[tuple[str, str]]:
    """Return the pages above this one, from the front page on."""
    first, _, rest = request.path.strip("/").partition("/")
    if first in _PARENTS:
        above = _PARENTS[first] if rest else _PARENTS[first][:-1]
    elif rest and first in site().entities.kinds:
        above = ((f"/{first}/", rendering.plural(rendering.words(first)).capitalize()),)
    else:
        above = ()
    return [("/", TITLE), *above]


def _fact(name: Value | None, value: Value | None) -> str:
    return f"{name.text[:1].upper()}{name.text[1:]}: {value.text}." if name and value else ""
