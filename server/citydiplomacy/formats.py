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
    shown_as: str = ""
    """The media type it is sent with, where browsers would not show it as what it is."""

    @property
    def content_type(self) -> str:
        """The Content-Type header: text formats and XML carry their charset."""
        sent = self.shown_as or self.media_type
        return f"{sent}; charset=utf-8" if sent.startswith(_TEXTUAL) else sent


_TEXTUAL = ("text/", "application/x-")


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
NANOPUBLICATION = Format("nanopub.trig", "application/trig", "Nanopublication")
"""Of claims and evidence, by suffix only: who accepts TriG gets Turtle."""

JSON = Format("json", "application/json", "JSON")
"""Plain JSON, whose form is promised. By suffix only: who accepts JSON gets JSON-LD."""

ACTIVITY = Format("json", "application/activity+json", "Activity Streams", ("application/json",))
GEOJSON = Format("geojson", "application/geo+json", "GeoJSON", ("application/vnd.geo+json",))

JSON_ROWS = Format(
    "json", "application/sparql-results+json", "JSON", ("application/json", "text/json")
)
XML_ROWS = Format("xml", "application/sparql-results+xml", "XML", ("application/xml", "text/xml"))
CSV_ROWS = Format("csv", "text/csv", "CSV")
TSV_ROWS = Format("tsv", "text/tab-separated-values", "TSV")

# Citations.
BIBTEX = Format("bib", "application/x-bibtex", "BibTeX")
RIS = Format("ris", "application/x-research-info-systems", "RIS")
CSL_JSON = Format("csl.json", "application/vnd.citationstyles.csl+json", "CSL-JSON")
DATACITE_JSON = Format("datacite.json", "application/vnd.datacite.datacite+json", "DataCite JSON")
DATACITE_XML = Format("datacite.xml", "application/vnd.datacite.datacite+xml", "DataCite XML")
BIBLIOGRAPHY = "text/x-bibliography"
"""A formatted citation; the parameter `style` says how, as where DOIs are asked for one."""


_IN_STYLE = f"{BIBLIOGRAPHY}; style="
_PLAIN = "text/plain"
APA = Format("apa.txt", f"{_IN_STYLE}apa", "APA", (BIBLIOGRAPHY,), _PLAIN)
CHICAGO = Format("chicago.txt", f"{_IN_STYLE}chicago-author-date", "Chicago", shown_as=_PLAIN)
IEEE = Format("ieee.txt", f"{_IN_STYLE}ieee", "IEEE", shown_as=_PLAIN)
STYLES = {style: style.media_type.removeprefix(_IN_STYLE) for style in (APA, CHICAGO, IEEE)}
"""Formatted citations, with the names of their styles."""

LINKSET = Format("linkset", "application/linkset", "Links")
LINKSET_JSON = Format("linkset.json", "application/linkset+json", "Links as JSON")
LINKSET_FORMATS = (LINKSET_JSON, LINKSET)
"""What belongs to a document, for machines (RFC 9264)."""

GZIP = "application/gzip"

# The first of each is the answer to `Accept: */*`.
GRAPH_FORMATS = (TURTLE, NTRIPLES, RDFXML, JSONLD)
ROW_FORMATS = (JSON_ROWS, XML_ROWS, CSV_ROWS, TSV_ROWS)
ENTITY_FORMATS = (HTML, *GRAPH_FORMATS)
PLACE_FORMATS = (*ENTITY_FORMATS, GEOJSON)
"""Of entities that can be drawn on a map."""
REFERENCE_FORMATS = (BIBTEX, RIS, CSL_JSON, DATACITE_JSON, DATACITE_XML)
"""Citations as data."""
CITATION_FORMATS = (*REFERENCE_FORMATS, *STYLES)
"""Citations in every form; they are offered beside those of documents, after them."""
BESIDE_FORMATS = (*CITATION_FORMATS, *LINKSET_FORMATS)
"""What there is beside the documents about whatever can be cited."""
CITED_FORMATS = (*ENTITY_FORMATS, *BESIDE_FORMATS)
"""Of documents about what can be cited, with what is beside them."""


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
