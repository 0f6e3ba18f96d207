"""What clients send, read strictly: version 0.2 of the protocol, and the draft of 1.0.

Both say the same in other words. What cannot be used is refused with its place in the batch, so
that whoever wrote it finds it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from citydiplomacy import search
from citydiplomacy.errors import BadParameterError, TooMuchAtOnceError
from citydiplomacy.namespaces import CD
from citydiplomacy.reconciliation.register import Register
from citydiplomacy.reconciliation.sought import (
    FEW_CANDIDATES,
    MOST_CANDIDATES,
    Condition,
    Quantifier,
    Sought,
)

MOST_QUERIES, MOST_IDS, MOST_PROPERTIES, MOST_VALUES = 100, 500, 50, 20
"""What one request may ask for: queries; entities to be extended; properties of each; values."""

_LONGEST = 300
"""Characters of a text that are compared."""

_QUANTIFIERS = ("any", "all", "none")
_STRICTNESS = ("any", "all", "should")
_MATCH_TYPES = ("name", "id", "property")
_SHOWN = 40
_CONTENTS = ("entity", "label", "iri")


@dataclass(frozen=True)
class Wanted:
    """A property that entities are to be extended with, and how."""

    property_id: str
    limit: int = 0
    """The most values of one entity; 0 is no limit."""
    content: str = "entity"
    """What comes of a value that is an entity: the `entity`, or its `label` or `iri` as text."""
    counts: bool = False
    """Whether the values are only counted."""


@dataclass(frozen=True)
class Extension:
    """What is wanted of which entities."""

    ids: tuple[str, ...]
    wanted: tuple[Wanted, ...]


def document(text: str, what: str) -> Any:
    """Return what a JSON text says.

    Raises:
        BadParameterError: it is no JSON, or nested without end, or has numbers that JSON has not.
    """
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        _refuse(f"{what} is no JSON: {error.msg} (line {error.lineno}, column {error.colno}).")
    except RecursionError:
        _refuse(f"{what} is nested too deeply.")
    except ValueError as error:  # an integer of thousands of digits
        _refuse(f"{what} has a number that cannot be used: {_short(str(error))}.")


def batch(text: str, register: Register) -> dict[str, Sought]:
    """Return the queries of a batch in version 0.2, by their keys.

    Raises:
        BadParameterError: one of them cannot be understood.
        TooMuchAtOnceError: there are too many.
    """
    queries = _object(document(text, "The batch of queries"), "The batch of queries")
    _check_number(len(queries), MOST_QUERIES, "queries")
    return {key: _query(_short(key), value, register) for key, value in queries.items()}


def batch_of_draft(text: str, register: Register) -> list[Sought]:
    """Return the queries of a batch in the draft of version 1.0, in their order.

    Raises:
        BadParameterError: one of them cannot be understood.
        TooMuchAtOnceError: there are too many.
    """
    whole = _object(document(text, "The batch of queries"), "The batch of queries")
    queries = _array(whole.get("queries"), "“queries”")
    _check_number(len(queries), MOST_QUERIES, "queries")
    return [
        _query_of_draft(f"query {number}", each, register) for number, each in enumerate(queries)
    ]


def extension(text: str, register: Register) -> Extension:
    """Return what is wanted of which entities; both versions say it alike.

    Raises:
        BadParameterError: it cannot be understood.
        TooMuchAtOnceError: it is about too many entities, or too many properties.
    """
    whole = _object(document(text, "The request"), "The request")
    ids = [_text(each, "An id") for each in _array(whole.get("ids"), "“ids”")]
    _check_number(len(ids), MOST_IDS, "ids")
    properties = _array(whole.get("properties"), "“properties”")
    _check_number(len(properties), MOST_PROPERTIES, "properties")
    return Extension(tuple(ids), tuple(_wanted(each, register) for each in properties))


def type_id(text: str, register: Register) -> str:
    """Return the id of a type that is named by its id or IRI.

    Raises:
        BadParameterError: there is none.
    """
    name = text.removeprefix(CD)
    if name not in register.types:
        _unknown("type", text, register.types)
    return name


def property_id(text: str, register: Register) -> str:
    """Return the id of a property.

    Raises:
        BadParameterError: there is none.
    """
    if text not in register.properties:
        _unknown("property", text, register.properties)
    return text


def _query(place: str, value: Any, register: Register) -> Sought:
    query = _object(value, f"{place}")
    given = query.get("properties")
    given = _array([] if given is None else given, f"{place}: “properties”")
    _check_number(len(given), MOST_PROPERTIES, "properties of one query")
    conditions = [
        _condition(f"{place}, property {number}", each, register)
        for number, each in enumerate(given)
    ]
    text = _text(query.get("query") or "", f"{place}: “query”")
    if not text.strip() and not conditions:
        _refuse(f"{place} has neither a query nor properties.", "Give a name in “query”.")
    strictness = query.get("type_strict") or "should"
    _check_word(strictness, _STRICTNESS, f"{place}: “type_strict”")
    return Sought(
        text=text,
        types=_types(place, query.get("type"), register),
        limit=_limit(place, query.get("limit")),
        conditions=tuple(conditions),
        is_strict=strictness != "should",
    )


def _query_of_draft(place: str, value: Any, register: Register) -> Sought:
    query = _object(value, place)
    given = _array(query.get("conditions"), f"{place}: “conditions”")
    _check_number(len(given), MOST_PROPERTIES, "conditions of one query")
    if not given:
        _refuse(f"{place} has no conditions.", "Give a name: a condition of matchType “name”.")
    names: list[str] = []
    ids: list[str] = []
    conditions: list[Condition] = []
    needs_name = False
    for number, each in enumerate(given):
        where = f"{place}, condition {number}"
        told = _object(each, where)
        kind = told.get("matchType")
        _check_word(kind, _MATCH_TYPES, f"{where}: “matchType”")
        if kind == "property":
            conditions.append(_condition_of_draft(where, told, register))
        elif kind == "id":
            ids += _texts(told.get("propertyValue"), where, register)
        else:
            names += _texts(told.get("propertyValue"), where, register)
            needs_name = needs_name or told.get("required") is True
    return Sought(
        text=names[0] if names else "",
        ids=tuple(ids),
        types=_types(place, query.get("type"), register),
        limit=_limit(place, query.get("limit")),
        conditions=tuple(conditions),
        needs_name=needs_name,
    )


def _condition(place: str, value: Any, register: Register) -> Condition:
    told = _object(value, place)
    name = property_id(_text(told.get("pid"), f"{place}: “pid”"), register)
    return Condition(name, tuple(_texts(told.get("v"), place, register)))


def _condition_of_draft(place: str, told: Mapping[str, Any], register: Register) -> Condition:
    name = property_id(_text(told.get("propertyId"), f"{place}: “propertyId”"), register)
    quantifier = told.get("matchQuantifier") or "any"
    _check_word(quantifier, _QUANTIFIERS, f"{place}: “matchQuantifier”")
    if told.get("matchQualifier"):
        _refuse(f"{place}: there are no match qualifiers here.", "Leave “matchQualifier” out.")
    return Condition(
        name,
        tuple(_texts(told.get("propertyValue"), place, register)),
        cast(Quantifier, quantifier),
        told.get("required") is True,
    )


def _wanted(value: Any, register: Register) -> Wanted:
    told = _object(value, "A property")
    name = property_id(_text(told.get("id"), "A property's “id”"), register)
    settings = _object(told.get("settings") or {}, f"The settings of {name}")
    content = settings.get("content") or "entity"
    _check_word(content, _CONTENTS, f"{name}: “content”")
    return Wanted(
        name,
        _whole(settings.get("limit") or 0, f"{name}: “limit”", least=0),
        content,
        settings.get("count") in (True, "true", "on"),
    )


def _types(place: str, value: Any, register: Register) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value] if value else []
    return tuple(type_id(_type_text(each, place), register) for each in given)


def _type_text(value: Any, place: str) -> str:
    """Return the id of a type, which some clients send with its name."""
    told = value.get("id") if isinstance(value, dict) else value
    return _text(told, f"{place}: “type”")


def _limit(place: str, value: Any) -> int:
    if value is None:
        return FEW_CANDIDATES
    limit = _whole(value, f"{place}: “limit”", least=1)
    if limit > MOST_CANDIDATES:
        _refuse(f"{place}: “limit” is {_short(str(limit))}.", f"Ask for at most {MOST_CANDIDATES}.")
    return limit


def _texts(value: Any, place: str, register: Register) -> list[str]:
    several = value if isinstance(value, list) else [value]
    if not several:
        _refuse(f"{place} has no value.")
    _check_number(len(several), MOST_VALUES, "values of one property")
    return [_value(each, place, register) for each in several]


def _value(value: Any, place: str, register: Register) -> str:
    """Return a value as text; of an entity that we do not know by its id, the name."""
    if isinstance(value, dict):
        identifier = _text(value.get("id"), f"{place}: the value's “id”")
        name = value.get("name")
        is_known = register.record(identifier) or register.having(identifier) or not name
        return identifier if is_known else _text(name, f"{place}: the value's “name”")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return _text(value, f"{place}: its value")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        _refuse(f"{what} is {_kind(value)}.", "Give a text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(f"{what} has half of a character: a lone surrogate.", "Send whole characters.")
    return value[:_LONGEST]


def _whole(value: Any, what: str, least: int) -> int:
    # What comes from the fields of a form is text.
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:_SHOWN])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        shown = _short(json.dumps(value))
        _refuse(f"{what} is {shown}.", f"Give a whole number from {least} on.")
    return value


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(f"{what} is {_kind(value)}.", "Give a JSON object.")
    return value


def _array(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(f"{what} is {_kind(value)}.", "Give a JSON array.")
    return value


_KINDS: Sequence[tuple[Callable[[Any], bool], str]] = (
    (lambda value: value is None, "missing"),
    (lambda value: isinstance(value, bool), "true or false"),
    (lambda value: isinstance(value, int | float), "a number"),
    (lambda value: isinstance(value, str), "a text"),
    (lambda value: isinstance(value, list), "an array"),
)


def _kind(value: Any) -> str:
    return next((words for is_so, words in _KINDS if is_so(value)), "an object")


def _check_word(value: Any, words: Sequence[str], what: str) -> None:
    if value not in words:
        told = f"“{_short(value)}”" if isinstance(value, str) else _kind(value)
        _refuse(f"{what} is {told}.", f"Use one of: {', '.join(words)}.")


def _check_number(number: int, most: int, what: str) -> None:
    if number > most:
        raise TooMuchAtOnceError(f"There are {number} {what}.", f"Send at most {most} at once.")


def _unknown(what: str, text: str, known: Iterable[str]) -> NoReturn:
    near = search.nearest(text, known, 3)
    repair = f"Do you mean {' or '.join(near)}?" if near else "See the list at /reconcile."
    _refuse(f"There is no {what} “{_short(text)}”.", repair)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is none in JSON")


def _short(text: str) -> str:
    shown = text.encode("utf-8", "replace").decode()
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"


def _refuse(detail: str, repair: str = "") -> NoReturn:
    raise BadParameterError(f"{detail[:1].upper()}{detail[1:]}", repair)
