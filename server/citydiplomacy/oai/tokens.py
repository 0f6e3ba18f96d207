"""Resumption tokens: they hold all that is needed to go on, and no server has to remember them.

A token is good for the release that gave it: another one has other records. Its parts, with `;`
between them, are the release, the format, the set, the first and the last day, and the position.
"""

from citydiplomacy.oai.protocol import HarvestError, Selection, is_day

_PARTS = 6
_MARK = ";"


def written(selection: Selection, position: int, release: str) -> str:
    """Return the token that goes on at a position in the list of what was selected."""
    wanted = (selection.prefix, selection.set, selection.first, selection.last)
    return _MARK.join((release, *wanted, str(position)))


def read(token: str, release: str) -> tuple[Selection, int]:
    """Return what was selected, and the position at which the list goes on.

    Raises:
        HarvestError: it is no token of ours, or another release gave it.
    """
    parts = token.split(_MARK)
    if len(parts) != _PARTS or not _is_number(parts[-1]):
        raise bad("That is no token of this service.")
    if parts[0] != release:
        raise bad("Another release gave this token. Begin the list anew.")
    _, prefix, set_, first, last, position = parts
    if not all(not day or is_day(day) for day in (first, last)):
        raise bad("That is no token of this service.")
    return Selection(prefix, set_, first, last), int(position)


def bad(message: str) -> HarvestError:
    """Return the error that a token is answered with."""
    return HarvestError("badResumptionToken", message)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len("1000000000")
