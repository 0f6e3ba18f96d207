"""Literals as the store would write them: what is published is what is queried."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

import pyoxigraph as ox

from citydiplomacy.errors import Problem
from citydiplomacy.files import Document, Tree, subject_iri
from citydiplomacy.namespaces import PREFIXES

Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_STRING = ox.NamedNode(f"{PREFIXES['xsd']}string")
# The store keeps a value that it cannot read as it is, so these say what it can read.
_LEXICAL = {
    f"{PREFIXES['xsd']}{name}": re.compile(pattern)
    for name, pattern in {
        "anyURI": r"[^\x00-\x20<>\"{}|^`\\]+",
        "boolean": r"true|false|[01]",
        "date": r"-?[0-9]{4,}-[01][0-9]-[0-3][0-9](Z|[+-][0-9]{2}:[0-9]{2})?",
        "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
        "gYear": r"-?[0-9]{4,}(Z|[+-][0-9]{2}:[0-9]{2})?",
        "integer": r"[+-]?[0-9]+",
    }.items()
}
# The parser folds language tags, so only the text can tell.
_LANGUAGE = re.compile(r"""["']@([a-z0-9-]*[A-Z][A-Za-z0-9-]*)""")


def problems(tree: Tree) -> Iterator[Problem]:
    """Yield the literals of the data that a store would rewrite or cannot read."""
    documents = (*tree.data, *tree.dataset)
    kept = _as_stored({t.object for d in documents for t in d.triples if _is_typed(t.object)})
    for document in documents:
        yield from _language_problems(document)
        for triple in document.triples:
            yield from _value_problems(document, triple, kept)


def _is_typed(value: Value) -> TypeGuard[ox.Literal]:
    return isinstance(value, ox.Literal) and not value.language and value.datatype != _STRING


def _as_stored(literals: Iterable[Value]) -> dict[Value, Value]:
    """Return for each literal what a store makes of it."""
    sent = {ox.NamedNode(f"urn:literal:{n}"): value for n, value in enumerate(literals)}
    store = ox.Store()
    store.extend(ox.Quad(name, name, value) for name, value in sent.items())
    return {sent[quad.predicate]: quad.object for quad in store}


def _language_problems(document: Document) -> Iterator[Problem]:
    for number, line in enumerate(document.lines, 1):
        for tag in _LANGUAGE.findall(line):
            message = f"the language tag @{tag} is not lower-case."
            yield Problem(document.file, number, message, f"Write @{tag.lower()}.")


def _value_problems(
    document: Document, triple: ox.Triple, kept: Mapping[Value, Value]
) -> Iterator[Problem]:
    value = triple.object
    place = subject_iri(triple), triple.predicate.value
    if isinstance(value, ox.Triple):
        yield document.problem(
            "a triple about a triple is not read by all our tools.",
            "State it with a node of its own, such as evidence.",
            *place,
        )
    elif _is_typed(value):
        pattern = _LEXICAL.get(value.datatype.value)
        if pattern and not pattern.fullmatch(value.value):
            message = f"{value} is not a value of its datatype."
            yield document.problem(message, "Correct the value.", *place)
        elif kept[value] != value:
            message = f"{value} is not in canonical form."
            yield document.problem(message, f"Write {kept[value]}.", *place)
