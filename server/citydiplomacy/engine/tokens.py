"""SPARQL text as tokens: enough of the grammar to tell code from strings, IRIs and comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Every quantifier is possessive, a string that is never closed runs to its end, and a name is
# taken whole whether or not a colon follows: the time is proportional to the text, whatever the
# text is.
_TOKEN = re.compile(
    r"""
      (?P<blank>    \s++ | \#[^\n\r]*+ | @[A-Za-z]++ (?:-[A-Za-z0-9]++)*+ )
    | (?P<string>   \"{3} (?: [^\"\\] | \\. | \"(?!\"\") )*+ (?:\"{3})?+
                  | '{3}  (?: [^'\\]  | \\. | '(?!'') )*+ (?:'{3})?+
                  | \"    (?: [^\"\\\n\r] | \\. )*+ \"?+
                  | '     (?: [^'\\\n\r]  | \\. )*+ '?+ )
    | (?P<iri>      < [^<>\"{}|^`\\\x00-\x20]*+ > )
    | (?P<variable> [?$]\w++ )
    | (?P<node>     _:\w (?: [\w-] | \.(?=[\w.-]) )*+ )
    | (?P<number>   (?: \d++ (?:\.\d++)?+ | \.\d++ ) (?:[eE][+-]?\d++)?+ )
    | (?P<name>     [^\W\d] (?: [\w-] | \.(?=[\w.-]) )*+ | (?=:) )
      (?P<local>    : (?: [\w:-] | %[0-9A-Fa-f]{2} | \\. | \.(?=[\w.:%\\-]) )*+ )?+
    | (?P<symbol>   <<\(? | \)?>> | \|\| | && | != | <= | >= | \^\^ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"\w+")


class Token(NamedTuple):
    """A piece of code: its kind, its text, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def is_term(self) -> bool:
        """Whether it can be a subject, a predicate or an object."""
        return self.kind not in {"word", "symbol"} or self.text in {"A", "TRUE", "FALSE"}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text; a word (not a name with a prefix) comes in capitals."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "local":
            yield Token("prefixed", found.group(), found.start())
        elif kind == "name":
            # `true.FILTER` is two words, though a prefix could be called so.
            for word in _WORD.finditer(found.group().upper()):
                yield Token("word", word.group(), found.start() + word.start())
        elif kind != "blank":
            yield Token(kind, found.group(), found.start())
