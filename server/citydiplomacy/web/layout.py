"""Triples laid out for readers: what belongs together stands together, under short names.

The same triples always give the same bytes, whichever process writes them.
"""

import re
from collections.abc import Callable

import pyoxigraph

from citydiplomacy import prefixes
from citydiplomacy.formats import NTRIPLES, RDFXML, TURTLE, Format
from citydiplomacy.namespaces import RDF_TYPE

_TYPE = f"<{RDF_TYPE}>"
_XML_PREFIXES = re.compile(r"(?: xmlns:[\w-]+=\"[^\"]*\")+")


def laid_out(ntriples: str, format_: Format, about: str) -> bytes:
    """Return N-Triples in a graph format: first what is said about the IRI, its types on top."""
    # Only \n ends a line: str.splitlines also breaks at characters that literals may hold.
    lines = sorted(set(ntriples.split("\n")) - {""}, key=_reading_order(f"<{about}>"))
    text = "\n".join([*lines, ""])
    if format_ is NTRIPLES:
        return text.encode()
    parsed = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_TRIPLES)
    written = pyoxigraph.serialize(
        (quad.triple for quad in parsed),
        format=pyoxigraph.RdfFormat.from_media_type(format_.media_type),
        prefixes=prefixes.needed(text),
    )
    return _with_sorted_prefixes((written or b"").decode(), format_).encode()


def ntriples(turtle: str) -> str:
    """Return a Turtle document, such as a template makes, as N-Triples."""
    parsed = pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    return "".join(f"{quad.triple} .\n" for quad in parsed)


def _reading_order(about: str) -> Callable[[str], tuple[bool, str, bool, str]]:
    def order(line: str) -> tuple[bool, str, bool, str]:
        subject, predicate, _ = line.split(" ", 2)
        return subject != about, subject, predicate != _TYPE, line

    return order


def _with_sorted_prefixes(text: str, format_: Format) -> str:
    if format_ is TURTLE:
        return prefixes.sorted_in(text)
    if format_ is RDFXML:
        return _XML_PREFIXES.sub(
            lambda found: "\n " + "\n ".join(sorted(found[0].split())), text, count=1
        )
    return text
