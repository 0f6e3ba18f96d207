"""The query files: each can be read, says what it has to say, and uses terms that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import evaluation
from citydiplomacy.checks.terms import nearest
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.evaluation import QueryFile
from citydiplomacy.files import display
from citydiplomacy.namespaces import CD, VOCAB
from citydiplomacy.vocabulary import Vocabulary

# What the page of a question shows beside its title.
_QUESTION_HEADERS = ("reader", "answer")
_NAME = re.compile(r"(?<![\w:?$<-])([\w-]+):([A-Za-z][\w-]*)")


def problems(root: Path, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with the query files."""
    nothing = ox.Store()
    for query in evaluation.load("", root):
        try:
            evaluation.evaluate(nothing, query)
        except CheckFailedError as error:
            yield from error.problems
        yield from _missing_headers(query)
        yield from _unknown_terms(query, vocabulary)


def _missing_headers(query: QueryFile) -> Iterator[Problem]:
    wanted = _QUESTION_HEADERS if query.query.name.startswith("questions/") else ()
    for key in wanted:
        if key not in query.query.header:
            repair = f"Add a line `# {key}: …` at the top."
            yield Problem(query.file, 1, f"the question has no {key}.", repair)


def _unknown_terms(query: QueryFile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield terms of ours that are not defined: a misspelt one would find nothing, for ever."""
    for number, line in enumerate(query.query.text.splitlines(), 1):
        for prefix, name in _NAME.findall("" if line.startswith("#") else line):
            iri = query.query.prefixes.get(prefix, "") + name
            if iri.startswith((CD, VOCAB)) and iri not in vocabulary.types:
                message = f"{display(iri)} is not defined."
                yield Problem(query.file, number, message, nearest(iri, vocabulary))
