"""The suites of the W3C: over HTTP the service passes what its library passes, and no update.

`w3c/conformance.tsv` records what comes of each suite; a line that is no longer so fails its test,
which shows the new one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from citydiplomacy import paths
from w3c import download, runs
from w3c.protocol import CASES
from w3c.suites import Suites

API = (paths.root() / "docs" / "api.md").read_text("utf-8")
TABLE = (Path(__file__).parent / "w3c" / "conformance.tsv").read_text("utf-8").splitlines()
RECORDED = {line.partition("\t")[0]: line for line in TABLE[1:]}


def counts(line: str) -> list[int]:
    """Return how many tests of a suite passed, failed, were refused and excluded."""
    return [int(number) for number in line.split("\t")[1:5]]


# Suites that ask of data; of those about syntax all datasets are empty.
ASKING = [name for name, line in RECORDED.items() if counts(line)[0] and "syntax" not in name]


@pytest.fixture(scope="session")
def published() -> Suites:
    try:
        return download.fetch()
    except OSError as error:
        pytest.skip(str(error))


@pytest.mark.drill
def test_every_suite_is_recorded(published: Suites) -> None:
    assert sorted(RECORDED) == published.names()


@pytest.mark.drill
@pytest.mark.parametrize("suite", RECORDED)
def test_a_suite_comes_out_as_recorded(
    published: Suites, suite: str, record_property: Callable[[str, object], None]
) -> None:
    outcome = runs.run(suite, published.cases(suite))
    record_property("conformance", outcome.line(suite))
    assert outcome.faults == []
    assert outcome.line(suite) == RECORDED[suite]
    assert sum(counts(RECORDED[suite])) == len(published.cases(suite))


@pytest.mark.drill
@pytest.mark.parametrize("suite", ASKING)
def test_a_dataset_named_by_the_protocol_answers_as_one_that_is_loaded(
    published: Suites, suite: str
) -> None:
    outcome = runs.run(suite, published.cases(suite), by_protocol=True)
    assert outcome.faults == []
    assert outcome.line(suite) == RECORDED[suite]


@pytest.mark.drill
def test_every_case_of_the_protocol_has_its_requests(published: Suites) -> None:
    assert {case.name for case in published.cases("sparql11/protocol")} == set(CASES)


def test_the_numbers_of_the_documentation_are_those_recorded() -> None:
    for family in ("sparql10", "sparql11"):
        rows = [counts(line) for name, line in RECORDED.items() if name.startswith(family)]
        total = " | ".join(f"{sum(column):,}" for column in zip(*rows, strict=True))
        assert f" | {total} |" in API, family
