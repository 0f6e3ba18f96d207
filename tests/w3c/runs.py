"""Running a suite: against the engine's library in this process, and over HTTP."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from w3c import answers, refusals
from w3c.endpoint import Endpoint, Response, serving
from w3c.outcomes import Outcome
from w3c.suites import Case, Dataset, Document, stored

EXCLUDED = {
    "sparql11/entailment": "no regime is claimed: what follows is derived when a release is built",
    "sparql11/protocol": "the manifest has names only; test_web_protocol.py has the cases",
    "sparql11/service-description": "as protocol",
}
"""Suites that are not run, and why."""

REFUSED = {
    "sparql11/service": "the endpoint asks no other services",
    "sparql11/syntax-fed": "the endpoint asks no other services",
}
"""Suites of queries that must all be refused, and why; updates are refused wherever they stand."""


def run(suite: str, cases: Iterable[Case], by_protocol: bool = False) -> Outcome:
    """Run a suite.

    Each dataset is served by an engine of its own; or by protocol: all files of the suite are named
    graphs of one engine, and each request says which of them its dataset is.
    """
    outcome = Outcome()
    if suite in EXCLUDED:
        outcome.excluded = len(list(cases))
        return outcome
    updates = [case for case in cases if case.is_update]
    queries = [case for case in cases if not case.is_update]
    if updates:
        refusals.refuse_updates(updates, outcome)
    elif suite in REFUSED:
        refusals.refuse_queries(queries, outcome)
    else:
        _answer(queries, outcome, by_protocol)
    return outcome


def _answer(cases: Iterable[Case], outcome: Outcome, by_protocol: bool) -> None:
    groups = defaultdict(list)
    for case in cases:
        groups[None if by_protocol else _dataset(case)].append(case)
    for dataset, group in groups.items():
        loaded = dataset.quads() if dataset else _all_named(map(_dataset, group))
        with serving(loaded, union_default_graph=False) as endpoint:
            for case in group:
                _compare(case, _ask(endpoint, case, by_protocol), outcome)


def _compare(case: Case, response: Response, outcome: Outcome) -> None:
    if not _library_passes(case):
        outcome.failed.append(case.name)
        fault = str(response) if response.status >= 500 else ""
    else:
        fault = _fault(case, response)
        outcome.passed += not fault
    outcome.faults += [f"{case.name}: {fault}"] if fault else []


def _dataset(case: Case) -> Dataset:
    """Return what has to be loaded: the graphs that a query names in FROM are named graphs."""
    return Dataset(case.dataset.default, (*case.dataset.named, *case.clauses))


def _all_named(datasets: Iterable[Dataset]) -> Iterator[ox.Quad]:
    graphs = {
        graph for dataset in datasets for graph in (*map(_apart, dataset.default), *dataset.named)
    }
    return Dataset(named=tuple(graphs)).quads()


def _apart(document: Document) -> Document:
    """Return a document under another name: as a default graph it has other blank nodes."""
    return Document(document.file, f"{document.iri}?default")


def _ask(endpoint: Endpoint, case: Case, by_protocol: bool) -> Response:
    default = [("default-graph-uri", _apart(each).iri) for each in case.dataset.default]
    named = [("named-graph-uri", each.iri) for each in case.dataset.named]
    graphs = default + named if by_protocol else []
    return endpoint.post(case.text, accept=answers.wanted(case.result), graphs=graphs)


def _fault(case: Case, response: Response) -> str:
    """Return what is wrong with a response to a query that the library answers rightly."""
    if case.kind.startswith("Negative"):
        return "" if response.problem == "query-syntax-error" else str(response)
    if case.result is None:  # a test of syntax: the query has been read, if not answered
        understood = response.status == 200 or response.problem == "query-not-answered"
        return "" if understood else str(response)
    if response.status != 200:
        return str(response)
    found = answers.received(response.body, response.media_type)
    return "" if answers.agree(answers.expected(case.result), found, case.lax) else str(response)


def _library_passes(case: Case) -> bool:
    assert case.action
    store = stored(_dataset(case).quads())
    try:
        found = store.query(case.action.text, base_iri=case.action.iri)
        if case.result is None:
            return not case.kind.startswith("Negative")
        expected, answer = answers.expected(case.result), _written(found, case.result)
    except SyntaxError:
        return case.kind.startswith("Negative")
    except RuntimeError:  # such as a function that it does not have
        return case.kind.startswith("Positive")
    return answers.agree(expected, answer, case.lax)


def _written(
    found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, result: Document
) -> answers.Answer:
    """Return the library's answer in the format of the result to be expected."""
    if isinstance(found, ox.QueryTriples):
        turtle = found.serialize(format=ox.RdfFormat.TURTLE) or b""
        return answers.received(turtle, ox.RdfFormat.TURTLE.media_type)
    wanted = ox.QueryResultsFormat.from_media_type(answers.wanted(result))
    format_ = wanted or ox.QueryResultsFormat.JSON
    return answers.received(found.serialize(format=format_) or b"", format_.media_type)
