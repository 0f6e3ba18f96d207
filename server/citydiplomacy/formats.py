"""Every format the service speaks, in one table.

Routes, content negotiation, links, the query engine and the documentation all read it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One format: how it is named in addresses, in HTTP and to people."""

    suffix: str
    media_type: str
    label: str
    aliases: tuple[str, ...] = ()
    """Other media types that clients ask for when they mean this format."""

    @property
    def content_type(self) -> str:
        """The Content-Type header: text formats and XML carry their charset."""
        textual = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if textual else self.media_type


HTML = Format("html", "text/html", "Page", ("application/xhtml+xml",))
# A graph in Turtle is good N3 and TriG too, and one in N-Triples is good N-Quads.
_LIKE_TURTLE = ("application/x-turtle", "text/n3", "text/rdf+n3", "application/trig")
TURTLE = Format("ttl", "text/turtle", "Turtle", _LIKE_TURTLE)
NTRIPLES = Format("nt", "application/n-triples", "N-Triples", ("application/n-quads", "text/plain"))
RDFXML = Format("rdf", "application/rdf+xml", "RDF/XML", ("application/xml", "text/xml"))
JSONLD = Format("jsonld", "application/ld+json", "JSON-LD", ("application/json",))

# What carries named graphs too.
TRIG = Format("trig", "application/trig", "TriG")
NQUADS = Format("nq", "application/n-quads", "N-Quads")

JSON = Format("json", "application/json", "JSON")
"""Plain JSON, whose form is promised. By suffix only: who accepts JSON gets JSON-LD."""

GEOJSON = Format("geojson", "application/geo+json", "GeoJSON", ("application/vnd.geo+json",))

JSON_ROWS = Format(
    "json", "application/sparql-results+json", "JSON", ("application/json", "text/json")
)
XML_ROWS = Format("xml", "application/sparql-results+xml", "XML", ("application/xml", "text/xml"))
CSV_ROWS = Format("csv", "text/csv", "CSV")
TSV_ROWS = Format("tsv", "text/tab-separated-values", "TSV")

GZIP = "application/gzip"

# The first of each is the answer to `Accept: */*`.
GRAPH_FORMATS = (TURTLE, NTRIPLES, RDFXML, JSONLD)
ROW_FORMATS = (JSON_ROWS, XML_ROWS, CSV_ROWS, TSV_ROWS)
ENTITY_FORMATS = (HTML, *GRAPH_FORMATS)
PLACE_FORMATS = (*ENTITY_FORMATS, GEOJSON)
"""Of entities that can be drawn on a map."""


def by_suffix(suffix: str, formats: tuple[Format, ...]) -> Format | None:
    """Return the format with that suffix, or None."""
    return next((format_ for format_ in formats if format_.suffix == suffix), None)


_OF_FILES = (*GRAPH_FORMATS, TRIG, NQUADS, CSV_ROWS, TSV_ROWS)


def of_file(name: str) -> Format | None:
    """Return the format of what is in a file, compressed or not; None for others."""
    suffix = name.removesuffix(".gz").rpartition(".")[2]
    return by_suffix(suffix, _OF_FILES)


def type_of_file(name: str) -> str | None:
    """Return the media type of the bytes of a file, or None when it is none of ours."""
    if name.endswith(".gz"):
        return GZIP
    found = of_file(name)
    return found.media_type if found else None
