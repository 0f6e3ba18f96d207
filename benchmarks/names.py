"""Invented names of places: each number has one, and no two have the same."""

_CONSONANTS, _VOWELS = "bdfghjklmnprstvwyzcq", "aeiou"
_SYLLABLES = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
_LENGTH = 4
_SCRAMBLE, _SHIFT = 61_195_387, 7_654_321
"""Has no divisor in common with the number of names, so that each comes once."""

COUNT = len(_SYLLABLES) ** _LENGTH
"""How many names there are."""

# Language, first character of its alphabet, and how many characters may be used.
_LANGUAGES = [
    ("ja", 0x30A2, 70),
    ("zh", 0x4E00, 900),
    ("ko", 0xAC00, 900),
    ("ru", 0x0430, 32),
    ("uk", 0x0430, 28),
    ("ar", 0x0628, 18),
    ("el", 0x03B1, 24),
    ("hi", 0x0915, 37),
    ("th", 0x0E01, 46),
    ("he", 0x05D0, 27),
]
_STEP = 7


def slug(number: int) -> str:
    """Return the name in lower case, which ends the IRI."""
    return "".join(_SYLLABLES[syllable] for syllable in _syllables(number))


def english(number: int) -> str:
    """Return the name in English."""
    return slug(number).capitalize()


def local(number: int, country: int) -> tuple[str, str]:
    """Return the name in the language of a country, and the tag of that language."""
    language, first, size = _LANGUAGES[country % len(_LANGUAGES)]
    letters = (chr(first + syllable * _STEP % size) for syllable in _syllables(number))
    return "".join(letters), language


def _syllables(number: int) -> list[int]:
    rest, found = (number * _SCRAMBLE + _SHIFT) % COUNT, []
    for _ in range(_LENGTH):
        rest, syllable = divmod(rest, len(_SYLLABLES))
        found.append(syllable)
    return found
