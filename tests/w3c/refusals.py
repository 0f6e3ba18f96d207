"""What must be refused: updates, and queries that would have us ask other services."""

from collections.abc import Iterable

import pyoxigraph as ox

from w3c.endpoint import Endpoint, serving
from w3c.outcomes import Outcome
from w3c.protocol import UPDATE
from w3c.suites import Case, Dataset, Document

_NODE = ox.NamedNode("http://example.org/")
# Suites about syntax have no data: there is always something that an update could take away.
_STANDING = ox.Quad(_NODE, _NODE, _NODE)


def refuse_queries(cases: Iterable[Case], outcome: Outcome) -> None:
    with serving([]) as endpoint:
        for case in cases:
            response = endpoint.post(case.text)
            if response.problem == "query-refused":
                outcome.refused += 1
            else:
                outcome.faults.append(f"{case.name}: {response}")


def refuse_updates(cases: list[Case], outcome: Outcome) -> None:
    """Send each update in every way there is, over all data that the suite has."""
    assert cases[0].action
    folder = cases[0].action.file.parent
    documents = [Document(file, f"file:///{file.name}") for file in sorted(folder.glob("*.ttl"))]
    everything = Dataset(tuple(documents), tuple(documents)).quads()
    with serving([_STANDING, *everything], union_default_graph=False) as endpoint:
        before = _content(endpoint)
        for case in cases:
            statuses = _statuses(endpoint, case)
            if statuses in ([403, 403, 403], [403, 403, 400]):
                outcome.refused += 1
            else:
                outcome.faults.append(f"{case.name}: {statuses}")
        assert len(before) > len(["variables", "end"])
        if _content(endpoint) != before:
            outcome.faults.append("an update changed the data")


def _statuses(endpoint: Endpoint, case: Case) -> list[int]:
    """Return the answers to an update sent as a body, in a form, and in the place of a query."""
    assert case.action
    text = case.action.text
    ways = (endpoint.post(text, UPDATE), endpoint.submit(update=text), endpoint.submit(query=text))
    return [response.status for response in ways]


def _content(endpoint: Endpoint) -> list[bytes]:
    everything = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    return sorted(endpoint.post(everything, accept="text/csv").body.split(b"\n"))
