"""Where ontology, shapes, data, queries and releases lie on this machine."""

import os
from pathlib import Path

_PACKAGED = Path(__file__).parent / "resources"
_CHECKOUT = Path(__file__).parents[2]


# The file of a release that holds all of it: written at build time, loaded by the engine.
DUMP = "citydiplomacy.nq"


def root() -> Path:
    """Return the folder that holds `ontology`, `shapes`, `data` and `queries`."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def releases() -> Path:
    """Return the folder for releases: `.release` in a checkout, else the user's cache."""
    return _CHECKOUT / ".release" if root() == _CHECKOUT else cache()


def harvests() -> Path:
    """Return the folder for what harvests brought so far: `.harvest`, or in the user's cache."""
    return (_CHECKOUT / ".harvest") if root() == _CHECKOUT else cache() / "harvest"


def versions(below: Path | None = None) -> Path:
    """Return the folder that holds the published versions of the data."""
    return (below or root()) / "data" / "releases"


def cache() -> Path:
    """Return the folder in the cache of the user for what can be had again."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "citydiplomacy"
