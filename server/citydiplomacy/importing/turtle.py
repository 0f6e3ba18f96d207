"""Turtle as people write it here: a block for each node, its statements below each other."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum

from citydiplomacy.namespaces import BASE, CD, PREFIXES, VOCAB, EntityName

_PREFIXES = {
    "agreement": f"{BASE}agreement/",
    "agreement-status": f"{VOCAB}agreement-status#",
    "cd": CD,
    "city": f"{BASE}city/",
    "confidence": f"{VOCAB}confidence#",
    "country": f"{BASE}country/",
    "evidence": f"{BASE}evidence/",
    "geo": PREFIXES["geo"],
    "rdf": PREFIXES["rdf"],
    "rdfs": PREFIXES["rdfs"],
    "schema": PREFIXES["schema"],
    "skos": PREFIXES["skos"],
    "source": f"{BASE}source/",
    "source-kind": f"{VOCAB}source-kind#",
    "xsd": PREFIXES["xsd"],
}
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})

Statements = Mapping[str, str | Iterable[str]]
"""The values of each property, written already."""


class Kind(Enum):
    """The kinds that are written, with the prefixes that their files need."""

    AGREEMENT = (
        "agreement agreement-status cd city confidence evidence rdf rdfs skos source geo schema"
    )
    CITY = "cd city country evidence geo rdfs schema skos xsd"
    COUNTRY = "cd country evidence rdfs skos"
    SOURCE = "cd confidence evidence rdfs skos source source-kind"

    @property
    def head(self) -> str:
        """The declarations at the beginning of a file."""
        names = sorted(self.value.split())
        return "".join(f"PREFIX {name}: <{_PREFIXES[name]}>\n" for name in names)


def name(entity: EntityName) -> str:
    """Return an entity as its prefixed name."""
    return f"{entity.kind}:{entity.slug}"


def text(value: str, language: str = "") -> str:
    """Return a string literal."""
    return f'"{value.translate(_ESCAPED)}"{language and f"@{language}"}'


def degrees(value: float) -> str:
    """Return a decimal number, in the form in which a store keeps it."""
    plain = format(Decimal(str(value)), "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    plain = "0" if plain == "-0" else plain
    return plain if "." in plain else f'"{plain}"^^xsd:decimal'


def block(subject: str, class_: str, statements: Statements) -> str:
    """Return all that is said of a node."""
    lines = [f"{subject} a {class_}"]
    for predicate, values in statements.items():
        several = [values] if isinstance(values, str) else list(values)
        if several:
            lines.append(f"    {predicate} {' , '.join(several)}")
    return " ;\n".join(lines) + " .\n"
