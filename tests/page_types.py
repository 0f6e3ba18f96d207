"""Addresses for every type of page, derived from the data and the questions.

A new kind of entity, or a new way to draw an answer, is among them by itself; a new route fails
`tests/test_page_types.py` until a page of it stands here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from urllib.parse import quote

from citydiplomacy import declarations, paths, queries
from citydiplomacy.namespaces import BASE

_MENTION = re.compile(r"([a-z-]+):([a-z0-9-]+)")
_ENTITY = re.compile(r"^([a-z]+(?:-[a-z]+)*):([a-z0-9-]+)\s+a\s+cd:", re.MULTILINE)


def asking(query: str) -> str:
    """Return the address of the editor with a query and its result."""
    return f"/sparql?query={quote(query)}"


def freezing(query: str) -> str:
    """Return the address that leads to the frozen result of a query."""
    return f"/frozen?query={quote(query)}"


def _entities() -> dict[str, tuple[str, ...]]:
    """Return by kind the slug that is mentioned most, and the one mentioned least.

    The page of the first shows all that a page of its kind can; that of the other does without.
    """
    mentions: Counter[tuple[str, str]] = Counter()
    slugs: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted((paths.root() / "data").rglob("*.ttl")):
        text = file.read_text("utf-8")
        mentions.update(_MENTION.findall(text))
        for kind, slug in _ENTITY.findall(text):
            slugs[kind].add(slug)
    chosen = {}
    for kind in sorted(slugs):
        ranked = sorted((mentions[kind, slug], slug) for slug in slugs[kind])
        chosen[kind] = tuple(dict.fromkeys((ranked[-1][1], ranked[0][1])))
    return chosen


def _questions() -> Iterator[str]:
    """Yield the first question with each combination of pictures and of kinds of parameters."""
    seen = set()
    for name, question in queries.load("questions").items():
        views = tuple(view.kind for view in declarations.views(question))
        choices = {bool(parameter.choices) for parameter in declarations.parameters(question)}
        if (views, frozenset(choices)) not in seen:
            seen.add((views, frozenset(choices)))
            yield f"/query/{name}"


ENTITIES = _entities()
RICH = [f"/{kind}/{slugs[0]}" for kind, slugs in ENTITIES.items()]
POOR = [f"/{kind}/{slugs[-1]}" for kind, slugs in ENTITIES.items() if len(slugs) > 1]
LISTS = [f"/{kind}/" for kind in ENTITIES]

# Lists that are narrowed, ordered, on their second page, or empty; and what is no list of a kind.
OTHERS = [
    "/",
    "/city/?country=japan",
    "/city/?sort=-country&page=2",
    "/city/?q=qqqq",
    "/city/taipei/history",
    "/city/yokohama",
    "/city/taipei?sort=ties.-since",
    "/compare",
    "/compare?city=yokohama&city=taipei",
    "/compare?city=yokohama&city=taipei&city=odesa&city=houston",
    "/discrepancies",
    "/explore/",
    "/explore/map",
    "/explore/map?country=japan&status=suspended",
    "/explore/network",
    "/explore/timeline",
    "/gaps",
    "/reconcile",
    "/reconcile/preview?id=city/yokohama",
    "/search",
    "/search?q=kyiv",
    "/search?q=qqqqqqqq",
    "/search?q=a&kind=city",
    "/query/",
    "/query/?topic=aid",
    "/query/?reader=journalists&topic=conflicts&article=maturing-city-diplomacy",
    "/query/ties-suspended-or-ended?country=ukraine&country=china",
    *_questions(),
    "/sparql",
    asking("SELECT * { ?s a ?class } LIMIT 50"),
    asking("SELECT * { ?s a <urn:nothing> }"),
    asking("ASK {}"),
    asking("CONSTRUCT WHERE { ?s a ?class } LIMIT 9"),
    freezing("SELECT * { ?s a ?class } ORDER BY ?s ?class LIMIT 60"),
    freezing("ASK {}"),
    "/ontology",
    "/shapes",
    "/validate",
    "/vocab/",
    "/vocab/confidence",
    "/graph/curated",
    "/graph/imported/wikipedia-lists",
    "/dataset",
    "/dataset/0.1.0",
    "/fragments",
    f"/fragments?subject={quote(BASE, safe='')}city%2Ftaipei",
    "/fragments?subject=urn:nothing",
    "/wikidata",
    "/about",
]

PAGES = list(dict.fromkeys([*OTHERS, *LISTS, *RICH, *POOR]))
"""Pages that are there."""

ERRORS = {
    "/city/atlantis": 404,
    "/nothing/at/all": 404,
    "/vocab/nothing": 404,
    "/compare?city=taipei&city=atlantis": 404,
    "/fragments?object=Taipei": 400,
    "/city/?page=none": 400,
    "/query/populations?nothing=1": 400,
    asking("SELECT nothing"): 400,
    asking("CLEAR ALL"): 403,
    freezing("SELECT (NOW() AS ?now) {}"): 400,
}
"""Pages that say what is wrong, with their status."""

ALL = [*PAGES, *ERRORS]
