"""Search by name: in every script, without accents, with one slip of the fingers.

An index lives in memory, made once for a release. It has a document for each name of an entity, and
one for each description; what is found is ordered by how well the name fits, and then by how many
ties the entity has. Who is only described so comes last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from tantivy import Occur, Query

from citydiplomacy import naming
from citydiplomacy.engine import Engine, rows
from citydiplomacy.engine.rows import Row, Term
from citydiplomacy.namespaces import EntityName, entity_name
from citydiplomacy.queries import NamedQuery

_CANDIDATES = 300
"""Names looked at for one answer where nothing else is said, best first by the index."""

_FUZZY_LENGTH = 4
"""Letters from which on there may be a slip in a word."""

_ALIKE = 0.6
"""How much alike words have to be to be taken for each other: 1 is the same."""

_TRIED = 3
"""Words of a name that are tried alone, where nothing has them all."""

_LONGEST = 100
"""Characters of a search that are looked at."""

_HEAP = 15_000_000
_SHOWN = ("text", "language", "label", "place")
_NUMBERS = ("ties", "described")
_KEPT = ("kind", "slug", *_SHOWN, *_NUMBERS)
_RAW, _WORDS = "raw", "whitespace"


@dataclass(frozen=True)
class Name:
    """A name of an entity, and what is shown beside it."""

    entity: EntityName
    text: str
    """The name, or the description."""
    language: str = ""
    label: str = ""
    """What the entity is called on its page."""
    place: str = ""
    ties: int = 0
    described: bool = False
    """Whether the text is not a name, but a description."""


@dataclass(frozen=True)
class Hit:
    """An entity that was found, by which of its names, and how well it fits: 0 is best."""

    name: Name
    rank: int

    @property
    def entity(self) -> EntityName:
        """The entity that has the name."""
        return self.name.entity

    @property
    def is_exact(self) -> bool:
        """Whether the entity has this very name, but for accents and case."""
        return self.rank == _EXACT


def known(engine: Engine, query: NamedQuery) -> Iterator[Name]:
    """Yield every name and description of every entity, as a query for them finds it."""
    found = rows.answer(engine, query.text)
    solutions = rows.solutions(found)
    for iri, group in groupby(solutions, key=lambda row: row["entity"].value):
        told = list(group)
        entity, label = entity_name(iri), _label(told)
        if entity is None or not label:
            continue
        for row in {_text(row): row for row in told}.values():
            yield _name(entity, label, row)


def _label(told: list[Row]) -> str:
    """Return the first English name, or the first at all: the query puts labels first."""
    names = [row["name"] for row in told if "name" in row]
    english = (name.value for name in names if name.language in {"en", ""})
    return next(english, names[0].value if names else "")


def _text(row: Row) -> Term:
    return row.get("name") or row["description"]


def _name(entity: EntityName, label: str, row: Row) -> Name:
    nothing = Term("")
    text = _text(row)
    place, ties = row.get("place", nothing).value, row.get("ties", nothing).value
    described = "name" not in row
    return Name(entity, text.value, text.language, label, place, int(ties or 0), described)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in ("kind", "slug", *_SHOWN):
        builder.add_text_field(field, stored=True, tokenizer_name=_RAW)
    for field in _NUMBERS:
        builder.add_unsigned_field(field, stored=True)
    builder.add_text_field("whole", tokenizer_name=_RAW)
    builder.add_text_field("parts", tokenizer_name=_WORDS)
    builder.add_text_field("description", tokenizer_name=_WORDS)
    return builder.build()


_SCHEMA = _schema()


class Names:
    """An index of names; safe to share between threads."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._index = tantivy.Index(_SCHEMA)
        writer = self._index.writer(_HEAP, 1)  # one thread: the web server has its own
        for document in filter(None, map(_document, names)):
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def find(
        self,
        text: str,
        kind: str = "",
        limit: int = 20,
        *,
        in_descriptions: bool = False,
        candidates: int = _CANDIDATES,
    ) -> list[Hit]:
        """Return the entities with such a name, each once, those that fit best first.

        After them, if that is asked, come those whose description has all words of the text. Of the
        names that the index has, best first, so many are looked at as `candidates` says.
        """
        wanted = naming.folded(text[:_LONGEST])
        if not wanted:
            return []
        queries = [_query(wanted)]
        if in_descriptions:
            queries.append(_description_query(wanted))
        best: dict[EntityName, Hit] = {}
        for query in queries:
            for hit in self._candidates(query, wanted, kind, candidates):
                known = best.get(hit.entity)
                if known is None or _order(hit) < _order(known):
                    best[hit.entity] = hit
        return sorted(best.values(), key=_order)[:limit]

    def nearest(self, text: str, kind: str, limit: int) -> list[Hit]:
        """Return what is perhaps meant by a name that nothing has: of the same kind first.

        Where nothing has all the words, those that have one of the longest do.
        """
        words = sorted(naming.folded(text[:_LONGEST]).split(), key=len, reverse=True)
        asked = [text, *words[:_TRIED]] if len(words) > 1 else [text]
        best: dict[EntityName, Hit] = {}
        for each in asked:
            for only in dict.fromkeys((kind, "")):
                for hit in self.find(each, only, limit):
                    best.setdefault(hit.entity, hit)
            if best:
                break
        ordered = sorted(best.values(), key=lambda hit: hit.entity.kind != kind)
        return ordered[:limit]

    def _candidates(self, query: Query, wanted: str, kind: str, most: int) -> Iterator[Hit]:
        if kind:
            of_kind = Query.term_query(_SCHEMA, "kind", kind)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, of_kind)])
        for _, address in self._searcher.search(query, most).hits:
            document = self._searcher.doc(address)
            kept: dict[str, Any] = {field: document.get_first(field) for field in _KEPT}
            entity = EntityName(kept.pop("kind"), kept.pop("slug"))
            name = Name(entity, **kept | {"described": bool(kept["described"])})
            yield Hit(name, _rank(wanted, name))


