"""What somebody may have meant by an address that leads nowhere."""

from contextlib import suppress
from typing import TypedDict

from flask import current_app

from citydiplomacy import search
from citydiplomacy.errors import RequestError
from citydiplomacy.search import Hit
from citydiplomacy.web.rendering import plural, words
from citydiplomacy.web.site import site

_MOST = 6
_LONGEST = 200
"""Characters of an address that are looked at: nobody meant more."""
_UNSHOWN = {"/healthz", "/readyz", "/metrics", "/suggest", "/sparql/terms.json"}


class Suggestion(TypedDict):
    """A page that may be meant: what it is called, its path, and the kind of what it is about."""

    name: str
    path: str
    kind: str


def pages(path: str) -> list[Suggestion]:
    """Return the pages that may be meant by a path, those of the same kind first."""
    first, _, rest = path[:_LONGEST].strip("/").partition("/")
    if first == "static" or not first:
        return []
    with suppress(RequestError):  # without its engine, a page that is missing is missing still
        if first == "query" and rest:
            return _questions(rest)
        stem = rest.rpartition(".")[0] or rest
        kinds = search.nearest(first, site().entities.kinds, 1)
        kind = kinds[0] if kinds else ""
        wanted = (stem or first).replace("/", " ").replace("-", " ")
        hits = site().names.nearest(wanted, kind, _MOST)
        ways = [] if rest else _ways(first)
        return [*ways, *map(_entity, hits)][:_MOST]
    return []


def _questions(name: str) -> list[Suggestion]:
    known = {question.name: question for question in site().questions}
    near = search.nearest(name, known, _MOST)
    return [_page(known[each].title, f"/query/{each}", "question") for each in near]


def _ways(word: str) -> list[Suggestion]:
    """Return the pages whose paths look like the word."""
    rules = (rule for rule in current_app.url_map.iter_rules() if not rule.arguments)
    known = {rule.rule.strip("/"): rule.rule for rule in rules if rule.rule not in _UNSHOWN}
    known |= {kind: f"/{kind}/" for kind in site().entities.kinds}
    known |= {plural(words(kind)): f"/{kind}/" for kind in site().entities.kinds}
    near = dict.fromkeys(known[each] for each in search.nearest(word, known, _MOST))
    return [_page(path, path, "") for path in near]


def _page(name: str, path: str, kind: str) -> Suggestion:
    return {"name": name, "path": path, "kind": kind}


def _entity(hit: Hit) -> Suggestion:
    # Its label and not the name that was found: the label is in English.
    return _page(hit.name.label, hit.entity.path, words(hit.entity.kind))
