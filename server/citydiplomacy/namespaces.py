"""The IRIs of the project: what they look like and how they become paths."""

import re
from typing import NamedTuple

BASE = "https://w3id.org/citydiplomacy/"
ONTOLOGY = f"{BASE}ontology"
VOCAB = f"{BASE}vocab/"
SHAPES = f"{BASE}shapes"
CD = f"{ONTOLOGY}#"

# Named graphs of a release. Their union is the default graph.
CURATED = f"{BASE}graph/curated"
IMPORTED = f"{BASE}graph/imported/"
DERIVED = f"{BASE}graph/derived"
ONTOLOGY_GRAPH = f"{BASE}graph/ontology"
SHAPES_GRAPH = f"{BASE}graph/shapes"
META = f"{BASE}graph/meta"

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
"""The licence of everything that does not stand in an imported graph."""

PREFIXES = {
    "cd": CD,
    "cito": "http://purl.org/spar/cito/",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "fabio": "http://purl.org/spar/fabio/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "gist": "https://w3id.org/semanticarts/ns/ontology/gist/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

RDF_TYPE = f"{PREFIXES['rdf']}type"

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_LOCAL = re.compile(r"[\w-]+")

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
    end = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = _PREFIX_OF.get(iri[:end])
    return f"{prefix}:{iri[end:]}" if prefix and _LOCAL.fullmatch(iri, end) else iri
