"""The land of the world as a picture, from the atlas we serve.

`python -m citydiplomacy.web.pictures.outlines` writes the pictures anew; a test sees that they are
what it would write. They are greys that let any background through: they suit light and dark.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from citydiplomacy.places import Place
from citydiplomacy.web.pictures.globe import WIDTH, flat

STATIC = Path(__file__).parents[1] / "static"
ATLAS = STATIC / "vendor" / "world-atlas-2.0.2" / "countries-110m.json"
MERIDIANS = (11, 150)
"""What lies in the middle: cut in the Bering Strait, or in the Atlantic Ocean."""
TOP, HEIGHT = -488, 878
"""From the north of Greenland to the south of America; what lies beyond has no cities."""
_ANTARCTICA = "010"
_GREY = "#857a69"
_CORNERS = 3

Ring = list[tuple[float, float]]


def name(meridian: int) -> str:
    """Return the name of the picture with the meridian in its middle, below the static files."""
    return f"pictures/world-{meridian}.svg"


def drawn(meridian: int) -> str:
    """Return the picture of the land of the world, as SVG."""
    atlas = json.loads(ATLAS.read_text("utf-8"))
    rings = (piece for ring in _rings(atlas) for piece in _cut(_unrolled(ring), meridian))
    land = "".join(_path(ring) for ring in rings)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-WIDTH // 2} {TOP} {WIDTH} {HEIGHT}">\n'
        f'<path fill="{_GREY}" fill-opacity=".2" fill-rule="evenodd" stroke="{_GREY}"'
        f' stroke-opacity=".45" stroke-width=".7" vector-effect="non-scaling-stroke" d="{land}"/>\n'
        "</svg>\n"
    )


def _rings(atlas: dict[str, Any]) -> Iterator[Ring]:
    """Yield the outlines of all countries, in degrees, each closed."""
    arcs = [_degrees(arc, atlas["transform"]) for arc in atlas["arcs"]]
    for country in atlas["objects"]["countries"]["geometries"]:
        if country.get("id") == _ANTARCTICA:
            continue
        shapes = [country["arcs"]] if country["type"] == "Polygon" else country["arcs"]
        for shape in shapes:
            yield from (_joined(ring, arcs) for ring in shape)


def _degrees(arc: Iterable[Sequence[int]], transform: dict[str, list[float]]) -> Ring:
    """Return an arc, which is stored as whole steps from point to point, in degrees."""
    (wide, high), (west, south) = transform["scale"], transform["translate"]
    steps = accumulate(arc, lambda at, step: (at[0] + step[0], at[1] + step[1]))
    return [(x * wide + west, y * high + south) for x, y, *_ in steps]


def _joined(numbers: Iterable[int], arcs: Sequence[Ring]) -> Ring:
    """Return the ring that the arcs make; a negative number is an arc walked backwards."""
    ring: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


def _unrolled(ring: Ring) -> Ring:
    """Return the ring with longitudes beyond 180 where it crosses the date line."""
    steps = ((b[0] - a[0] + 180) % 360 - 180 for a, b in pairwise(ring))
    longitudes = accumulate(steps, initial=ring[0][0])
    return [(longitude, at[1]) for longitude, at in zip(longitudes, ring, strict=True)]


def _cut(ring: Ring, meridian: int) -> Iterator[Ring]:
    """Yield the parts of a ring on a map with the meridian in its middle."""
    for turn in (-720, -360, 0, 360):
        moved = [(longitude - meridian + turn, latitude) for longitude, latitude in ring]
        part = _east_of(_east_of(moved, -180), 180, -1)
        if part:
            yield part


def _east_of(ring: Ring, edge: float, sign: int = 1) -> Ring:
    """Return the part of a ring to the east of a meridian, or to the west with sign -1."""
    kept: Ring = []
    for (x, y), (to_x, to_y) in pairwise([*ring, *ring[:1]]):
        inside, to_inside = sign * (x - edge) >= 0, sign * (to_x - edge) >= 0
        if inside:
            kept.append((x, y))
        if inside != to_inside:
            kept.append((edge, y + (to_y - y) * (edge - x) / (to_x - x)))
    return kept


def _path(ring: Ring) -> str:
    """Return a ring as a path of whole steps; nothing where it is too small to be seen."""
    points = (flat(Place(*at)) for at in ring)
    rounded = [(round(point.x), round(point.y)) for point in points]
    seen = [rounded[0], *(to for at, to in pairwise(rounded) if at != to)]
    if len(set(seen)) < _CORNERS:
        return ""
    steps = ((to[0] - at[0], to[1] - at[1]) for at, to in pairwise(seen))
    return f"M{seen[0][0]} {seen[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z"


if __name__ == "__main__":
    for middle in MERIDIANS:
        file = STATIC / name(middle)
        file.parent.mkdir(exist_ok=True)
        file.write_text(drawn(middle), "utf-8")
