"""The SHACL shapes of a release as rules that people read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from citydiplomacy import tables
from citydiplomacy.engine import Engine
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.namespaces import SHAPES, shorten
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table, Value

Phrase = tuple[Value, ...]
"""A sentence or a part of one: words, and links to what they name."""
Statements = defaultdict[str, list[Value]]
"""What is said of one node, by property; nothing for a property that it does not have."""

PATTERN = "pattern"
"""What marks a word of a phrase as a regular expression."""

_TARGETS = {
    "sh:targetClass": "every",
    "sh:targetNode": "",
    "sh:targetSubjectsOf": "whatever has",
    "sh:targetObjectsOf": "the value of",
}
_NODE_KINDS = {
    "sh:IRI": "an IRI",
    "sh:BlankNode": "a node without a name",
    "sh:Literal": "a literal",
    "sh:IRIOrLiteral": "an IRI or a literal",
    "sh:BlankNodeOrIRI": "an IRI or a node without a name",
    "sh:BlankNodeOrLiteral": "a literal or a node without a name",
}
_SEVERITIES = {"sh:Warning": "warning", "sh:Info": "notice"}
_WORST = "must"
_VOWELS = frozenset("aeio")


@dataclass(frozen=True)
class Rule:
    """What is asked of the values of a path, or of the node itself where there is no path."""

    path: Phrase
    cardinality: str
    constraints: tuple[Phrase, ...]
    message: str
    repair: str
    severity: str


@dataclass(frozen=True)
class Shape:
    """A shape: whom it judges, and its rules."""

    name: Value
    targets: tuple[Phrase, ...]
    rules: tuple[Rule, ...]

    @property
    def anchor(self) -> str:
        """The fragment of its IRI, under which the page shows it."""
        return self.name.iri.partition("#")[2]


def read(engine: Engine, queries: Mapping[str, NamedQuery]) -> list[Shape]:
    """Return the shapes with a name of their own, in the order of their names.

    Raises:
        UnknownEntityError: the release has no shapes.
    """
    table = tables.ask(engine, queries["model/shapes"].text)
    shapes = sorted(_Reader(table).shapes(), key=lambda shape: shape.name.text.casefold())
    if not shapes:
        raise UnknownEntityError(
            "The release has no shapes.", "Data that was not checked here has none."
        )
    return shapes


class _Reader:
    """The statements of the shapes, by node and property; a list is read as its members."""

    def __init__(self, table: Table) -> None:
        self._nodes: dict[str, Statements] = {}
        for row in table.rows:
            node, property_, value = row.values
            if node and property_ and value:
                said = self._nodes.setdefault(_key(node), defaultdict(list))
                said[shorten(property_.iri)].append(value)

    def _said(self, node: Value) -> Statements:
        return self._nodes.get(_key(node)) or defaultdict(list)

    def shapes(self) -> Iterator[Shape]:
        """Yield the shapes that have a name of their own."""
        for key, said in self._nodes.items():
            if key.startswith(f"{SHAPES}#"):
                label = next((value.text for value in said["rdfs:label"]), shorten(key))
                repair = _text(said, "cd:repair")
                rules = [self._rule(node, repair) for node in said["sh:property"]]
                own = self._rule(Value(key, key), "")
                rules = ([own] if own.constraints else []) + sorted(rules, key=_order)
                yield Shape(Value(label, key), tuple(self._targets(said)), tuple(rules))

    def _targets(self, said: Mapping[str, list[Value]]) -> Iterator[Phrase]:
        for way, words in _TARGETS.items():
            for value in sorted(said.get(way, []), key=lambda value: value.text):
                yield (*_words(words), value)

    def _rule(self, node: Value, repair: str) -> Rule:
        said = self._said(node)
        severity = next((value.text for value in said["sh:severity"]), "")
        return Rule(
            path=self._path(said["sh:path"][0]) if said["sh:path"] else (),
            cardinality=_cardinality(said, "sh:minCount", "sh:maxCount"),
            constraints=tuple(self._constraints(said)),
            message=_text(said, "sh:message"),
            repair=_text(said, "cd:repair") or repair,
            severity=_SEVERITIES.get(severity, _WORST),
        )

    def _constraints(self, said: Mapping[str, list[Value]]) -> Iterator[Phrase]:
        """Yield what is asked of a node or of each value, but for how many there may be."""
        for term, phrase in _PHRASES.items():
            for value in said.get(term, []):
                yield phrase(self, value)
        for value in said.get("sh:qualifiedValueShape", []):
            number = _cardinality(said, "sh:qualifiedMinCount", "sh:qualifiedMaxCount")
            yield (*_words(f"{number} of them:"), *self.whole(value))

    def whole(self, node: Value) -> Phrase:
        """Return in one phrase what a shape without a name asks."""
        if node.iri:
            return (*_words("a"), node)
        said = self._said(node)
        asked = [*self._constraints(said)]
        for each in said["sh:property"]:
            rule = self._rule(each, "")
            counted = _words(f"{rule.cardinality} by" if rule.cardinality else "")
            asked.append((*counted, *rule.path, *_joined(rule.constraints, " and ")))
        return _joined(asked, " and ")

    def one_of(self, head: Value, between: str) -> Phrase:
        """Return what each of several shapes asks."""
        return _joined([self.whole(each) for each in self._members(head)], between)

    def _path(self, node: Value) -> Phrase:
        if node.iri:
            return (node,)
        said = self._said(node)
        for term, words in (
            ("sh:inversePath", "what leads to it by"),
            ("sh:zeroOrMorePath", "any number of times"),
            ("sh:oneOrMorePath", "once or more"),
            ("sh:zeroOrOnePath", "perhaps"),
        ):
            if said[term]:
                return (*_words(words), *self._path(said[term][0]))
        if said["sh:alternativePath"]:
            members = self._members(said["sh:alternativePath"][0])
            return _joined([self._path(each) for each in members], " or ")
        return _joined([self._path(each) for each in self._members(node)], ", then ")

    def _members(self, head: Value) -> Iterator[Value]:
        seen: set[str] = set()
        while (cell := self._said(head))["rdf:first"] and _key(head) not in seen:
            seen.add(_key(head))
            yield cell["rdf:first"][0]
            head = cell["rdf:rest"][0]

    def listed(self, head: Value) -> Phrase:
        """Return the members of a list."""
        return _joined([(each,) for each in self._members(head)], ", ")


def _order(rule: Rule) -> tuple[str, str]:
    return "".join(value.text for value in rule.path), rule.message


def _key(value: Value) -> str:
    """Return what tells a node from all others: its IRI, or its label within one result."""
    return value.iri or value.text


def _words(text: str) -> Phrase:
    return (Value(text),) if text else ()


def _joined(phrases: Iterable[Phrase], between: str) -> Phrase:
    found: list[Value] = []
    for phrase in phrases:
        if found and phrase and between.strip():
            found.append(Value(between.strip()))
        found.extend(phrase)
    return tuple(found)


def _cardinality(said: Mapping[str, list[Value]], least: str, most: str) -> str:
    """Return in words how many values there may be; nothing where any number will do."""
    low = next((value.count for value in said.get(least, [])), 0)
    high = next((value.count for value in said.get(most, [])), None)
    if high == 0:
        return "none"
    if low == high:
        return f"exactly {low}"
    if high is None:
        return f"at least {low}" if low else ""
    return f"{low} to {high}" if low else f"at most {high}"


def _text(said: Mapping[str, list[Value]], term: str) -> str:
    return next((value.text for value in said.get(term, [])), "")


def _article(value: Value) -> Phrase:
    return (*_words("an" if value.text[:1] in _VOWELS else "a"), value)


# What SHACL asks, in the order in which a reader wants to know it, and how that is said.
_PHRASES: Mapping[str, Callable[[_Reader, Value], Phrase]] = {
    "sh:class": lambda _, value: _article(value),
    "sh:datatype": lambda _, value: (*_words("of type"), value),
    "sh:nodeKind": lambda _, value: _words(_NODE_KINDS.get(value.text, value.text)),
    "sh:node": lambda reader, value: reader.whole(value),
    "sh:hasValue": lambda _, value: (value,),
    "sh:in": lambda reader, value: (*_words("one of"), *reader.listed(value)),
    "sh:or": lambda reader, value: (*_words("either"), *reader.one_of(value, ", or")),
    "sh:and": lambda reader, value: reader.one_of(value, "and"),
    "sh:xone": lambda reader, value: (*_words("just one of"), *reader.one_of(value, ", or")),
    "sh:not": lambda reader, value: (*_words("not"), *reader.whole(value)),
    "sh:disjoint": lambda _, value: (*_words("none that is also a value of"), value),
    "sh:equals": lambda _, value: (*_words("the same as those of"), value),
    "sh:lessThan": lambda _, value: (*_words("less than that of"), value),
    "sh:languageIn": lambda reader, value: (*_words("in the language"), *reader.listed(value)),
    "sh:uniqueLang": lambda _reader, _value: _words("no two in one language"),
    "sh:minInclusive": lambda _, value: (*_words("not less than"), value),
    "sh:maxInclusive": lambda _, value: (*_words("not more than"), value),
    "sh:minLength": lambda _, value: _words(f"letters: {value.text} or more"),
    "sh:maxLength": lambda _, value: _words(f"letters: {value.text} or fewer"),
    "sh:pattern": lambda _, value: (*_words("like"), Value(value.text, datatype=PATTERN)),
}
