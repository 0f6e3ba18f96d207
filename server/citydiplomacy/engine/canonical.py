"""What a result says, in a form that depends on nothing else, and the digest of that form.

The order of rows, triples and columns and the labels of blank nodes are no part of it: whatever
engine finds the same gives the same bytes. `docs/api.md` has the rules for whoever computes it
elsewhere.
"""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyoxigraph as ox

from citydiplomacy.engine import Form
from citydiplomacy.errors import QueryRefusedError
from citydiplomacy.formats import JSON_ROWS, NTRIPLES, Format
from citydiplomacy.namespaces import PREFIXES

Binding = Mapping[str, Any]
"""One row as SPARQL JSON has it: the bound variables with their terms."""

_XSD = PREFIXES["xsd"]
_TRIPLE = ("subject", "predicate", "object")
_UNBOUND = "UNDEF"
_MOST_WORK = 10_000
"""Ways to number blank nodes that may be tried, some tenths of a second: pyoxigraph has no limit,
and ten nodes that look alike can keep it busy for hours."""

# As canonical N-Triples has it: what has a letter is written with it, other controls in hex.
_ESCAPED = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord(mark): f"\\{letter}" for mark, letter in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}


class Row(NamedTuple):
    """A row, or a triple: the line that all that are equal have alike, and what it says."""

    line: str
    binding: Binding


@dataclass(frozen=True)
class Canonical:
    """A result with its digest: a graph has a row for each triple, yes or no is one row."""

    form: Form
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    digest: str

    def without(self, other: "Canonical") -> tuple[Row, ...]:
        """Return the rows that the other result has not, or not as often."""
        left = Counter(row.line for row in other.rows)
        missing = []
        for row in self.rows:
            if left[row.line]:
                left[row.line] -= 1
            else:
                missing.append(row)
        return tuple(missing)


def format_of(form: Form) -> Format:
    """Return the format in which a result of a form is read."""
    return NTRIPLES if form in {"construct", "describe"} else JSON_ROWS


def read(body: bytes, form: Form) -> Canonical:
    """Return what a result says.

    Raises:
        QueryRefusedError: it has no canonical form, or none that is soon found.
    """
    if format_of(form) is NTRIPLES:
        return _of_graph(body, form)
    document = json.loads(body)
    if "boolean" in document:
        return _of_answer(document["boolean"])
    columns = tuple(document["head"]["vars"])
    # In which order `SELECT *` has them is a choice of the engine.
    names = sorted(columns)
    bindings = document["results"]["bindings"]
    rows = sorted(
        (Row(_line(binding, names), binding) for binding in bindings), key=lambda row: row.line
    )
    head = "\t".join(f"?{name}" for name in names)
    return Canonical(form, columns, tuple(rows), _digest([head, *(row.line for row in rows)]))


def _of_answer(is_so: bool) -> Canonical:
    word = "true" if is_so else "false"
    said = {"type": "literal", "value": word, "datatype": f"{_XSD}boolean"}
    return Canonical("ask", ("answer",), (Row(word, {"answer": said}),), _digest([word]))


def _line(binding: Binding, names: Iterable[str]) -> str:
    # Who is the same in another row is no part of it; within the row it is.
    labels: dict[str, str] = {}
    return "\t".join(
        _term(binding[name], labels) if name in binding else _UNBOUND for name in names
    )


def _term(found: Mapping[str, Any], labels: dict[str, str]) -> str:
    value = found["value"]
    match found["type"]:
        case "uri":
            return f"<{value}>"
        case "bnode":
            return labels.setdefault(value, f"_:b{len(labels)}")
        case "triple":
            raise _triple_term()
    text = f'"{value.translate(_ESCAPED)}"'
    if "xml:lang" in found:
        return f"{text}@{found['xml:lang'].lower()}"
    datatype = found.get("datatype", f"{_XSD}string")
    return text if datatype == f"{_XSD}string" else f"{text}^^<{datatype}>"


def _of_graph(body: bytes, form: Form) -> Canonical:
    dataset = ox.Dataset(ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
    if any(isinstance(quad.object, ox.Triple) for quad in dataset):
        raise _triple_term()
    if _work(dataset) > _MOST_WORK:
        raise QueryRefusedError(
            "Too many blank nodes of this graph look alike to be numbered in one way.",
            "Ask for less of it, or for rows, with SELECT.",
        )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    quads = sorted(dataset, key=str)
    rows = tuple(Row(_unlabelled(quad), _binding(quad)) for quad in quads)
    return Canonical(form, _TRIPLE, rows, _digest(f"{quad} ." for quad in quads))


def _unlabelled(quad: ox.Quad) -> str:
    """Return a triple as a line: one more blank node may give every other one another label."""
    return " ".join(_seen(node) for node in quad.triple)


def _binding(quad: ox.Quad) -> Binding:
    return {name: _in_json(node) for name, node in zip(_TRIPLE, quad.triple, strict=True)}


def _in_json(node: Any) -> dict[str, str]:
    match node:
        case ox.NamedNode(value=iri):
            return {"type": "uri", "value": iri}
        case ox.BlankNode(value=label):
            return {"type": "bnode", "value": label}
    told = {"type": "literal", "value": node.value}
    if node.language:
        return told | {"xml:lang": node.language}
    is_plain = node.datatype.value == f"{_XSD}string"
    return told if is_plain else told | {"datatype": node.datatype.value}


def _work(dataset: ox.Dataset) -> int:
    """Return how many ways there are to number the blank nodes that others tell nothing of apart.

    RDFC-1.0 numbers those first that differ in what is said of them, at no cost. Of the others,
    it tries all orders of those that are tied to each other.
    """
    said: defaultdict[ox.BlankNode, list[str]] = defaultdict(list)
    for quad in dataset:
        for node in _blank(quad):
            said[node].append(" ".join(_seen(each, node) for each in quad.triple))
    looks = {node: tuple(sorted(lines)) for node, lines in said.items()}
    shared = Counter(looks.values())
    alike = {node for node, look in looks.items() if shared[look] > 1}
    groups = _tied({node: set() for node in alike}, dataset)
    return sum(math.factorial(min(size, 20)) for size in groups if size > 1)


def _tied(neighbours: dict[ox.BlankNode, set[ox.BlankNode]], dataset: ox.Dataset) -> Iterator[int]:
    """Yield how many nodes are tied to each other, for each group of them."""
    for quad in dataset:
        ends = _blank(quad)
        if ends <= neighbours.keys():
            for node in ends:
                neighbours[node] |= ends
    while neighbours:
        waiting, size = [next(iter(neighbours))], 0
        while waiting:
            found = neighbours.pop(waiting.pop(), None)
            size += found is not None
            waiting.extend(found or ())
        yield size


def _blank(quad: ox.Quad) -> set[ox.BlankNode]:
    return {node for node in (quad.subject, quad.object) if isinstance(node, ox.BlankNode)}


def _seen(node: object, itself: object = None) -> str:
    """Return a node as others see it: no blank one has a name."""
    if isinstance(node, ox.BlankNode):
        return "_:itself" if node == itself else "_:"
    return str(node)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _triple_term() -> QueryRefusedError:
    return QueryRefusedError(
        "The result has triples as terms, for which there is no canonical form.",
        "Select their subjects, predicates and objects instead.",
    )
