"""The query files: each can be read, says what it has to say, and uses terms that exist."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import declarations, evaluation
from citydiplomacy.checks.terms import nearest
from citydiplomacy.declarations import READERS, SORTS, TEXT, TOPICS
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.evaluation import QueryFile
from citydiplomacy.files import display
from citydiplomacy.namespaces import CD, VOCAB
from citydiplomacy.queries import UnusableQueryError
from citydiplomacy.vocabulary import Vocabulary

# What the page of a question shows beside its title, and what the gallery sorts it by.
_QUESTION_HEADERS = ("reader", "topic", "answer")
_PROPERTY_HEADERS = ("about", "kinds", "value")
_LISTS = {"reader": READERS, "topic": TOPICS}
_NAME = re.compile(r"(?<![\w:?$<-])([\w-]+):([A-Za-z][\w-]*)")


def problems(root: Path, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with the query files."""
    nothing = ox.Store()
    for query in evaluation.load("", root):
        try:
            found = evaluation.evaluate(nothing, query)
        except CheckFailedError as error:
            yield from error.problems
            continue
        finally:
            yield from _unknown_terms(query, vocabulary)
        if query.query.name.startswith("questions/"):
            yield from _question(query, found, root)
        if query.query.name.startswith("reconciliation/properties/"):
            yield from _property(query, found, vocabulary)


def _question(query: QueryFile, found: object, root: Path) -> Iterator[Problem]:
    """Yield what is wrong with the header of a question."""
    yield from _missing_headers(query, "question", _QUESTION_HEADERS)
    yield from _unlisted(query, root)
    for declared in (_parameters, _views):
        try:
            yield from declared(query, found, root)
        except UnusableQueryError as error:
            message, _, repair = str(error).partition(". ")
            yield Problem(query.file, 1, f"{message}.", repair)


def _property(query: QueryFile, found: object, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with a property by which records are matched and extended."""
    yield from _missing_headers(query, "property", _PROPERTY_HEADERS)
    sort = query.query.header.get("value", TEXT)
    if sort not in SORTS and CD + sort not in vocabulary.types:
        repair = f"Name a class of the ontology, or one of: {', '.join(SORTS)}."
        yield Problem(query.file, 1, f"there is no sort of values “{sort}”.", repair)
    for variable in {"entity", "value"} - _selected(found):
        repair = f"Select it as ?{variable}."
        yield Problem(query.file, 1, f"the property selects no ?{variable}.", repair)
    if "entity" not in query.query.narrowings:
        repair = "Write a line `# VALUES ?entity { … }` into the query."
        yield Problem(query.file, 1, "the property cannot be asked of some entities.", repair)


def _missing_headers(query: QueryFile, what: str, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        if key not in query.query.header:
            repair = f"Add a line `# {key}: …` at the top."
            yield Problem(query.file, 1, f"the {what} has no {key}.", repair)


def _selected(found: object) -> set[str]:
    """Return the names of the variables that a query selects."""
    variables = found.variables if isinstance(found, ox.QuerySolutions) else []
    return {variable.value for variable in variables}


def _unlisted(query: QueryFile, root: Path) -> Iterator[Problem]:
    """Yield readers, topics and articles that do not exist."""
    for key, known in _LISTS.items():
        for entry in declarations.listed(query.query, key):
            if entry not in known:
                repair = f"Use one of: {', '.join(known)}."
                yield Problem(query.file, 1, f"there is no {key} “{entry}”.", repair)
    for slug in declarations.listed(query.query, "article"):
        source = Path("data") / "source" / f"{slug}.ttl"
        if not (root / source).is_file():
            repair = "Name the source by its slug, or add it."
            yield Problem(query.file, 1, f"there is no {source}.", repair)


def _parameters(query: QueryFile, _found: object, root: Path) -> Iterator[Problem]:
    """Yield parameters whose list does not exist, or whose bounds exclude what is asked."""
    for parameter in declarations.parameters(query.query):
        list_ = Path("queries") / "pages" / "choices" / f"{parameter.choices}.rq"
        if parameter.choices and not (root / list_).is_file():
            repair = "Use a list that exists, or write its query."
            yield Problem(query.file, 1, f"there is no {list_}.", repair)
        terms = (query.query.parameters | query.query.narrowings)[parameter.variable]
        if not parameter.choices and not all(map(parameter.admits, terms)):
            message = f"what the query asks about as {parameter.variable} is no number between"
            bounds = f"{parameter.first} and {parameter.last}"
            yield Problem(query.file, 1, f"{message} {bounds}.", "Widen the bounds.")


def _views(query: QueryFile, found: object, _root: Path) -> Iterator[Problem]:
    """Yield columns of a view that the query does not select."""
    names = _selected(found)
    for view in declarations.views(query.query):
        for column in (*view.shown, *view.by):
            if column not in names:
                message = f"the {view.name} shows {column}, which the query does not select."
                yield Problem(query.file, 1, message, f"Select ?{column}, or show another column.")


def _unknown_terms(query: QueryFile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield terms of ours that are not defined: a misspelt one would find nothing, for ever."""
    for number, line in enumerate(query.query.text.splitlines(), 1):
        for prefix, name in _NAME.findall("" if line.startswith("#") else line):
            iri = query.query.prefixes.get(prefix, "") + name
            if iri.startswith((CD, VOCAB)) and iri not in vocabulary.types:
                message = f"{display(iri)} is not defined."
                yield Problem(query.file, number, message, nearest(iri, vocabulary))
