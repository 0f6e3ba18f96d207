"""Wikidata: brought here by a harvest, compared with the graph, and what it lacks written down.

Nothing here writes to Wikidata, and no server asks it: only `citydiplomacy harvest` does.
"""

ENDPOINT = "https://query.wikidata.org/sparql"
"""The Wikidata Query Service."""

ENTITY = "http://www.wikidata.org/entity/"
"""What the IRIs of items and properties begin with."""


def identifier(iri: str) -> str:
    """Return the identifier at the end of the IRI of an item or property: Q38283."""
    return iri.removeprefix(ENTITY)
