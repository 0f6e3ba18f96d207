"""SPARQL text as tokens: enough of the grammar to tell code from strings, IRIs and comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Every quantifier is possessive, a string that is never closed runs to its end, and a name is
# taken whole whether or not a colon follows: the time is proportional to the text, whatever the
# text is.
_BLANK = r"(?: \s++ | \#[^\n\r]*+ | @[A-Za-z]++ (?:-[A-Za-z0-9]++)*+ )"
_NAME = r"[^\W\d] (?: [\w-] | \.(?=[\w.-]) )*+ | (?=:)"
_LOCAL = r"(?: [\w:-] | %[0-9A-Fa-f]{2} | \\. | \.(?=[\w.:%\\-]) )*+"
_NUMBER = r"(?: \d++ (?:\.\d++)?+ | \.\d++ ) (?:[eE][+-]?\d++)?+"
_SYMBOL = r"<<\(? | \)?>> | \|\| | && | != | <= | >= | \^\^ | ."
# What follows the first character of a constant or a variable.
_IN_DOUBLE = r"""\"\" (?: [^\"\\] | \\. | \"(?!\"\") )*+ (?:\"{3})?+
                 | (?: [^\"\\\n\r] | \\. )*+ \"?+"""
_IN_SINGLE = r"""'' (?: [^'\\] | \\. | '(?!'') )*+ (?:'{3})?+
                 | (?: [^'\\\n\r] | \\. )*+ '?+"""
_IN_IRI = r"[^<>\"{}|^`\\\x00-\x20]*+ >"
_IN_NODE = r":\w (?: [\w-] | \.(?=[\w.-]) )*+"

_TOKEN = re.compile(
    rf"""
      (?P<blank>    {_BLANK} )
    | (?P<string>   \" (?: {_IN_DOUBLE} ) | ' (?: {_IN_SINGLE} ) )
    | (?P<iri>      < {_IN_IRI} )
    | (?P<variable> [?$]\w++ )
    | (?P<node>     _ {_IN_NODE} )
    | (?P<number>   {_NUMBER} )
    | (?P<name>     {_NAME} )
      (?P<local>    : {_LOCAL} )?+
    | (?P<symbol>   {_SYMBOL} )
    """,
    re.VERBOSE | re.DOTALL,
)

# The same tokens, of which three groups take what `shape` keeps: the first character of a constant
# or a variable; what comes after a number, if anything does; words, prefixes and symbols.
_SHAPE = re.compile(
    rf"""
    {_BLANK}++
    | (?: (["'<?$_]) (?: (?<=") (?: {_IN_DOUBLE} ) | (?<=') (?: {_IN_SINGLE} ) | (?<=<) {_IN_IRI}
                       | (?<=[?$]) \w++ | (?<=_) {_IN_NODE} )
        | {_NUMBER} (?=(.?.?))
        | ( (?: {_NAME} ) :?+ | {_SYMBOL} ) (?: (?<=:) {_LOCAL} )?+
      ) {_BLANK}*+
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"\w+")

Shape = tuple[tuple[str, str, str], ...]


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


def shape(text: str) -> Shape:
    """Return what a text has in common with those that differ from it in constants only.

    Texts of one shape have the same tokens, but for what stands in strings, IRIs and numbers, for
    the names of variables, and for the part of a name after its prefix.
    """
    return tuple(_SHAPE.findall(text))
