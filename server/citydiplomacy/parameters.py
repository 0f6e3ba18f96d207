"""What a visitor chooses in a question: words or slugs of an address become terms of a query."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from citydiplomacy import naming, tables
from citydiplomacy.declarations import Parameter
from citydiplomacy.engine import Engine
from citydiplomacy.errors import BadParameterError, RequestError, UnknownEntityError
from citydiplomacy.namespaces import reference, shorten
from citydiplomacy.queries import NamedQuery
from citydiplomacy.search import Hit
from citydiplomacy.tables import TableRow, Value

Find = Callable[[str], Sequence[Hit]]
"""Finds entities by name, those that fit best first."""

_MEANT = 5
"""Names proposed where one is not known."""


@dataclass(frozen=True)
class Choice:
    """What can be chosen: how addresses call it, its label, and the term for the query."""

    slug: str
    label: Value
    term: str | int
    hint: str = ""
    """What tells it apart from others of that label: the country of a city."""

    @property
    def told(self) -> str:
        """The label, with the hint where there is one."""
        return f"{self.label.text}, {self.hint}" if self.hint else self.label.text


class Listed:
    """A list of what can be chosen, in the order of its query."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._by_slug = {choice.slug: choice for choice in choices}
        self._by_term = {choice.term: choice for choice in self}
        self._by_words: dict[str, list[Choice]] = {}
        for choice in self:
            for words in {naming.folded(choice.label.text), naming.folded(choice.told)}:
                self._by_words.setdefault(words, []).append(choice)

    def __iter__(self) -> Iterator[Choice]:
        """Go through the choices."""
        return iter(self._by_slug.values())

    def __len__(self) -> int:
        return len(self._by_slug)

    def called(self, text: str) -> list[Choice]:
        """Return what has that slug, or else all that have that label."""
        found = self._by_slug.get(text.strip().lower())
        return [found] if found else self._by_words.get(naming.folded(text), [])

    def of(self, term: str | int) -> Choice | None:
        """Return what stands for a term."""
        return self._by_term.get(term)

    def words(self, choice: Choice) -> str:
        """Return what to write for a choice: its label, with the hint where others share it."""
        shared = self._by_words[naming.folded(choice.label.text)]
        return choice.label.text if len(shared) == 1 else choice.told


@dataclass(frozen=True)
class Chosen:
    """A parameter, and what is chosen of it; nothing, where a question asks about all."""

    parameter: Parameter
    choices: tuple[Choice, ...]

    @property
    def terms(self) -> tuple[str | int, ...]:
        """What stands in the query."""
        return tuple(choice.term for choice in self.choices)

    @property
    def in_words(self) -> str:
        """The parameter with what is chosen, as a citation says it."""
        return f"{self.parameter.label}: {', '.join(choice.label.text for choice in self.choices)}"


class Choices:
    """Everything that can be chosen in a release, asked for once."""

    def __init__(self, engine: Engine, queries: Mapping[str, NamedQuery]) -> None:
        self._engine = engine
        self._queries = queries
        self._lists: dict[str, Listed] = {}

    def among(self, parameter: Parameter) -> Listed:
        """Return what can be chosen of a parameter; of a number, nothing is listed."""
        name = parameter.choices
        if name and name not in self._lists:
            table = tables.ask(self._engine, self._queries[f"choices/{name}"].text)
            self._lists[name] = Listed(_choices(table.rows))
        return self._lists.get(name) or Listed(())

    def default(self, query: NamedQuery, parameter: Parameter) -> Chosen:
        """Return what the query asks about as it stands in its file."""
        terms = query.parameters.get(parameter.variable, ())
        if not parameter.choices:
            return Chosen(parameter, tuple(_number(int(term)) for term in terms))
        known = self.among(parameter)
        return Chosen(parameter, tuple(known.of(term) or _unlisted(term) for term in terms))

    def chosen(self, parameter: Parameter, given: Sequence[str], find: Find) -> Chosen:
        """Return what is chosen by slugs, labels or other names.

        Raises:
            BadParameterError: too much is chosen, a number lies outside its bounds, or a name is
                that of several.
            UnknownEntityError: nothing that can be chosen has that slug or name.
        """
        if len(given) > parameter.most:
            raise BadParameterError(
                f"{parameter.label}: {len(given)} are given.",
                f"Choose {'one' if parameter.most == 1 else f'up to {parameter.most}'}.",
            )
        found = (
            self._listed(parameter, text, find) if parameter.choices else _counted(parameter, text)
            for text in given
        )
        return Chosen(parameter, tuple(dict.fromkeys(found)))

    def _listed(self, parameter: Parameter, text: str, find: Find) -> Choice:
        known = self.among(parameter)
        called = known.called(text) or _exact(known, find(text))
        if len(called) == 1:
            return called[0]
        if called:
            raise BadParameterError(
                f"{parameter.label}: “{text}” is the name of several.",
                f"Write {_or(called)}.",
            )
        raise _unknown(parameter, text, _meant(known, find(text)))


def _choices(rows: Iterable[TableRow]) -> Iterator[Choice]:
    """Yield the choices in the rows; where two share a slug, their kind is part of it."""
    named = []
    for row in rows:
        label, hint = row.values
        name = reference(label.iri) if label else None
        if label and name:
            named.append((name, label, hint.text if hint else ""))
    shared = Counter(name.slug for name, _, _ in named)
    for name, label, told in named:
        slug = name.slug if shared[name.slug] == 1 else f"{name.kind}/{name.slug}"
        yield Choice(slug, label, label.iri, told)


def _unlisted(iri: str) -> Choice:
    """Return a choice for what the file asks about, where a release does not know it."""
    name = reference(iri)
    return Choice(name.slug if name else iri, Value(shorten(iri), iri), iri)


def _number(number: int) -> Choice:
    return Choice(str(number), Value(str(number)), number)


def _counted(parameter: Parameter, text: str) -> Choice:
    if not parameter.admits(text):
        raise BadParameterError(
            f"{parameter.label}: “{text}” cannot be used.",
            f"Write a whole number from {parameter.first} to {parameter.last}.",
        )
    return _number(int(text))


def _meant(known: Listed, hits: Iterable[Hit]) -> list[Choice]:
    """Return those of the hits that can be chosen."""
    choices = (known.of(hit.entity.iri) for hit in hits)
    return [choice for choice in choices if choice]


def _exact(known: Listed, hits: Iterable[Hit]) -> list[Choice]:
    """Return what can be chosen and has the very name, if not as its label."""
    return _meant(known, (hit for hit in hits if hit.is_exact))


def _unknown(parameter: Parameter, text: str, meant: Sequence[Choice]) -> RequestError:
    detail = f"{parameter.label}: “{text}” is not among what can be chosen."
    if meant:
        return UnknownEntityError(detail, f"Do you mean {_or(meant[:_MEANT])}?")
    return UnknownEntityError(
        detail, "Open the question without parameters: its form lists what can be chosen."
    )


def _or(choices: Sequence[Choice]) -> str:
    return " or ".join(f"{choice.slug} ({choice.told})" for choice in choices)
