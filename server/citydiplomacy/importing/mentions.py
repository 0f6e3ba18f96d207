"""What a row says of one of its places: read, cleaned, and refused where it makes no sense."""

import re
import unicodedata
from typing import NamedTuple

from citydiplomacy.reconciliation import geography
from citydiplomacy.reconciliation.geography import Point

_LONGEST = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?", re.ASCII)
_ITEM = re.compile(r"(?:https?://www\.wikidata\.org/(?:wiki|entity)/)?(Q[1-9]\d{0,11})", re.ASCII)
_CODE = re.compile(r"[A-Z]{2}")
# Words in brackets by which lists say that something is no town; with a name before them, they say
# where a town lies.
_NO_TOWN = re.compile(
    r"\((?:[a-z]+ )*(?:county|department|district|oblast|prefecture|province|region|state)\)"
)


class Mention(NamedTuple):
    """A place as a row has it: cells of text, empty where the table has none."""

    name: str
    country: str = ""
    code: str = ""
    latitude: str = ""
    longitude: str = ""
    wikidata: str = ""

    @property
    def point(self) -> Point | None:
        """Where it lies, if the row says so."""
        return geography.read(f"{self.latitude},{self.longitude}") if self.latitude else None


def cleaned(mention: Mention) -> Mention:
    """Return a mention with composed letters, single spaces, and identifiers without address."""
    name, country, code, *others = (_clean(cell) for cell in mention)
    latitude, longitude, wikidata = others
    found = _ITEM.fullmatch(wikidata)
    return Mention(
        name, country, code.upper(), latitude, longitude, found[1] if found else wikidata
    )


def fault(mention: Mention) -> str:
    """Return why nothing can be made of a cleaned mention; empty where it makes sense."""
    return _fault_of_text(mention) or _fault_of_place(mention)


def _fault_of_text(mention: Mention) -> str:
    name = mention.name
    if not name:
        return "The place has no name."
    if any(_CONTROL.search(cell) for cell in mention):
        return "A cell has control characters."
    if any(len(cell) > _LONGEST for cell in mention):
        return f"A cell has more than {_LONGEST} characters."
    if not any(letter.isalpha() for letter in name):
        return f"“{name}” has no letters."
    if _NO_TOWN.search(name):
        return f"“{name}” is a part of a country, not a town."
    return ""


def _fault_of_place(mention: Mention) -> str:
    if not mention.country and not mention.code:
        return "The place has no country."
    if mention.code and not _CODE.fullmatch(mention.code):
        return f"“{mention.code}” is no code of a country: two letters of ISO 3166."
    if mention.wikidata and not _ITEM.fullmatch(mention.wikidata):
        return f"“{mention.wikidata}” is no identifier of Wikidata."
    told = mention.latitude, mention.longitude
    if not any(told):
        return ""
    # "90,0" with decimal commas would be read as two numbers.
    is_pair = all(_NUMBER.fullmatch(each) for each in told)
    if not is_pair or mention.point is None:
        return f"“{told[0]}” and “{told[1]}” are no latitude and longitude in degrees."
    return ""


def _clean(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())
