"""What a query's text amounts to: its form, its depth, how much work it asks for."""

import re
from collections import Counter
from typing import get_args

from citydiplomacy.engine import Form
from citydiplomacy.engine.tokens import Token
from citydiplomacy.errors import QueryRefusedError, QueryTooComplexError, UpdateRefusedError
from citydiplomacy.settings import Settings

_FORMS: dict[str, Form] = {form.upper(): form for form in get_args(Form)}
_UPDATES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}
)
_NEW_EACH_TIME = ("NOW", "RAND", "UUID")
_GLUED_PREFIX = re.compile("^PREFIX", re.IGNORECASE)
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})

_OPENING = frozenset({"{", "[", "(", "<<", "<<("})
_CLOSING = frozenset({"}", "]", ")", ">>", ")>>"})
_SYMBOLS = frozenset(
    {"{", "!", "!=", "=", "<", ">", "<=", ">=", "+", "-", "*", "/", "|", "||", "&&", "^", "?"}
)
_CLAUSES = frozenset(
    {"AS", "BIND", "EXISTS", "FILTER", "GRAPH", "IN", "LATERAL", "MINUS", "NOT", "OPTIONAL"}
    | {"SELECT", "UNION", "VALUES"}
)
# After one of these, a term in a group begins a triple pattern.
_BEFORE_PATTERN = frozenset({"{", "}", "[", "]", ")", "."})
_BEFORE_MEMBER = frozenset({")", "]"})


class Reading:
    """What has been seen of a query so far."""

    def __init__(self, settings: Settings) -> None:
        self.form: Form | None = None
        self.place = 0
        self.undeclared: dict[str, int] = {}
        self.is_new_each_time = False
        self._settings = settings
        self._declared: set[str] = set()
        self._begun = False
        self._brackets: list[str] = []
        self._counts: Counter[str] = Counter()
        self._previous = Token("symbol", "", 0)
        self._in_values = False

    def take(self, token: Token) -> None:
        """Take the next token into account."""
        if token.kind == "word":
            self._take_word(token)
        elif token.kind == "prefixed":
            self._take_prefix(token)
        if token.is_term:
            self._take_term()
        elif token.kind == "symbol":
            self._take_symbol(token.text)
        self._previous = token

    def _take_word(self, token: Token) -> None:
        word = token.text
        # Parsers read `1SERVICE` and `trueSERVICE` as two words; no other word contains this one.
        if "SERVICE" in word:
            raise QueryRefusedError(
                "SERVICE is not allowed: this endpoint asks no other services.",
                "Ask the other service yourself, or federate from your own engine.",
            )
        # The same goes for these; what merely contains one loses only its place in a cache.
        if any(name in word for name in _NEW_EACH_TIME):
            self.is_new_each_time = True
        if not self._begun and word not in _PROLOGUE:
            self._begin(token)
        if word in _CLAUSES:
            self._count("query_operators")
        if word == "OPTIONAL":
            self._count("query_optionals")
        self._in_values = self._in_values or word == "VALUES"

    def _begin(self, token: Token) -> None:
        self._begun = True
        self.form = _FORMS.get(token.text)
        self.place = token.start
        if token.text in _UPDATES:
            raise UpdateRefusedError(
                "This is a SPARQL Update; the endpoint only answers queries.",
                "Changes are made to the files of the dataset, by a pull request.",
            )

    def _take_prefix(self, token: Token) -> None:
        prefix = token.text.partition(":")[0]
        if not self._begun:
            # `PREFIX:<…>` without a space declares the empty prefix.
            self._declared |= {prefix, _GLUED_PREFIX.sub("", prefix)}
        elif prefix not in self._declared:
            self.undeclared.setdefault(prefix, token.start)

    def _take_term(self) -> None:
        around = self._brackets[-1] if self._brackets else ""
        before = self._previous
        if around in {"{", "["} and before.text in _BEFORE_PATTERN:
            self._count("query_patterns")
        elif around == "(" and (before.is_term or before.text in _BEFORE_MEMBER):
            # Two terms side by side in parentheses are members of a list: two triples for each.
            self._count("query_patterns", 2)

    def _take_symbol(self, symbol: str) -> None:
        around = self._brackets[-1] if self._brackets else ""
        if symbol in _OPENING:
            self._open(symbol, around)
        elif symbol in _CLOSING:
            del self._brackets[-1:]
        elif symbol == "/" or (symbol in {";", ","} and around in {"{", "["}):
            # A path is joined step by step, so each step is as dear as a pattern.
            self._count("query_patterns")
        if around != "values" and (symbol in _SYMBOLS or (symbol == "," and around == "(")):
            self._count("query_operators")

    def _open(self, bracket: str, around: str) -> None:
        if around in {"values", "template"}:
            kind = around
        elif self._in_values:
            kind = "values"
            self._in_values = bracket != "{"
        elif bracket == "{" and self._previous.text == "CONSTRUCT":
            kind = "template"  # written, never searched
        else:
            kind = bracket
        if around == "(" and self._is_member(bracket):
            self._count("query_patterns", 2)
        self._brackets.append(kind)
        if len(self._brackets) > self._settings.query_depth:
            raise _too_complex("query_depth", self._settings.query_depth)

    def _is_member(self, bracket: str) -> bool:
        """Tell whether a bracket in parentheses is a member of a list, not of an expression."""
        before = self._previous
        after_value = before.kind in {"variable", "string", "number"}
        return bracket == "[" or before.text in _BEFORE_MEMBER or after_value

    def _count(self, setting: str, number: int = 1) -> None:
        limit = getattr(self._settings, setting)
        self._counts[setting] += number
        if self._counts[setting] > limit:
            raise _too_complex(setting, limit)


_TOO_COMPLEX = {
    "query_depth": "nests brackets deeper than {} levels",
    "query_patterns": "has more than {} triple patterns and path steps",
    "query_optionals": "has more than {} OPTIONAL clauses",
    "query_operators": "has more than {} operators and clauses",
}


def _too_complex(setting: str, limit: int) -> QueryTooComplexError:
    return QueryTooComplexError(
        f"The query {_TOO_COMPLEX[setting].format(limit)}.",
        "Break it into smaller queries; put long lists into VALUES, whose rows do not count.",
        setting,
        limit,
    )
