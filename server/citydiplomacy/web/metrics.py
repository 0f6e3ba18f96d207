"""What is counted, for monitoring: the engine's numbers, and those of the caches it was told."""

from dataclasses import asdict
from threading import Lock
from typing import cast

from flask import Blueprint, Flask, Response, current_app

from citydiplomacy.engine import Measured
from citydiplomacy.web import cache
from citydiplomacy.web.cache import Cache
from citydiplomacy.web.site import EXTENSION, Site

blueprint = Blueprint("metrics", __name__)

_REPORTED = ("hits", "shared", "misses", "passed", "not_modified")
_TOLD = "citydiplomacy.told"
_lock = Lock()


@blueprint.get("/metrics")
def metrics() -> Response:
    """Show the counters of all processes, as Prometheus reads them."""
    text = tell(current_app)
    headers = {"Cache-Control": "no-store"}
    return Response(text, 200, headers, content_type="text/plain; version=0.0.4; charset=utf-8")


def tell(app: Flask) -> bytes:
    """Tell the engine what this application's cache has counted since it was last told.

    Returns:
        Everything that the engine has counted and was told, by all processes.
    """
    engine = cast(Site, app.extensions[EXTENSION]).engine
    if not isinstance(engine, Measured):
        return b""
    with _lock:
        counts = asdict(cast(Cache, app.extensions[cache.EXTENSION]).counts)
        told: dict[str, int] = app.extensions.setdefault(_TOLD, {})
        since = {name: counts[name] - told.get(name, 0) for name in _REPORTED}
        text = engine.measures({name: number for name, number in since.items() if number})
        told |= {name: counts[name] for name in _REPORTED}
    return text
