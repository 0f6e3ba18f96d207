"""The description of every address that answers with JSON, for programs: OpenAPI 3.1.

Each file in `openapi/` is a part: paths and components. A new part is merged by lying there.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify

from citydiplomacy.web.site import site

blueprint = Blueprint("openapi", __name__)

Document = dict[str, Any]

_PARTS = Path(__file__).parents[1] / "openapi"


@blueprint.get("/openapi.json")
def description() -> Response:
    """Return the description, with the version and kinds of the data, and this address."""
    document = copy.deepcopy(merged())
    document["info"]["version"] = site().version
    document["servers"] = [{"url": site().settings.address}]
    if kinds := list(site().entities.kinds):  # any other data may have none
        document["components"]["parameters"]["kind"]["schema"] = {"enum": kinds}
    return jsonify(document)


@cache
def merged() -> Document:
    """Return what the parts say together.

    Raises:
        ValueError: two parts describe the same.
    """
    document: Document = {}
    for file in sorted(_PARTS.glob("*.json")):
        _add(document, json.loads(file.read_text("utf-8")), file.name)
    return document


def _add(document: Document, part: Document, where: str) -> None:
    for name, value in part.items():
        known = document.get(name)
        if known is None:
            document[name] = value
        elif isinstance(known, dict) and isinstance(value, dict) and not _is_whole(name):
            _add(known, value, f"{where} {name}")
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            raise ValueError(f"{where}: {name} is described twice.")


def _is_whole(name: str) -> bool:
    """Tell whether parts may not share a member: a path, or a component."""
    return name.startswith("/") or name[:1].isupper()
