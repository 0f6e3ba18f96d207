"""What a harvester asks: the verbs of the protocol, their arguments, and what may be wrong."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

DUBLIN_CORE, DATACITE = "oai_dc", "oai_datacite"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SET = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(?::[A-Za-z0-9\-_.!~*'()]+)*")
_PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")
# What no URI holds.
_NO_URI = re.compile(r"[\x00-\x20\x7f-\U0010ffff<>\"{}|\\^`]")
_TOKEN = "resumptionToken"  # noqa: S105  # the name of an argument


class HarvestError(Exception):
    """What the protocol calls an error: it is answered with 200, and a code in the answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_about_arguments(self) -> bool:
        """Whether the answer must not repeat the arguments, since they are what is wrong."""
        return self.code in {"badVerb", "badArgument"}


@dataclass(frozen=True)
class Verb:
    """The arguments of a verb; one whose list may be long takes a token instead of them all."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    is_resumable: bool = False


_LIST = Verb(frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), is_resumable=True)
VERBS = {
    "GetRecord": Verb(frozenset({"identifier", "metadataPrefix"})),
    "Identify": Verb(),
    "ListIdentifiers": _LIST,
    "ListMetadataFormats": Verb(optional=frozenset({"identifier"})),
    "ListRecords": _LIST,
    "ListSets": Verb(is_resumable=True),
}


@dataclass(frozen=True)
class Asked:
    """One request: its verb, and its arguments by name."""

    verb: str
    arguments: Mapping[str, str]

    @property
    def token(self) -> str | None:
        """The token by which the harvester goes on with a list."""
        return self.arguments.get(_TOKEN)


@dataclass(frozen=True)
class Selection:
    """What of the records is wanted: a format, a set (all where it is empty), a span of days."""

    prefix: str
    set: str = ""
    first: str = ""
    last: str = ""

    def has(self, datestamp: str) -> bool:
        """Tell whether a day lies in the span."""
        return self.first <= datestamp and (not self.last or datestamp <= self.last)


def read(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Return what the arguments of a request ask.

    Raises:
        HarvestError: there is no such verb, or its arguments are not those that it takes.
    """
    given = list(pairs)
    verbs = [value for name, value in given if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in VERBS:
        told = "There is more than one verb" if len(verbs) > 1 else "There is no such verb"
        raise HarvestError("badVerb", f"{told}. Give one of: {', '.join(VERBS)}.")
    _check(VERBS[verbs[0]], Counter(name for name, _ in given if name != "verb"))
    arguments = {name: value for name, value in given if name != "verb"}
    _check_values(arguments)
    return Asked(verbs[0], arguments)


def _check(verb: Verb, names: Counter[str]) -> None:
    twice = sorted(name for name, number in names.items() if number > 1)
    if twice:
        raise _bad(f"{twice[0]} is given more than once.")
    if verb.is_resumable and _TOKEN in names:
        if len(names) > 1:
            raise _bad(f"Beside {_TOKEN} there is no other argument.")
        return
    if unknown := sorted(names.keys() - verb.required - verb.optional):
        raise _bad(f"This verb has no argument {unknown[0]}.")
    if missing := sorted(verb.required - names.keys()):
        raise _bad(f"This verb needs the argument {missing[0]}.")


def _check_values(arguments: Mapping[str, str]) -> None:
    """What is repeated in answers has to be what the schema of answers takes."""
    if _NO_URI.search(arguments.get("identifier", "")):
        raise _bad("The identifier is no URI.")
    if not _PREFIX.fullmatch(arguments.get("metadataPrefix", DUBLIN_CORE)):
        raise _bad("That is no name of a format. ListMetadataFormats lists them.")
    if not _SET.fullmatch(arguments.get("set", "any")):
        raise _bad("That is no name of a set. ListSets lists them.")


def selection(asked: Asked) -> Selection:
    """Return what of the records a request for a list wants.

    Raises:
        HarvestError: a day is not written as one, or the span ends before it begins.
    """
    arguments = asked.arguments
    first, last = (_day(name, arguments) for name in ("from", "until"))
    if first and last and last < first:
        raise _bad("The span ends before it begins.")
    return Selection(arguments["metadataPrefix"], arguments.get("set", ""), first, last)


def is_day(text: str) -> bool:
    """Tell whether a text is a day of the calendar, as the protocol writes it."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(name: str, arguments: Mapping[str, str]) -> str:
    if name in arguments and not is_day(arguments[name]):
        raise _bad(f"{name} is no day. Datestamps are days here: YYYY-MM-DD.")
    return arguments.get(name, "")


def _bad(message: str) -> HarvestError:
    return HarvestError("badArgument", message)
