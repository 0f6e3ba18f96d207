"""The whole of a release in the formats that others read, compressed.

The same quads always give the same bytes: what is written is sorted, and no clock is asked.
"""

import gzip
import io
from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import prefixes
from citydiplomacy.formats import JSONLD, NQUADS, NTRIPLES, TRIG, TURTLE, Format

_NAME = "citydiplomacy"
_WITH_GRAPHS, _UNION = "everything, in its named graphs", "everything, as one graph"
_LEVEL = 6


class Dump(NamedTuple):
    """A file with the whole of a release: its format, and what it is in words."""

    format: Format
    title: str

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{_NAME}.{self.format.suffix}.gz"


DUMPS = (
    Dump(NQUADS, f"N-Quads: {_WITH_GRAPHS}"),
    Dump(TRIG, f"TriG: {_WITH_GRAPHS}"),
    Dump(JSONLD, f"JSON-LD: {_WITH_GRAPHS}"),
    Dump(NTRIPLES, f"N-Triples: {_UNION}"),
    Dump(TURTLE, f"Turtle: {_UNION}"),
)


def of(nquads: bytes) -> dict[str, bytes]:
    """Return the dumps of canonical N-Quads, by the names of their files."""
    quads = sorted(
        ox.parse(nquads, format=ox.RdfFormat.N_QUADS), key=lambda quad: quad.graph_name.value
    )
    lines = sorted({f"{quad.triple} .\n" for quad in quads})
    ntriples = "".join(lines)
    short = prefixes.needed(ntriples)
    union = [quad.triple for quad in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)]
    written = {
        NQUADS: nquads,
        TRIG: prefixes.sorted_in(_serialised(quads, TRIG, short).decode()).encode(),
        JSONLD: _serialised(quads, JSONLD, {}),
        NTRIPLES: ntriples.encode(),
        TURTLE: prefixes.sorted_in(_serialised(union, TURTLE, short).decode()).encode(),
    }
    return {dump.file: compressed(written[dump.format]) for dump in DUMPS}


def _serialised(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple], format_: Format, short: dict[str, str]
) -> bytes:
    rdf = ox.RdfFormat.from_media_type(format_.media_type)
    return ox.serialize(statements, format=rdf, prefixes=short) or b""


def compressed(content: bytes) -> bytes:
    """Return the content compressed by gzip, without name and time."""
    # gzip.compress leaves a byte of the header to zlib, which fills it in by its version.
    held = io.BytesIO()
    with gzip.GzipFile("", "wb", _LEVEL, held, mtime=0) as file:
        file.write(content)
    return held.getvalue()
