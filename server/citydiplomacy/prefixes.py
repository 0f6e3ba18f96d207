"""Short names in documents: which prefixes there is a use for, and the order they stand in."""

import re

from citydiplomacy.namespaces import BASE, PREFIXES

_OURS = re.compile(rf"<(?P<namespace>{re.escape(BASE)}(?:vocab/)?(?P<prefix>[a-z-]+)[/#])")
_DECLARED = re.compile(r"(?:@prefix [^\n]*\n)+")


def needed(ntriples: str) -> dict[str, str]:
    """Return the namespaces that occur in N-Triples, by prefix; a kind of entity is one."""
    known = {prefix: iri for prefix, iri in PREFIXES.items() if f"<{iri}" in ntriples}
    ours = {found["prefix"]: found["namespace"] for found in _OURS.finditer(ntriples)}
    return {prefix: iri for prefix, iri in ours.items() if prefix != "ontology"} | known


def sorted_in(turtle: str) -> str:
    """Return Turtle or TriG with the prefixes at its beginning in their order.

    Serialisers write them in an order of their own, another one each time.
    """
    return _DECLARED.sub(
        lambda found: "".join(sorted(found[0].splitlines(keepends=True))) + "\n", turtle, count=1
    )
