"""What became of all entities, version by version, as a stream that harvesters read backwards.

It is an Activity Streams 2.0 collection as the IIIF Change Discovery API 1.0 has it, level 2.
"""

import json
from typing import Any

from flask import Blueprint, Response, request

from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import ACTIVITY, JSONLD, TURTLE
from citydiplomacy.history import Activity
from citydiplomacy.namespaces import BASE, LICENCE, local_path
from citydiplomacy.published import ADDED, CHANGED, RETIRED
from citydiplomacy.versions import pinned
from citydiplomacy.web import negotiation
from citydiplomacy.web.site import site

blueprint = Blueprint("activity", __name__)
_PATH = "/activity"
_STREAMS = "https://www.w3.org/ns/activitystreams"
_CONTEXT = [_STREAMS, "http://iiif.io/api/discovery/1/context.json"]
_LENGTH = 1000
_TYPES = {ADDED: "Create", CHANGED: "Update", RETIRED: "Delete"}

Document = dict[str, Any]


@blueprint.get(_PATH)
def collection() -> Response:
    """Say how many activities there are, and where the first and the last of them stand."""
    address, activities = site().settings.address, site().history.activities
    pages = {"first": _page(1), "last": _page(_count())} if activities else {}
    see_also = _data(f"{address}/dataset.ttl") | {"profile": "http://www.w3.org/ns/dcat#"}
    return _sent(
        {
            "id": f"{address}{_PATH}",
            "type": "OrderedCollection",
            "totalItems": len(activities),
            "rights": LICENCE,
            "seeAlso": [see_also],
            **pages,
        }
    )


@blueprint.get(f"{_PATH}/<int:number>")
def page(number: int) -> Response:
    """Send a page of activities, the oldest first."""
    count = _count()
    if not 1 <= number <= count:
        there_are = f"There are pages 1 to {count}." if count else "No version was published yet."
        raise UnknownEntityError(f"There is no page {number} of activities.", there_are)
    start = (number - 1) * _LENGTH
    around = {"prev": number - 1, "next": number + 1}
    return _sent(
        {
            **_page(number),
            "partOf": {"id": f"{site().settings.address}{_PATH}", "type": "OrderedCollection"},
            "startIndex": start,
            **{name: _page(other) for name, other in around.items() if 1 <= other <= count},
            "orderedItems": list(map(_told, site().history.activities[start : start + _LENGTH])),
        }
    )


def _count() -> int:
    """Return how many pages there are."""
    return -(-len(site().history.activities) // _LENGTH)


def _page(number: int) -> Document:
    address = site().settings.address
    return {"id": f"{address}{_PATH}/{number}", "type": "OrderedCollectionPage"}


def _told(activity: Activity) -> Document:
    """Return an activity: when a version says nothing of an entity, it was made itself."""
    name = activity.version.name
    iri = activity.iri or f"{BASE}dataset/{name}"
    document = f"{site().settings.address}{local_path(iri)}.{TURTLE.suffix}"
    then = pinned(document, name) if activity.iri else document
    return {
        "type": _TYPES[activity.became],
        "object": {
            "id": iri,
            "type": "Object" if activity.iri else "Dataset",
            "canonical": iri,
            "seeAlso": [_data(then)],
        },
        "endTime": f"{activity.version.modified}T00:00:00Z",
    }


def _data(address: str) -> Document:
    return {"id": address, "type": "Dataset", "format": TURTLE.media_type}


def _sent(document: Document) -> Response:
    """Return a document with the media type asked for: both name the same bytes."""
    chosen = negotiation.choose(request.headers.get("Accept", ""), (ACTIVITY, JSONLD))
    profile = f'; profile="{_STREAMS}"' if chosen is JSONLD else ""
    body = f"{json.dumps({'@context': _CONTEXT, **document}, ensure_ascii=False)}\n"
    response = Response(body, content_type=f"{chosen.media_type}{profile}")
    response.vary.add("Accept")
    return response
