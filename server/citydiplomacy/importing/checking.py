"""What must be true of the files of an import before they take their place.

Each file is read back, and its names and values are checked, all of them. The shapes judge the
first nodes of each file: all nodes of a kind are written by the same few lines. Every build, and
`citydiplomacy check`, judge the whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from citydiplomacy import files, validation, vocabulary
from citydiplomacy.checks import literals, naming
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.files import Document, Tree
from citydiplomacy.namespaces import CD

_FIRST = 3
"""Nodes of each file that the shapes judge."""

_LEADING = tuple(f"{CD}{name}" for name in ("hasParty", "inCountry", "evidence"))
_MOST_PROBLEMS = 20


def check(
    tree: Tree, root: Path, folder: Path, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Return how many nodes the files of a folder describe, and how many the shapes judged.

    Args:
        tree: everything that the import is put beside.
        root: what the folder lies below as it will below the root of the tree.
        folder: the import.
        progress: is told how many of how many files were read.

    Raises:
        CheckFailedError: something is wrong with them.
    """
    words = vocabulary.read(tree.model)
    dataset = files.parse(root, folder / "dataset.ttl")
    found = sorted(set(folder.glob("*.ttl")) - {folder / "dataset.ttl"})
    nodes, sample = 0, _Sample()
    # The names of files follow the way in which one node leads to another.
    for number, file in enumerate(found):
        progress(number, len(found))
        document = files.parse(root, file)
        alone = Tree(root, data=(document,), dataset=(dataset,))
        problems = chain(
            naming.problems(alone, words), literals.problems(alone), _doubles(tree, document)
        )
        _refuse(problems)
        nodes += len(document.subjects)
        sample.take(document)
    judged = sample.document(folder.relative_to(root))
    whole = replace(tree, data=(*tree.data, judged))
    _refuse(iter(validation.validate(whole, judged.subjects).problems))
    return nodes, len(judged.subjects)


class _Sample:
    """Some nodes of several files, with those that they lead to."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._documents: list[Document] = []

    def take(self, document: Document) -> None:
        """Take the first nodes of a file, and those to which others lead."""
        chosen = []
        for number, iri in enumerate(document.subjects):
            if number < _FIRST or iri in self._wanted:
                chosen.append(iri)
                for predicate in _LEADING:
                    self._wanted.update(document.objects(iri, predicate))
        triples = tuple(triple for iri in chosen for triple in document.about(iri))
        self._documents.append(replace(document, text="", triples=triples))

    def document(self, folder: Path) -> Document:
        """Return all that was taken as one file."""
        triples = tuple(triple for each in self._documents for triple in each.triples)
        return Document(folder / "sample.ttl", "", triples, {})


def _doubles(tree: Tree, document: Document) -> Iterator[Problem]:
    for iri in document.subjects:
        if home := tree.homes.get(iri):
            repair = "Choose another name for the import."
            message = f"{files.display(iri)} is described in {home.file} too."
            yield Problem(document.file, None, message, repair)


def _refuse(problems: Iterator[Problem]) -> None:
    first = [problem for problem, _ in zip(problems, range(_MOST_PROBLEMS), strict=False)]
    if first:
        raise CheckFailedError(first)
