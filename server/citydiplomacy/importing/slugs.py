"""The names under which what is new is found: readable, and never those of somebody else."""

import re

from anyascii import anyascii

from citydiplomacy import naming
from citydiplomacy.reconciliation.geography import Point

_OTHERS = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = str.maketrans("", "", "'`")


def slug(text: str) -> str:
    """Return a text in ASCII letters and hyphens: 'são-paulo' is sao-paulo, '臺北' taibei."""
    # What apostrophes of other scripts become stands within words.
    plain = anyascii(naming.folded(text)).casefold().translate(_APOSTROPHES)
    return _OTHERS.sub("-", plain).strip("-")


def degrees(point: Point) -> str:
    """Return a place as part of a slug, in tenths of a degree: 45-5n-122-7w."""
    return "-".join(_part(value, signs) for value, signs in zip(point, ("ns", "ew"), strict=True))


def shown(point: Point) -> str:
    """Return a place as part of a label, in tenths of a degree: 45.5° N 122.7° W."""
    north, east = ("S" if point.latitude < 0 else "N"), ("W" if point.longitude < 0 else "E")
    return f"{abs(point.latitude):.1f}° {north} {abs(point.longitude):.1f}° {east}"


def _part(value: float, signs: str) -> str:
    return f"{abs(value):.1f}".replace(".", "-") + signs[value < 0]
