"""What an editor of queries proposes while somebody writes: prefixes, classes, properties."""

from citydiplomacy import tables
from citydiplomacy.namespaces import BASE, PREFIXES
from citydiplomacy.tables import TableRow
from citydiplomacy.web.site import site

Term = dict[str, str]


def proposals() -> dict[str, dict[str, str] | list[Term]]:
    """Return prefixes with their namespaces, and terms with kind, IRI, label and definition."""
    found = tables.ask(site().engine, site().pages["completion"].text)
    return {"prefixes": _prefixes(), "terms": [_term(row) for row in found.rows]}


def _prefixes() -> dict[str, str]:
    """The prefixes that data, pages and questions use; a kind of entity is one of its own."""
    kinds = {kind: f"{BASE}{kind}/" for kind in site().entities.kinds}
    questions = (question.prefixes for question in site().questions)
    used = {prefix: iri for prefixes in questions for prefix, iri in prefixes.items()}
    return dict(sorted((kinds | used | PREFIXES).items()))


def _term(row: TableRow) -> Term:
    term, kind, definition = row.values
    return {
        "iri": term.iri if term else "",
        "label": term.text if term else "",
        "kind": kind.text if kind else "",
        "definition": definition.text if definition else "",
    }