def _document(name: Name) -> tantivy.Document | None:
    """Return what the index keeps of a name; nothing of one that has no letters."""
    whole = naming.folded(name.text)
    if not whole:
        return None
    shown = {field: getattr(name, field) for field in _SHOWN}
    shown |= {field: int(getattr(name, field)) for field in _NUMBERS}
    parts = " ".join(_parts(name))
    by = {"description": parts} if name.described else {"whole": _forms(whole), "parts": parts}
    entity = {"kind": name.entity.kind, "slug": name.entity.slug}
    return tantivy.Document.from_dict(entity | shown | by, _SCHEMA)


def _query(wanted: str) -> Query:
    """Return what finds names that are, or begin with, what is wanted, or have all parts of it."""
    *words, last = naming.parts(wanted)
    every = [*(_part(word, is_last=False) for word in words), _part(last, is_last=True)]
    whole = Query.term_query(_SCHEMA, "whole", wanted)
    beginning = Query.fuzzy_term_query(_SCHEMA, "whole", wanted, distance=0, prefix=True)
    either = [
        (Occur.Should, Query.boost_query(whole, 100)),
        (Occur.Should, Query.boost_query(beginning, 20)),
        (Occur.Should, Query.boolean_query([(Occur.Must, part) for part in every])),
    ]
    if len(wanted) >= _FUZZY_LENGTH:  # of three letters, one slip is too much
        near = Query.fuzzy_term_query(_SCHEMA, "whole", wanted, distance=1)
        either.append((Occur.Should, Query.boost_query(near, 20)))
    return Query.boolean_query(either)


def _description_query(wanted: str) -> Query:
    """Return what finds descriptions that have every part of what is wanted."""
    parts = (Query.term_query(_SCHEMA, "description", part) for part in naming.parts(wanted))
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def _part(word: str, *, is_last: bool) -> Query:
    """Return what finds one part; the last may still be being typed."""
    exact = Query.term_query(_SCHEMA, "parts", word)
    either = [(Occur.Should, Query.boost_query(exact, 10))]
    if is_last:
        begun = Query.fuzzy_term_query(_SCHEMA, "parts", word, distance=0, prefix=True)
        either.append((Occur.Should, Query.boost_query(begun, 3)))
    if len(word) >= _FUZZY_LENGTH and not naming.is_unspaced(word):
        slip = Query.fuzzy_term_query(
            _SCHEMA, "parts", word, distance=1, transposition_cost_one=True, prefix=is_last
        )
        either.append((Occur.Should, slip))
    return Query.boolean_query(either)


_EXACT, _BEGINS, _NEAR, _HAS_WORDS, _RESEMBLES, _DESCRIBED = range(6)


def _rank(wanted: str, name: Name) -> int:
    """Return how well a name fits: 0 is best."""
    if name.described:
        return _DESCRIBED
    forms = _forms(naming.folded(name.text))
    if wanted in forms:
        return _EXACT
    if any(form.startswith(wanted) for form in forms):
        return _BEGINS
    if len(wanted) >= _FUZZY_LENGTH and any(_is_near(wanted, form) for form in forms):
        return _NEAR
    if set(naming.parts(wanted)) <= set(_parts(name)):
        return _HAS_WORDS
    return _RESEMBLES


def _is_near(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=1) <= 1


def _forms(whole: str) -> list[str]:
    """Return a folded name as it is, and written as one word."""
    return list(dict.fromkeys((whole, whole.replace(" ", ""))))


def _parts(name: Name) -> list[str]:
    """Return all by which a name is found: the place tells apart those of one name."""
    told = f"{naming.folded(name.text)} {naming.folded(name.place)}"
    return naming.parts(told, with_singles=True)


def nearest(word: str, known: Iterable[str], limit: int) -> list[str]:
    """Return the words that are nearest to one, the nearest first; none that is far from it."""
    choices = list(known)
    near = process.extract(word[:_LONGEST], choices, scorer=OSA.normalized_similarity, limit=limit)
    return [each for each, likeness, _ in near if likeness >= _ALIKE]


def _order(hit: Hit) -> tuple[int, int, int, EntityName]:
    name = hit.name
    return hit.rank, -name.ties, len(name.text), name.entity
