"""The reconciliation service, as OpenRefine and others speak with it, in both its versions.

Version 0.2 sends forms to one address and may be read by scripts of any page (JSONP); the draft of
1.0 sends JSON to an address for each task. What they ask is answered by the same matcher.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from citydiplomacy import naming, search
from citydiplomacy.declarations import IDENTIFIER
from citydiplomacy.errors import (
    BadParameterError,
    EngineBusyError,
    TooMuchAtOnceError,
    UnknownEntityError,
)
from citydiplomacy.formats import HTML, Format
from citydiplomacy.reconciliation import extension, protocol, words
from citydiplomacy.reconciliation.matching import Candidate
from citydiplomacy.reconciliation.register import Record
from citydiplomacy.reconciliation.sought import Sought
from citydiplomacy.web import bodies, documents, negotiation
from citydiplomacy.web.site import site

blueprint = Blueprint("reconcile", __name__)

T = TypeVar("T")

_PLACE = "/reconcile"
_DRAFT = f"{_PLACE}/1.0-draft"
_JSON = Format("json", "application/json", "JSON")
_SCRIPT = "application/javascript"
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,99}(?:\.[A-Za-z_$][\w$]{0,99}){0,3}", re.ASCII)
_LONGEST_BODY = 2_000_000
_PATIENCE = 5.0
"""Seconds that a batch waits for its turn."""
_SHOWN_NAMES, _NEAREST = 6, 5
_PROPOSED, _MOST, _DEEPEST = 20, 100, 10_000


@blueprint.route(_PLACE, methods=["GET", "POST"])
def service() -> Response:
    """Answer a batch of queries, or extend entities; without either, say what the service is."""
    given = bodies.form(_LONGEST_BODY) if request.method == "POST" else bodies.parameters()
    asked = [name for name in ("queries", "extend") if name in given]
    if len(asked) > 1:
        raise BadParameterError("Both queries and extend are given.", "Send one of them.")
    if not asked:
        return _introduction(given)
    answer = {"queries": _matched, "extend": _extended}[asked[0]]
    return _told(answer(given[asked[0]]), given)


@blueprint.get(f"{_PLACE}/suggest/<what>")
def suggest(what: str) -> Response:
    """Suggest what somebody is typing."""
    given = bodies.parameters()
    return _told({"result": _suggested(what, given, "cursor")}, given)


@blueprint.get(f"{_PLACE}/flyout/<what>")
def flyout(what: str) -> Response:
    """Return a small piece of HTML about what is suggested."""
    given = bodies.parameters()
    name = given.get("id", "")
    shown = _checked(what, {"entity": _record, "type": _type, "property": _property})(name)
    html = documents.page(f"reconcile/{what}.html", about=shown, card=_card(shown))
    return _told({"id": name, "html": html.get_data(as_text=True)}, given)


@blueprint.get(f"{_PLACE}/preview")
@blueprint.get(f"{_DRAFT}/preview")
def preview() -> Response:
    """Show an entity in the small frame that clients have for it."""
    record = _record(bodies.parameters().get("id", ""))
    return documents.page("reconcile/preview.html", about=record, card=_card(record))


@blueprint.get(f"{_PLACE}/properties")
def properties() -> Response:
    """Propose the properties that entities of a type may be extended with."""
    given = bodies.parameters()
    return _told(_proposed(given), given)


@blueprint.get(_DRAFT)
def draft() -> Response:
    """Say what the service is in the draft of version 1.0."""
    here = site()
    return _json(words.manifest_of_draft(here.settings.address, here.register, here.version))


@blueprint.post(f"{_DRAFT}/match")
def match() -> Response:
    """Answer a batch of queries."""
    sent = bodies.text(_JSON.media_type, _LONGEST_BODY)
    found = _candidates(protocol.batch_of_draft(sent, site().register))
    told = [
        {"candidates": [words.candidate(each, site().register, is_draft=True) for each in several]}
        for several in found
    ]
    return _json({"results": told})


@blueprint.get(f"{_DRAFT}/suggest/<what>")
def suggest_in_draft(what: str) -> Response:
    """Suggest what somebody is typing."""
    return _json({"result": _suggested(what, bodies.parameters(), "offset")})


@blueprint.post(f"{_DRAFT}/extend")
def extend() -> Response:
    """Extend entities with the values of properties."""
    return _json(_extended(bodies.text(_JSON.media_type, _LONGEST_BODY), is_draft=True))


@blueprint.get(f"{_DRAFT}/extend/propose")
def propose() -> Response:
    """Propose the properties that entities of a type may be extended with."""
    return _json(_proposed(bodies.parameters()))


@blueprint.get("/lookup")
def lookup() -> Response:
    """Send the client to the entity that has an identifier somewhere else."""
    given = bodies.parameters()
    register = site().register
    known = [each.id for each in register.properties.values() if each.sort == IDENTIFIER]
    asked = [name for name in given if name in known]
    if len(asked) != 1 or len(given) != 1:
        raise BadParameterError(
            "An entity is looked up by one identifier.", f"Give one of: {', '.join(known)}."
        )
    found = register.having(given[asked[0]], asked[0])
    if not found:
        raise UnknownEntityError(
            f"No entity has the identifier {given[asked[0]][:100]} in {asked[0]}.",
            "Search for its name at /search.",
        )
    return Response(status=303, headers={"Location": found[0].entity.path})


def _introduction(given: Mapping[str, str]) -> Response:
    """A browser gets a page for people, a client the manifest."""
    here = site()
    header = request.headers.get("Accept", "")
    if not given and negotiation.preferred(header, (_JSON, HTML)) is HTML:
        response = documents.page(
            "reconcile/service.html",
            register=here.register,
            features=words.FEATURES,
            most=protocol.MOST_QUERIES,
        )
    else:
        told = words.manifest(here.settings.address, here.register, here.version)
        response = _told(told, given)
    response.vary.add("Accept")
    return response


def _matched(sent: str) -> dict[str, Any]:
    register = site().register
    sought = protocol.batch(sent, register)
    found = zip(sought, _candidates(sought.values()), strict=True)
    return {
        key: {"result": [words.candidate(each, register, is_draft=False) for each in several]}
        for key, several in found
    }


def _candidates(sought: Iterable[Sought]) -> list[list[Candidate]]:
    """Return the candidates for each query of a batch.

    Raises:
        EngineBusyError: it is not its turn soon.
        TooMuchAtOnceError: it takes longer than a query may take.
    """
    found = []
    with _turn():
        limit = site().settings.query_seconds
        give_up = time.monotonic() + limit
        for each in sought:
            found.append(site().matcher.candidates(each))
            if time.monotonic() > give_up:
                raise TooMuchAtOnceError(
                    f"The batch takes longer than {limit} seconds.", "Send fewer queries at once."
                )
    return found


def _extended(sent: str, *, is_draft: bool = False) -> dict[str, Any]:
    asked = protocol.extension(sent, site().register)
    rows = extension.rows(site().register, asked)
    return words.extended(site().register, asked.wanted, rows, is_draft=is_draft)


def _suggested(what: str, given: Mapping[str, str], skipped: str) -> list[dict[str, Any]]:
    prefix = given.get("prefix", "")
    start = _number(given, skipped, 0, _DEEPEST)
    end = start + max(1, _number(given, "limit", _PROPOSED, _MOST))
    several = {"entity": _entities, "type": _types, "property": _properties}
    return _checked(what, several)(prefix, given.get("type", ""), end)[start:]


def _checked(what: str, known: Mapping[str, T]) -> T:
    if what not in known:
        raise UnknownEntityError(
            f"Nothing of the sort {what[:100]} is suggested.", f"Use one of: {', '.join(known)}."
        )
    return known[what]


def _entities(prefix: str, type_: str, most: int) -> list[dict[str, Any]]:
    """Return the entities that are meant, perhaps, by what is being typed."""
    register = site().register
    wanted = protocol.type_id(type_, register) if type_ else ""
    records = _called(prefix, wanted, most) if prefix.strip() else register.most_tied(wanted, most)
    return [words.suggestion(each, register) for each in records[:most]]


def _called(prefix: str, wanted: str, most: int) -> list[Record]:
    """Return the entities of a type, or of any, that have such an identifier or name."""
    register = site().register
    kind = register.types[wanted].kind if wanted else ""
    hits = site().names.find(prefix, kind, most)
    named = (register.record(hit.entity.iri) for hit in hits)
    known = [register.record(prefix), *register.having(prefix)]
    several = dict.fromkeys(each for each in (*known, *named) if each)
    return [each for each in several if not wanted or wanted in each.types]


def _types(prefix: str, _type: str, most: int) -> list[dict[str, Any]]:
    types = site().register.types
    found = _begun(prefix, {each.id: each.label for each in types.values()})
    return [words.suggested_type(types[name]) for name in found[:most]]


def _properties(prefix: str, _type: str, most: int) -> list[dict[str, Any]]:
    known = site().register.properties
    found = _begun(prefix, {each.id: each.title for each in known.values()})
    return [words.suggested_property(known[name]) for name in found[:most]]


def _begun(prefix: str, named: Mapping[str, str]) -> list[str]:
    """Return the ids of what begins so, or is nearest to it; of all when nothing is typed."""
    wanted = naming.folded(prefix)
    written = {name: (naming.folded(name), naming.folded(label)) for name, label in named.items()}
    whole = [name for name, forms in written.items() if _has_beginning(forms, wanted)]
    words_ = (name for name, forms in written.items() if _has_beginning(_parts(forms), wanted))
    near = search.nearest(wanted, {label for _, label in written.values()}, _NEAREST)
    found = list(dict.fromkeys([*whole, *words_]))
    return found or [name for name, (_, label) in written.items() if label in near]


def _has_beginning(forms: Iterable[str], wanted: str) -> bool:
    return any(form.startswith(wanted) for form in forms)


def _parts(forms: Iterable[str]) -> list[str]:
    return [word for form in forms for word in form.split()]


def _proposed(given: Mapping[str, str]) -> dict[str, Any]:
    register = site().register
    type_ = protocol.type_id(given["type"], register) if given.get("type") else ""
    limit = _number(given, "limit", 0, _MOST) or None
    return words.proposals(type_, register.properties_of(type_), limit)


def _number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(most)) or int(text) > most:
        raise BadParameterError(
            f"{name}={text[:20]} cannot be used.", f"Give a whole number up to {most}."
        )
    return int(text)


def _record(name: str) -> Record:
    found = site().register.record(name)
    if found is None:
        raise UnknownEntityError(
            f"There is no entity {name[:100]}.", "Give the part of its IRI after the base."
        )
    return found


def _type(name: str) -> Any:
    return site().register.types[protocol.type_id(name, site().register)]


def _property(name: str) -> Any:
    return site().register.properties[protocol.property_id(name, site().register)]


def _card(shown: Any) -> dict[str, Any]:
    """Return what is told of an entity beside its name, of which there are a few things only."""
    if not isinstance(shown, Record):
        return {}
    register, iri = site().register, shown.entity.iri
    known = (each for each in register.properties.values() if each.sort == IDENTIFIER)
    identifiers = {each.title: register.values(each.id).get(iri, ()) for each in known}
    names = register.values("name").get(iri, ())
    return {
        "description": words.described(shown, register),
        "names": [name for name in names if name.text != shown.label][:_SHOWN_NAMES],
        "identifiers": {title: values for title, values in identifiers.items() if values},
    }


@contextmanager
def _turn() -> Iterator[None]:
    """Let a batch be matched when it is its turn.

    Raises:
        EngineBusyError: others take too long.
    """
    places = site().matching
    if not places.acquire(timeout=_PATIENCE):
        raise EngineBusyError("Too many batches are being matched.", "Try again in a few seconds.")
    try:
        yield
    finally:
        places.release()


def _told(answer: Mapping[str, Any], given: Mapping[str, str]) -> Response:
    """Return an answer as JSON, or as the script that a page of another site asks for."""
    callback = given.get("callback", "")
    if not callback:
        return _json(answer)
    if not _CALLBACK.fullmatch(callback):
        raise BadParameterError(
            "The callback is no name of a function.", "Give letters, digits, _, $ and dots."
        )
    # The comment keeps the first bytes from being anything but a script.
    script = f"/**/{callback}({json.dumps(answer)});"
    response = Response(script, content_type=f"{_SCRIPT}; charset=utf-8")
    # Each call has a name of its own: nobody asks for it again.
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(answer: Mapping[str, Any]) -> Response:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(body, content_type=_JSON.content_type)
