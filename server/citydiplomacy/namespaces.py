"""The IRIs of the project: what they look like and how they become paths."""

import re
from typing import NamedTuple

BASE = "https://w3id.org/citydiplomacy/"
ONTOLOGY = f"{BASE}ontology"
VOCAB = f"{BASE}vocab/"
CD = f"{ONTOLOGY}#"

# Named graphs of a release. Their union is the default graph.
CURATED = f"{BASE}graph/curated"
IMPORTED = f"{BASE}graph/imported/"
DERIVED = f"{BASE}graph/derived"
ONTOLOGY_GRAPH = f"{BASE}graph/ontology"
META = f"{BASE}graph/meta"

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
"""The licence of everything that does not stand in an imported graph."""

PREFIXES = {
    "cd": CD,
    "cito": "http://purl.org/spar/cito/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

RDF_TYPE = f"{PREFIXES['rdf']}type"

_KIND = r"[a-z]+(?:-[a-z]+)*"
_SLUG = r"[a-z0-9]+(?:--?[a-z0-9]+)*"
_ENTITY = re.compile(rf"{re.escape(BASE)}(?P<kind>{_KIND})/(?P<slug>{_SLUG})")
_CONCEPT = re.compile(rf"{re.escape(VOCAB)}(?P<scheme>{_KIND})#(?P<slug>{_SLUG})")
SLUG = re.compile(_SLUG)


class EntityName(NamedTuple):
    """The two readable parts of an entity IRI; also its path and its file."""

    kind: str
    slug: str

    @property
    def iri(self) -> str:
        """The permanent IRI."""
        return f"{BASE}{self.kind}/{self.slug}"

    @property
    def path(self) -> str:
        """The path under which a server answers for the IRI."""
        return f"/{self.kind}/{self.slug}"


def entity_name(iri: str) -> EntityName | None:
    """Return kind and slug of an entity IRI, or None when it is not one of ours."""
    found = _ENTITY.fullmatch(iri)
    return EntityName(found["kind"], found["slug"]) if found else None


def reference(iri: str) -> EntityName | None:
    """Return kind and slug of an entity, or scheme and slug of a concept; None for all others."""
    found = _CONCEPT.fullmatch(iri)
    return EntityName(found["scheme"], found["slug"]) if found else entity_name(iri)


def is_ours(iri: str) -> bool:
    """Tell whether the IRI lies under our base."""
    return iri.startswith(BASE)


def local_path(iri: str) -> str | None:
    """Return the path (with fragment) that serves one of our IRIs, or None for others'."""
    path = "/" + iri.removeprefix(BASE)
    # What begins with two slashes is the address of another host.
    return path if is_ours(iri) and not path.startswith(("//", "/\\")) else None


def shorten(iri: str) -> str:
    """Return the IRI as a prefixed name where a known prefix fits, else unchanged."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w-]+", local):
            return f"{prefix}:{local}"
    return iri
