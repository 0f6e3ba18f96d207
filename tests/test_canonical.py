"""The canonical form of results: what makes no difference, what does, and what has none."""

import json
from collections.abc import Iterable

import pytest

from citydiplomacy.engine.canonical import Canonical, read
from citydiplomacy.errors import QueryRefusedError


def graph(*pairs: tuple[int, int]) -> Canonical:
    """Return the graph in which blank nodes lead to each other, of whom nothing else is said."""
    lines = (f"_:n{one} <urn:p> _:n{other} .\n" for one, other in pairs)
    return read("".join(lines).encode(), "construct")


def ring(nodes: Iterable[int]) -> list[tuple[int, int]]:
    """Return the pairs of nodes each of which leads to the next, the last to the first."""
    first, *rest = nodes
    return list(zip([first, *rest], [*rest, first], strict=True))


def clique(size: int) -> list[tuple[int, int]]:
    return [(one, other) for one in range(size) for other in range(size) if one != other]


def rows(*values: str) -> Canonical:
    bindings = [{"x": {"type": "literal", "value": value}} for value in values]
    told = {"head": {"vars": ["x"]}, "results": {"bindings": bindings}}
    return read(json.dumps(told).encode(), "select")


def test_a_row_that_is_found_once_more_is_one_that_came() -> None:
    before, after = rows("a", "b", "b"), rows("b", "c", "b", "b")
    assert [row.line for row in after.without(before)] == ['"b"', '"c"']
    assert [row.line for row in before.without(after)] == ['"a"']


def test_one_ring_of_six_is_not_two_of_three() -> None:
    one, two = graph(*ring(range(6))), graph(*ring(range(3)), *ring(range(3, 6)))
    assert one.digest != two.digest
    # Each triple alone is the same: a blank node leads to another one.
    assert (one.without(two), two.without(one)) == ((), ())


def test_where_a_ring_begins_makes_no_difference() -> None:
    assert graph(*ring(range(5))).digest == graph(*ring([3, 1, 4, 2, 0])).digest


def test_many_blank_nodes_that_differ_are_no_trouble() -> None:
    lines = (f'_:n{each} <urn:p> "{each}" .\n_:n{each} <urn:q> _:hub .\n' for each in range(5_000))
    assert len(read("".join(lines).encode(), "construct").rows) == 10_000


def test_many_blank_nodes_that_lead_nowhere_are_no_trouble() -> None:
    lines = (f"<urn:s> <urn:p> _:n{each} .\n" for each in range(5_000))
    assert len(read("".join(lines).encode(), "construct").rows) == 5_000


@pytest.mark.timeout(20)
def test_no_blank_nodes_keep_the_service_busy_for_long() -> None:
    assert len(graph(*clique(7)).rows) == 42
    pairs = [(one + 7 * each, other + 7 * each) for each in range(50) for one, other in clique(7)]
    for unwieldy in (clique(8), clique(40), ring(range(2_000)), pairs):
        with pytest.raises(QueryRefusedError, match="look alike"):
            graph(*unwieldy)
