"""The question library as a gallery: which questions there are, by reader, article and topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from citydiplomacy import declarations
from citydiplomacy.declarations import READERS, TOPICS, Parameter
from citydiplomacy.errors import BadParameterError
from citydiplomacy.queries import NamedQuery

PATH = "/query/"


@dataclass(frozen=True)
class Option:
    """One choice of a group: how many questions it leaves, and the address that makes it."""

    slug: str
    label: str
    count: int
    is_chosen: bool
    address: str


@dataclass(frozen=True)
class Group:
    """One way to sort the questions, and its choices; the first takes the choice back."""

    key: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Card:
    """A question as the gallery shows it."""

    query: NamedQuery
    views: tuple[str, ...]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Gallery:
    """The questions that were chosen, and the choices."""

    cards: tuple[Card, ...]
    groups: tuple[Group, ...]
    chosen: Mapping[str, str]


def articles(questions: Iterable[NamedQuery]) -> list[str]:
    """Return the slugs of the articles that answers rest on."""
    return sorted({slug for query in questions for slug in declarations.listed(query, "article")})


def show(
    questions: Sequence[NamedQuery],
    labels: Mapping[str, str],
    given: Mapping[str, Sequence[str]],
) -> Gallery:
    """Return the gallery for what the address says.

    Args:
        questions: All questions.
        labels: What articles are called, by slug.
        given: What is chosen, by the name of the group.

    Raises:
        BadParameterError: there is no such group, or no such choice in it.
    """
    offered = {
        "reader": ("By reader", READERS),
        "article": ("By article", labels),
        "topic": ("By topic", TOPICS),
    }
    chosen = _chosen({key: slugs for key, (_, slugs) in offered.items()}, given)
    groups = (
        Group(key, title, tuple(_options(questions, chosen, key, slugs)))
        for key, (title, slugs) in offered.items()
    )
    cards = (_card(query) for query in questions if _suits(query, chosen))
    return Gallery(tuple(cards), tuple(groups), chosen)


def _chosen(
    offered: Mapping[str, Mapping[str, str]], given: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    chosen = {}
    for key, texts in given.items():
        if key not in offered:
            raise BadParameterError(
                f"Questions are not sorted by “{key}”.", f"Use one of: {', '.join(offered)}."
            )
        written = [text for text in texts if text]
        if len(written) > 1 or not set(written) <= set(offered[key]):
            raise BadParameterError(
                f"{key}={', '.join(written)} is not offered.",
                f"Use one of: {', '.join(offered[key])}.",
            )
        if written:
            chosen[key] = written[0]
    return chosen


def _options(
    questions: Sequence[NamedQuery], chosen: Mapping[str, str], key: str, labels: Mapping[str, str]
) -> Iterable[Option]:
    others = {name: slug for name, slug in chosen.items() if name != key}
    left = [query for query in questions if _suits(query, others)]
    yield Option("", "All", len(left), key not in chosen, _address(others))
    for slug, label in labels.items():
        count = sum(slug in declarations.listed(query, key) for query in left)
        # In the order of the groups, so that one choice has one address.
        address = _address({**others, key: slug})
        yield Option(slug, label, count, chosen.get(key) == slug, address)


def _suits(query: NamedQuery, chosen: Mapping[str, str]) -> bool:
    return all(slug in declarations.listed(query, key) for key, slug in chosen.items())


def _address(chosen: Mapping[str, str]) -> str:
    ordered = [(key, chosen[key]) for key in ("reader", "article", "topic") if key in chosen]
    return f"{PATH}?{urlencode(ordered)}" if ordered else PATH


def _card(query: NamedQuery) -> Card:
    views = dict.fromkeys(view.name for view in declarations.views(query))
    return Card(query, ("table", *views), declarations.parameters(query))
