"""What is there already: countries, cities, the ties between them, and every IRI that is taken."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from citydiplomacy import evaluation, naming, queries, search
from citydiplomacy.engine import rows
from citydiplomacy.engine.inner import InnerEngine
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import PREFIXES, EntityName
from citydiplomacy.reconciliation.matching import Matcher
from citydiplomacy.reconciliation.register import Record, Register
from citydiplomacy.search import Names

_LABEL = f"{PREFIXES['rdfs']}label"


@dataclass(frozen=True)
class World:
    """What a tree of files states, as far as an import has to know it."""

    register: Register
    matcher: Matcher
    ties: Mapping[frozenset[str], str]
    """The IRI of the partnership of two cities, by the IRIs of both."""
    described: Container[str]
    """Every IRI of which something is said."""
    examples: Container[str]
    """The labels of the examples beside the ontology, which a release is held to as well."""

    def called(self, name: str, kind: str) -> list[Record]:
        """Return the entities of a kind that have a name."""
        found = self.register.named(naming.folded(name)) if name.strip() else []
        return [record for record in found if record.entity.kind == kind]

    def coded(self, code: str) -> Record | None:
        """Return the country that has a code, if one says so."""
        found = self.register.having(code, "iso-code") if code else []
        return next((record for record in found if record.entity.kind == "country"), None)

    def code(self, country: Record) -> str:
        """Return the code that a country says it has; empty when it says none."""
        told = self.register.values("iso-code").get(country.entity.iri)
        return told[0].text if told else ""

    def identified(self, item: str) -> list[Record]:
        """Return the entities that say which item of Wikidata is about them."""
        return self.register.having(item, "wikidata")

    def is_called(self, label: str) -> bool:
        """Tell whether a city, or an example of one, has that label."""
        return label in self.examples or bool(self.called(label, "city"))

    def is_taken(self, name: EntityName) -> bool:
        """Tell whether something has that IRI."""
        return name.iri in self.described


def read(tree: Tree) -> World:
    """Return what a tree states."""
    documents = (*tree.model, *tree.data)
    stated = (triple for document in documents for triple in document.triples)
    engine = InnerEngine(evaluation.quads(stated))
    names = list(search.known(engine, queries.load("pages")["names"]))
    register = Register(engine, queries.load("reconciliation"), names)
    found = rows.answer(engine, queries.load("importing")["partnerships"].text)
    ties = rows.solutions(found)
    return World(
        register=register,
        matcher=Matcher(register, Names(names)),
        ties={
            frozenset({row["city"].value, row["other"].value}): row["agreement"].value
            for row in ties
        },
        described=tree.homes.keys(),
        examples={
            label
            for document in tree.examples
            for iri in document.subjects
            for label in document.objects(iri, _LABEL)
        },
    )
