"""The cases of the SPARQL 1.1 Protocol suite, whose manifest has names and no requests.

They are written here after the protocol, for the dataset that the service has: a city is in the
curated graph, its class in the ontology. Updates are never answered.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from citydiplomacy.namespaces import BASE

QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
ROWS = {f"application/sparql-results+{syntax}" for syntax in ("json", "xml")}
TABLES = ROWS | {"text/csv", "text/tab-separated-values"}
GRAPHS = {"application/rdf+xml", "text/turtle", "application/n-triples"}

CURATED, ONTOLOGY, META = (f"{BASE}graph/{name}" for name in ("curated", "ontology", "meta"))
CITY, CLASS = f"<{BASE}city/taipei> a ?class", f"<{BASE}ontology#City> a ?metaclass"
ASK_BOTH = f"ASK {{ {CITY} . {CLASS} }}"
ASK_NAMED = f"ASK {{ GRAPH <{CURATED}> {{ {CITY} }} GRAPH <{ONTOLOGY}> {{ {CLASS} }} }}"
ASK_NO_OTHER = f"ASK {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (?g NOT IN (<{CURATED}>, <{ONTOLOGY}>)) }}"
NOTHING_ELSE = "ASK { ?s ?p ?o }"

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Exchange:
    """A request, and what has to come back."""

    method: str
    parameters: Fields | None = None
    body: bytes = b""
    content_type: str = ""
    status: int = 200
    answer: bool | set[str] | None = None
    """The answer to ASK, or the media types of which one has to come."""

    @property
    def target(self) -> str:
        """The address, from its path on."""
        return f"/sparql?{urlencode(self.parameters)}" if self.parameters else "/sparql"


def _get(query: str, *graphs: tuple[str, str], **expected: object) -> Exchange:
    return Exchange("GET", [("query", query), *graphs], **expected)  # type: ignore[arg-type]


def _form(fields: Fields, **expected: object) -> Exchange:
    body = urlencode(fields).encode()
    return Exchange("POST", body=body, content_type=FORM, **expected)  # type: ignore[arg-type]


def _post(body: bytes, content_type: str, status: int, *graphs: tuple[str, str]) -> Exchange:
    return Exchange("POST", [*graphs], body, content_type, status)


def _default(*graphs: str) -> Fields:
    return [("default-graph-uri", graph) for graph in graphs]


def _named(*graphs: str) -> Fields:
    return [("named-graph-uri", graph) for graph in graphs]


_CONSTRUCT = "CONSTRUCT WHERE { ?s a ?class }"
_CLEAR = b"CLEAR ALL"
_MIXED = _default(CURATED) + _named(ONTOLOGY)
_REPLACED = f"ASK FROM <{ONTOLOGY}> FROM NAMED <{META}> {{ %s }}"

CASES = {
    "query_get": [_get(ASK_BOTH, answer=True)],
    "query_post_form": [_form([("query", ASK_BOTH)], answer=True)],
    "query_post_direct": [_post(ASK_BOTH.encode(), QUERY, 200)],
    "query_dataset_default_graphs_get": [
        _get(ASK_BOTH, *_default(CURATED), answer=False),
        _get(ASK_BOTH, *_default(CURATED, ONTOLOGY), answer=True),
        _get("ASK { GRAPH ?g { ?s ?p ?o } }", *_default(CURATED, ONTOLOGY), answer=False),
    ],
    "query_dataset_default_graphs_post": [
        _form([("query", ASK_BOTH), *_default(CURATED)], answer=False),
        _form([("query", ASK_BOTH), *_default(CURATED, ONTOLOGY)], answer=True),
        Exchange("POST", _default(CURATED), ASK_BOTH.encode(), QUERY, answer=False),
        Exchange("POST", _default(CURATED, ONTOLOGY), ASK_BOTH.encode(), QUERY, answer=True),
    ],
    "query_dataset_named_graphs_get": [
        _get(ASK_NAMED, *_named(CURATED, ONTOLOGY), answer=True),
        _get(ASK_NAMED, *_named(ONTOLOGY), answer=False),
        _get(ASK_NO_OTHER, *_named(CURATED, ONTOLOGY), answer=False),
        _get(NOTHING_ELSE, *_named(CURATED, ONTOLOGY), answer=False),
    ],
    "query_dataset_named_graphs_post": [
        _form([("query", ASK_NAMED), *_named(CURATED, ONTOLOGY)], answer=True),
        _form([("query", ASK_NAMED), *_named(ONTOLOGY)], answer=False),
        Exchange("POST", _named(CURATED, ONTOLOGY), ASK_NAMED.encode(), QUERY, answer=True),
        Exchange("POST", _named(CURATED), ASK_NAMED.encode(), QUERY, answer=False),
    ],
    "query_dataset_full": [
        _get(f"ASK {{ {CITY} GRAPH ?g {{ {CLASS} }} }}", *_MIXED, answer=True),
        _get(f"ASK {{ {CLASS} }}", *_MIXED, answer=False),
        _get(f"ASK {{ GRAPH ?g {{ {CITY} }} }}", *_MIXED, answer=False),
    ],
    # What the protocol says wins over FROM, and over FROM NAMED even where it names no graph.
    "query_multiple_dataset": [
        _get(_REPLACED % CITY, answer=False),
        _get(_REPLACED % CITY, *_default(CURATED), answer=True),
        _get(_REPLACED % CLASS, *_default(CURATED), answer=False),
        _get(_REPLACED % "GRAPH ?g { ?s ?p ?o }", answer=True),
        _get(_REPLACED % "GRAPH ?g { ?s ?p ?o }", *_default(CURATED), answer=False),
        _get(_REPLACED % CLASS, *_named(ONTOLOGY), answer=False),
        _form([("query", _REPLACED % CITY), *_default(CURATED)], answer=True),
        Exchange("POST", _default(CURATED), (_REPLACED % CITY).encode(), QUERY, answer=True),
    ],
    "query_content_type_select": [_get("SELECT * { ?s ?p ?o } LIMIT 1", answer=TABLES)],
    "query_content_type_ask": [_get("ASK {}", answer=ROWS)],
    "query_content_type_describe": [_get(f"DESCRIBE <{BASE}city/taipei>", answer=GRAPHS)],
    "query_content_type_construct": [_get(_CONSTRUCT, answer=GRAPHS)],
    "bad_query_method": [
        Exchange(method, [("query", "ASK {}")], status=405) for method in ("PUT", "DELETE", "PATCH")
    ],
    "bad_multiple_queries": [
        Exchange("GET", [("query", "ASK {}"), ("query", "SELECT * {}")], status=400),
        _form([("query", "ASK {}"), ("query", "SELECT * {}")], status=400),
        Exchange("POST", [("query", "ASK {}")], b"query=ASK%7B%7D", FORM, 400),
        Exchange("POST", [("query", "ASK {}")], b"SELECT * {}", QUERY, 400),
    ],
    "bad_query_wrong_media_type": [_post(b"ASK {}", "text/plain", 415)],
    "bad_query_missing_form_type": [_post(b"query=ASK%20%7B%7D", "", 415)],
    "bad_query_missing_direct_type": [_post(b"ASK {}", "", 415)],
    "bad_query_non_utf8": [
        _post("ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16", 400),
        _post("ASK {}".encode("utf-16-le"), f"{QUERY}; charset=UTF-16", 400),
        _post("ASK { FILTER ('é' = 'é') }".encode("latin-1"), QUERY, 400),
        _post(b"query=ASK%20%7B%20FILTER%20('%E9'%20=%20'%E9')%20%7D", FORM, 400),
        _post(b"query=ASK{FILTER('\xe9'='\xe9')}", FORM, 400),
    ],
    "bad_query_syntax": [
        _get("ASK {", status=400),
        _form([("query", "SELECT nothing")], status=400),
        _post(b"CONSTRUCT { ?s ?p } WHERE {}", QUERY, 400),
    ],
    "update_post_form": [_form([("update", "CLEAR ALL")], status=403)],
    "update_post_direct": [_post(_CLEAR, UPDATE, 403)],
    "update_base_uri": [_post(b"CLEAR GRAPH <here>", UPDATE, 403)],
    "update_dataset_default_graph": [
        _post(_CLEAR, UPDATE, 403, ("using-graph-uri", CURATED)),
    ],
    "update_dataset_default_graphs": [
        _post(_CLEAR, UPDATE, 403, ("using-graph-uri", CURATED), ("using-graph-uri", ONTOLOGY)),
    ],
    "update_dataset_named_graphs": [
        _post(_CLEAR, UPDATE, 403, ("using-named-graph-uri", CURATED)),
    ],
    "update_dataset_full": [
        _form(
            [
                ("update", "CLEAR ALL"),
                ("using-graph-uri", CURATED),
                ("using-named-graph-uri", META),
            ],
            status=403,
        ),
    ],
    "bad_update_get": [Exchange("GET", [("update", "CLEAR ALL")], status=403)],
    "bad_multiple_updates": [_form([("update", "CLEAR ALL"), ("update", "DROP ALL")], status=403)],
    "bad_update_wrong_media_type": [_post(_CLEAR, "text/plain", 415)],
    "bad_update_missing_form_type": [_post(b"update=CLEAR%20ALL", "", 415)],
    "bad_update_non_utf8": [
        _post("CLEAR ALL".encode("utf-16"), f"{UPDATE}; charset=UTF-16", 403),
        _post(b"update=CLEAR%20ALL%FF", FORM, 400),
    ],
    "bad_update_syntax": [_post(b"CLEAR", UPDATE, 403), _get("CLEAR", status=403)],
    "bad_update_dataset_conflict": [
        _form(
            [("update", f"WITH <{META}> DELETE WHERE {{}}"), ("using-graph-uri", META)], status=403
        ),
    ],
}
"""Each case of the suite, by its name there."""
