"""Writing confirmed links into the curated files, in the form that links have there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import durable
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.files import Document, Tree
from citydiplomacy.namespaces import BASE, CD, PREFIXES, RDF_TYPE, VOCAB
from citydiplomacy.wikidata import ENTITY
from citydiplomacy.wikidata.proposals import Confirmed

_EVIDENCE = f"{BASE}evidence/editors-"
_NUMBER = re.compile(rf"{re.escape(_EVIDENCE)}([0-9]+)")
_PREFIX = re.compile(r"PREFIX ([\w-]+): <")
_NEEDED = {"cd": CD, "evidence": f"{BASE}evidence/", "schema": PREFIXES["schema"]}
_NEEDED_FOR_EVIDENCE = {
    "confidence": f"{VOCAB}confidence#",
    "skos": PREFIXES["skos"],
    "source": f"{BASE}source/",
}
_NOTE = (
    "A curator compared what is known of it with an item in a list of candidates from Wikidata, "
    "and confirmed that both are the same."
)


def link(tree: Tree, answers: Sequence[Confirmed]) -> list[Path]:
    """Write confirmed links, which clash with nothing, and return the files that changed.

    They rest on one decision of the editors, which stands in the first of the files.

    Raises:
        CheckFailedError: a file is not written as files are; nothing was changed.
    """
    number = _next_number(tree)
    documents = {answer: tree.homes[BASE + answer.entity] for answer in answers}
    ordered = sorted(answers, key=lambda answer: documents[answer].file)
    changed = {
        documents[answer].file: _changed(documents[answer], answer, number, is_first=place == 0)
        for place, answer in enumerate(ordered)
    }
    for file, text in changed.items():
        durable.replace(tree.root / file, text.encode())
    return list(changed)


def _next_number(tree: Tree) -> int:
    """Return the number of the next note of the editors."""
    subjects = (iri for document in tree.data for iri in document.subjects)
    return 1 + max(
        (int(found[1]) for found in map(_NUMBER.fullmatch, subjects) if found), default=0
    )


def _changed(document: Document, answer: Confirmed, number: int, *, is_first: bool) -> str:
    """Return the text of a file with a link in it.

    Raises:
        CheckFailedError: the text would not say what it said and the link, and nothing else.
    """
    iri = BASE + answer.entity
    lines = _linked(list(document.lines), (document.line_of(iri) or 1) - 1, answer.item, number)
    needed = _NEEDED | (_NEEDED_FOR_EVIDENCE if is_first else {})
    text = "\n".join([*_with_prefixes(lines, needed), ""])
    if is_first:
        text += _evidence(number)
    expected = set(document.triples) | _stated(iri, answer.item, number, is_first=is_first)
    if _triples(text) != expected:
        message = f"a link of {answer.entity} cannot be written into it."
        repair = f"Write cd:wikidataId and schema:sameAs for {answer.item} by hand."
        raise CheckFailedError([Problem(document.file, None, message, repair)])
    return text


def _linked(lines: list[str], start: int, item: str, number: int) -> list[str]:
    """Return lines of which those from `start` on, up to a full stop, describe what is linked."""
    link_ = [f'    cd:wikidataId "{item}" ;', f"    schema:sameAs <{ENTITY}{item}> ;"]
    note = f"evidence:editors-{number}"
    for place in range(start, len(lines)):
        if lines[place].startswith("    cd:evidence "):
            lines[place] = lines[place].replace("cd:evidence ", f"cd:evidence {note} , ", 1)
            return [*lines[:place], *link_, *lines[place:]]
        if lines[place].endswith(" ."):
            lines[place] = f"{lines[place].removesuffix(' .')} ;"
            return [*lines[: place + 1], *link_, f"    cd:evidence {note} .", *lines[place + 1 :]]
    return lines


def _with_prefixes(lines: list[str], needed: Mapping[str, str]) -> list[str]:
    head = [line for line in lines if _PREFIX.match(line)]
    known = {found[1] for found in map(_PREFIX.match, head) if found}
    missing = [f"PREFIX {name}: <{iri}>" for name, iri in needed.items() if name not in known]
    if not missing or not head:
        return lines
    first = lines.index(head[0])
    rest = [line for line in lines[first:] if line not in head]
    return [*lines[:first], *sorted([*head, *missing]), *rest]


def _evidence(number: int) -> str:
    return f"""
evidence:editors-{number} a cd:Evidence ;
    cd:inSource source:editors ;
    cd:locator "Note {number}" ;
    cd:supportsProperty cd:wikidataId , schema:sameAs ;
    cd:confidence confidence:editorial ;
    skos:editorialNote "{_NOTE}"@en .
"""


def _stated(iri: str, item: str, number: int, *, is_first: bool) -> set[ox.Triple]:
    """Return what a file says more when it has the link."""
    subject, evidence = ox.NamedNode(iri), ox.NamedNode(f"{_EVIDENCE}{number}")
    same_as = ox.NamedNode(f"{PREFIXES['schema']}sameAs")
    identifier = _term("wikidataId")
    told = {
        ox.Triple(subject, identifier, ox.Literal(item)),
        ox.Triple(subject, same_as, ox.NamedNode(f"{ENTITY}{item}")),
        ox.Triple(subject, _term("evidence"), evidence),
    }
    note = {
        ox.Triple(evidence, ox.NamedNode(RDF_TYPE), _term("Evidence")),
        ox.Triple(evidence, _term("inSource"), ox.NamedNode(f"{BASE}source/editors")),
        ox.Triple(evidence, _term("locator"), ox.Literal(f"Note {number}")),
        ox.Triple(evidence, _term("supportsProperty"), identifier),
        ox.Triple(evidence, _term("supportsProperty"), same_as),
        ox.Triple(evidence, _term("confidence"), ox.NamedNode(f"{VOCAB}confidence#editorial")),
        ox.Triple(
            evidence,
            ox.NamedNode(f"{PREFIXES['skos']}editorialNote"),
            ox.Literal(_NOTE, language="en"),
        ),
    }
    return told | (note if is_first else set())


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{CD}{name}")


def _triples(text: str) -> set[ox.Triple] | None:
    """Return what a text states; None when it is no Turtle."""
    try:
        return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}
    except SyntaxError:
        return None
