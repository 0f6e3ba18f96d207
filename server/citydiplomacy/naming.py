"""How names are compared: without case, accents and script conventions that readers do not type.

`folded` makes names alike that a reader would take for the same; `parts` cuts them into what an
index looks up: words, and for scripts without spaces, pairs of characters.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

# Letters that Unicode takes for letters of their own, as people without that keyboard type them.
_PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "\u0131": "i", "þ": "th"}
    | {"æ": "ae", "œ": "oe"}
    # One character in two forms, which the same city writes by turns.
    | {"臺": "台"}
)
_VOICING = frozenset("\u3099\u309a")
"""The marks that make other sounds of Japanese letters: they stay."""

_WORD = re.compile(r"\w+")
_BEFORE = ("thanh pho ",)
_BEHIND = ("특별시", "광역시", "市", "시")
"""The word for a city that Vietnamese puts before its name, others behind it, or leave out."""
_SHORTEST = 2

_QUALIFIED = re.compile(r"(?P<name>[^,(]+?)\s*(?:,\s*(?P<beside>.+)|\((?P<within>[^()]+)\))")

_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Characters of scripts whose names are searched by any two characters side by side."""


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """Return a name in small letters without accents, its words one space apart."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    kept = (letter for letter in apart if letter in _VOICING or not unicodedata.combining(letter))
    # Together again, because Korean syllables came apart as well.
    together = unicodedata.normalize("NFC", "".join(kept)).translate(_PLAIN)
    return " ".join(_WORD.findall(together))


def parts(name: str, *, with_singles: bool = False) -> list[str]:
    """Return what an index looks up of a folded name: each word, or each pair of characters.

    With singles, each character that stands in a pair as well: so that one is found alone.
    """
    found: list[str] = []
    for word in name.split():
        for piece in _pieces(word):
            if not _UNSPACED.fullmatch(piece):
                found.append(piece)
                continue
            found += _pairs(piece)
            if with_singles and len(piece) > 1:
                found += piece
    return found


def without_rank(name: str) -> str:
    """Return a folded name without the word for a city that some languages add to it."""
    for word in _BEFORE:
        name = name.removeprefix(word)
    for word in _BEHIND:
        shortened = name.removesuffix(word)
        if shortened != name and len(shortened) >= _SHORTEST:
            return shortened
    return name


def apart(name: str) -> tuple[str, str]:
    """Return a name and what tells it from others, "Portland (Oregon)"; else two empty texts."""
    found = _QUALIFIED.fullmatch(name.strip())
    return (found["name"], found["beside"] or found["within"]) if found else ("", "")


def is_unspaced(part: str) -> bool:
    """Tell whether a part is of a script without spaces between words."""
    return bool(_UNSPACED.fullmatch(part))


def _pieces(word: str) -> list[str]:
    """Return a word cut where scripts with and without spaces meet."""
    return [piece for piece in re.split(f"({_UNSPACED.pattern})", word) if piece]


def _pairs(run: str) -> list[str]:
    return ["".join(pair) for pair in pairwise(run)] or [run]
