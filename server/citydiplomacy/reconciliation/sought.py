"""What somebody looks for: a name, types, and conditions on properties."""

from dataclasses import dataclass
from typing import Literal

Quantifier = Literal["any", "all", "none"]

MOST_CANDIDATES = 100
FEW_CANDIDATES = 10


@dataclass(frozen=True)
class Condition:
    """What a property should have as its value: one of the texts, or all, or none of them."""

    property_id: str
    texts: tuple[str, ...]
    quantifier: Quantifier = "any"
    required: bool = False


@dataclass(frozen=True)
class Sought:
    """One query: who is called so, is of such a type, and meets the conditions as far as known."""

    text: str = ""
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    limit: int = FEW_CANDIDATES
    conditions: tuple[Condition, ...] = ()
    is_strict: bool = False
    """Whether who is of none of the types is no candidate at all."""
    needs_name: bool = False
    """Whether who is not called so is no candidate at all."""
