"""Links to Wikidata that somebody has to confirm: proposed as a table, read back with an answer."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.files import Document, Tree
from citydiplomacy.namespaces import CD, CURATED, PREFIXES, EntityName, entity_name
from citydiplomacy.queries import Literal
from citydiplomacy.reconciliation.geography import Point
from citydiplomacy.wikidata import matching
from citydiplomacy.wikidata.candidates import ITEM, Candidate
from citydiplomacy.wikidata.matching import Description

COLUMNS = ("confirm", "entity", "name", "item", "label", "type", "score", "reasons")

KINDS = frozenset({"city", "region", "country", "organisation", "network", "person", "programme"})
"""What Wikidata may have too."""

_LEAST = 60
"""Percent from which on a candidate is proposed."""

_MOST = 3
"""Candidates that are proposed for one entity."""

_YES, _NO = {"y", "yes"}, {"n", "no", ""}


@dataclass(frozen=True)
class Unlinked:
    """An entity of ours without a link to Wikidata."""

    name: EntityName
    description: Description
    names: tuple[Literal, ...]
    """Its names with their languages."""


@dataclass(frozen=True)
class Proposal:
    """An item that an entity may be."""

    entity: Unlinked
    candidate: Candidate
    score: matching.Score


@dataclass(frozen=True)
class Confirmed:
    """A line that somebody answered with yes."""

    line: int
    entity: str
    """Its kind and slug: city/sarov."""
    item: str


def unlinked(tree: Tree) -> list[Unlinked]:
    """Return the curated entities that Wikidata may have too and that are not linked to it."""
    codes = {iri: code for document in tree.data for iri, code in _codes(document)}
    return [
        Unlinked(name, _description(document, subject, codes), tuple(_names(document, subject)))
        for document in tree.data
        if document.graph == CURATED
        for subject in document.subjects
        if (name := entity_name(subject)) and name.kind in KINDS
        if not document.objects(subject, f"{CD}wikidataId")
    ]


def propose(entities: Iterable[Unlinked], candidates: Sequence[Candidate]) -> Iterator[Proposal]:
    """Yield for each entity the candidates that it most likely is, the likeliest first."""
    names = matching.Names(candidate.description for candidate in candidates)
    for entity in entities:
        judged = []
        for number in names.like(entity.description):
            candidate = candidates[number]
            score = matching.compare(entity.description, candidate.description)
            judged.append(Proposal(entity, candidate, score))
        judged.sort(key=lambda each: (-each.score.percent, each.candidate.item))
        yield from (each for each in judged[:_MOST] if each.score.percent >= _LEAST)


def written(proposals: Iterable[Proposal]) -> str:
    """Return the proposals as a table with tabs, whose first column is empty: for an answer."""
    text = io.StringIO()
    writer = csv.writer(text, "excel-tab", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerow(COLUMNS)
    for each in proposals:
        names, candidate = each.entity.description.names, each.candidate
        entity = f"{each.entity.name.kind}/{each.entity.name.slug}"
        reasons = "; ".join(each.score.reasons)
        cells = ("", entity, names[0] if names else "", candidate.item, candidate.label)
        writer.writerow(map(_plain, (*cells, candidate.type, str(each.score.percent), reasons)))
    return text.getvalue()


def confirmed(file: Path) -> list[Confirmed]:
    """Return the lines of such a table that were answered with yes.

    Raises:
        CheckFailedError: the file is no such table, or an answer is neither yes nor no.
    """
    found, problems = [], []
    for number, line in enumerate(_lines(file), start=2):
        answer, entity, _, item = (*line.split("\t"), "", "", "", "")[:4]
        if answer.strip().lower() in _YES:
            found.append(Confirmed(number, entity.strip(), item.strip()))
        elif answer.strip().lower() not in _NO:
            repair = "Write y or n, or leave it empty."
            problems.append(Problem(file, number, f"{answer!r} is no answer.", repair))
    if problems:
        raise CheckFailedError(problems)
    return found


def clashes(file: Path, answers: Iterable[Confirmed], tree: Tree) -> Iterator[Problem]:
    """Yield what keeps confirmed lines from being written."""
    linked = {
        item: subject
        for document in tree.data
        for subject in document.subjects
        for item in document.objects(subject, f"{CD}wikidataId")
    }
    open_ = {f"{each.name.kind}/{each.name.slug}" for each in unlinked(tree)}
    seen: dict[str, int] = {}
    for answer in answers:
        for message, repair in _clashes(answer, linked, open_, seen):
            yield Problem(file, answer.line, message, repair)
        seen |= {answer.entity: answer.line, answer.item: answer.line}


def _clashes(
    answer: Confirmed, linked: dict[str, str], open_: set[str], seen: dict[str, int]
) -> Iterator[tuple[str, str]]:
    if not ITEM.fullmatch(answer.item):
        yield f"{answer.item!r} is no identifier of Wikidata.", "Write Q and digits."
    if answer.item in linked:
        other = linked[answer.item].removeprefix(CD.rpartition("ontology")[0])
        yield f"{answer.item} is linked with {other} already.", "Say no, or unlink the other."
    if answer.entity not in open_:
        repair = "Say no: only a curated entity without a link can be linked."
        yield f"{answer.entity} is linked already, or not curated here.", repair
    for part in (answer.entity, answer.item):
        if part in seen:
            yield f"line {seen[part]} confirms {part} too.", "Say no to one of the two."


def _lines(file: Path) -> list[str]:
    """Return the lines of a table below its header."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(file, None, "the file is not UTF-8.", "Save it as UTF-8.")
        raise CheckFailedError([problem]) from error
    head, *lines = text.splitlines() or [""]
    if head.split("\t")[: len(COLUMNS)] != list(COLUMNS):
        repair = "Take a table that `citydiplomacy link` wrote, and keep its columns."
        raise CheckFailedError([Problem(file, 1, "the columns are not those of a table.", repair)])
    return lines


def _codes(document: Document) -> Iterator[tuple[str, str]]:
    for subject in document.subjects:
        for code in document.objects(subject, f"{CD}isoCode"):
            yield subject, code[:2]


def _description(document: Document, subject: str, codes: dict[str, str]) -> Description:
    names = (name.text for name in _names(document, subject))
    countries = document.objects(subject, f"{CD}inCountry")
    latitude, longitude = (
        document.objects(subject, f"{PREFIXES['geo']}{name}") for name in ("lat", "long")
    )
    return Description(
        tuple(dict.fromkeys(names)),
        codes.get(countries[0], "") if countries else "",
        Point(float(latitude[0]), float(longitude[0])) if latitude and longitude else None,
    )


def _names(document: Document, subject: str) -> Iterator[Literal]:
    """Yield what an entity is called, its labels first."""
    for prefix, name in (("rdfs", "label"), ("skos", "altLabel")):
        about = ox.NamedNode(subject), ox.NamedNode(f"{PREFIXES[prefix]}{name}")
        for triple in document.triples:
            if (triple.subject, triple.predicate) == about and isinstance(
                triple.object, ox.Literal
            ):
                yield Literal(triple.object.value, triple.object.language or "en")


def _plain(cell: str) -> str:
    return " ".join(cell.split())
