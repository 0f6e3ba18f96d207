"""Every term of ours that a query uses exists: a misspelt one would find nothing, for ever."""

import re
from collections.abc import Iterator
from pathlib import Path

from citydiplomacy import evaluation
from citydiplomacy.checks.terms import nearest
from citydiplomacy.errors import Problem
from citydiplomacy.files import display
from citydiplomacy.namespaces import CD, VOCAB
from citydiplomacy.vocabulary import Vocabulary

_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>]*)>", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w:?$<-])([\w-]+):([A-Za-z][\w-]*)")


def problems(root: Path, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield each term of ours in a query that the ontology does not define."""
    for file, query in evaluation.load("", root):
        prefixes = dict(_PREFIX.findall(query.text))
        for number, line in enumerate(query.text.splitlines(), 1):
            for prefix, name in _NAME.findall("" if line.startswith("#") else line):
                iri = prefixes.get(prefix, "") + name
                if iri.startswith((CD, VOCAB)) and iri not in vocabulary.types:
                    message = f"{display(iri)} is not defined."
                    yield Problem(file, number, message, nearest(iri, vocabulary))
