"""Bringing what Wikidata says: from a real SPARQL server, whatever happens on the way."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest

from citydiplomacy import durable
from citydiplomacy.namespaces import BASE, CD
from citydiplomacy.wikidata import ENTITY, harvest
from citydiplomacy.wikidata.harvest import Harvest, Report
from citydiplomacy.wikidata.source import Endpoint, HarvestError, Manners, TooHeavyError
from wikidata_world import (
    Proxy,
    Trouble,
    add_a_stack_trace,
    break_off,
    checkout,
    forward,
    hang,
    proxy,
    refuse,
    send_a_page,
    send_other_json,
    server,
    started,
)

HASTY = Manners(pause=0.01, patience=0.5, first_wait=0.05, longest_wait=2)
"""As polite as any, only faster."""

ITEMS, BATCHES = 7, 4
"""Linked items of the world, and the batches of two that they make."""

# Items, twinning and memberships of all batches, and the names of four values.
REQUESTS = 3 * BATCHES + 2


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("wikidata")) as address:
        yield address


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def between(endpoint: str) -> Iterator[Proxy]:
    """A proxy that makes no trouble yet."""
    with proxy(endpoint) as made:
        yield made


def planned(endpoint: str, root: Path, folder: Path, manners: Manners = HASTY) -> Harvest:
    asked = Endpoint(endpoint, manners)
    return Harvest(asked, folder / "work", folder / "imported/wikidata", root, size=2)


def brought(folder: Path) -> set[str]:
    """Return all that the records say, but for whom they were asked of."""
    files = sorted((folder / "imported/wikidata/wikidata-record").glob("*.ttl"))
    triples = (
        quad.triple
        for file in files
        for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE)
    )
    return {str(each) for each in triples if each.predicate.value != f"{CD}retrievedFrom"}


@pytest.fixture(scope="module")
def undisturbed(endpoint: str, root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder: Path = tmp_path_factory.mktemp("undisturbed")
    harvest.run(planned(endpoint, root, folder))
    return brought(folder)


@pytest.fixture(scope="module")
def report(endpoint: str, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return harvest.run(planned(endpoint, root, tmp_path_factory.mktemp("report")))


def test_a_harvest_asks_about_the_linked_cities_and_regions(root: Path) -> None:
    numbers = [iri.removeprefix(f"{ENTITY}Q") for iri in harvest.linked_items(root)]
    assert numbers == [str(number) for number in range(900101, 900108)]


STATEMENTS = {
    "Q900101-A": "P190 Q900102 normal since 1965",
    "Q900101-B": "P190 Q900103 preferred since 1973-05",
    "Q900101-C": "P190 Q900104 deprecated",
    "Q900101-D": "P463 Q900120 normal since 1999",
    "Q900101-E": "P190 Q900102 deprecated since 1973-05",
    "Q900102-A": "P190 Q900101 normal since 1965-07-01",
    "Q900102-B": "P190 Q900110 normal since 199X none P582",
    "Q900102-C": "P190 normal unknown P190",
    "Q900102-D": "P190 Q900111 normal",
    "Q900103-A": "P190 Q900104 normal until 2020 unknown P580",
    "Q900103-B": "P190 Q900110 normal",
    "Q900104-A": "P190 Q900103 normal until 2020 unknown P580",
    "Q900104-B": "P190 Q900105 normal",
    "Q900105-A": "P190 normal none P190",
}


def test_every_statement_is_brought_as_it_stands(undisturbed: set[str]) -> None:
    told: dict[str, dict[str, str]] = {}
    for triple in undisturbed:
        found = re.fullmatch(r"<\S+/statement/(\S+)> <\S+#(\w+)> (.+)", triple)
        if found:
            value = re.split(r"[/#]", found[3].strip('<>"'))[-1]
            told.setdefault(found[1], {})[found[2]] = value
    assert {name: _told(facts) for name, facts in told.items()} == STATEMENTS


def _told(facts: dict[str, str]) -> str:
    words = {
        "statementProperty": "",
        "statementValue": "",
        "statementRank": "",
        "statedStart": "since ",
        "statedEnd": "until ",
        "hasUnknown": "unknown ",
        "hasNone": "none ",
    }
    return " ".join(f"{word}{facts[name]}" for name, word in words.items() if name in facts)


@pytest.mark.parametrize(
    "said",
    [
        "/reference/aa> <{cd}referenceAddress> <https://dunmere.example/twins>",
        '/reference/aa> <{cd}retrievedOn> "2021-02-03"',
        "/reference/bb> <{cd}importedFrom> <http://www.wikidata.org/entity/Q900130>",
        "/reference/bb> <{cd}importedFrom> <https://encyclopaedia.example/Alby>",
        "/reference/cc> <{cd}referenceWork> <http://www.wikidata.org/entity/Q900131>",
        'Q900102-B> <{cd}valueLabel> "Farhaven"@en',
        'Q900101-B> <{cd}valueLabel> "Kelling"@mul',
        'q900101> <{cd}itemLabel> "アルビー"@ja',
        'q900101> <{cd}itemLatitude> "59.25"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        'q900102> <{cd}itemLongitude> "10"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ],
)
def test_references_labels_and_places_are_brought(said: str, undisturbed: set[str]) -> None:
    assert [triple for triple in undisturbed if triple.endswith(said.format(cd=CD))]


def test_of_two_places_none_is_written(undisturbed: set[str]) -> None:
    record = f"<{BASE}wikidata-record/q900103>"
    assert not [t for t in undisturbed if t.startswith(record) and "itude" in t]


def test_what_somebody_has_to_look_at_is_reported(report: Report) -> None:
    assert (report.items, report.statements) == (6, {"twinning": 13, "memberships": 1})
    assert (report.deprecated, report.vague) == (2, 1)
    assert report.unknown == ["Q900106"]
    assert report.merged == {"Q900107": "Q900102"}


@pytest.mark.drill
def test_a_record_says_of_whom_it_was_asked_and_when(
    endpoint: str, root: Path, tmp_path: Path
) -> None:
    harvest.run(planned(endpoint, root, tmp_path))
    text = (tmp_path / "imported/wikidata/wikidata-record/q900101.ttl").read_text("utf-8")
    assert text.startswith("# Written by `citydiplomacy harvest wikidata`")
    assert f"cd:retrievedFrom <{endpoint}> ;" in text
    assert f'cd:retrievedOn "{datetime.now(UTC).date()}" ;' in text


@pytest.mark.drill
def test_the_next_harvest_replaces_all_records(endpoint: str, root: Path, tmp_path: Path) -> None:
    plan = planned(endpoint, root, tmp_path)
    harvest.run(plan)
    old = plan.into / "wikidata-record" / "q1.ttl"
    old.write_text("of an item that nobody is linked with any more")
    harvest.run(plan)
    assert not old.exists()
    assert len(list(plan.into.rglob("*.ttl"))) == 6
    assert not plan.work.exists()


# ------------------------------------------------------------------- politeness


def test_whoever_is_asked_learns_who_asks_and_has_time_between(
    between: Proxy, root: Path, tmp_path: Path
) -> None:
    harvest.run(planned(between.endpoint, root, tmp_path))
    assert len(between.requests) == REQUESTS
    agents = {request.agent for request in between.requests}
    assert all(re.match(rf"CityDiplomacyGraph/[\d.]+ \({BASE}", agent) for agent in agents)
    # One at a time, and never at once.
    pauses = [after.begun - before.ended for before, after in pairwise(between.requests)]
    assert min(pauses) >= HASTY.pause * 0.9


@pytest.mark.drill
def test_nothing_is_asked_twice(between: Proxy, root: Path, tmp_path: Path) -> None:
    harvest.run(planned(between.endpoint, root, tmp_path))
    assert len(set(between.queries)) == REQUESTS


# --------------------------------------------------------------------- troubles

JUST_NOW = format_datetime(datetime.now(UTC) - timedelta(seconds=1), usegmt=True)
TROUBLES = {"429": refuse(429, Retry_After="0"), "breaks off": break_off, "a page": send_a_page}
MORE_TROUBLES = {
    "429 without a word": refuse(429),
    "503 until a time": refuse(503, Retry_After=JUST_NOW),
    "500": refuse(500),
    "502": refuse(502),
    "hangs": hang,
    "stack trace": add_a_stack_trace,
    "other JSON": send_other_json,
}


@pytest.mark.parametrize(
    "trouble",
    [
        *(pytest.param(trouble, id=name) for name, trouble in TROUBLES.items()),
        *(
            pytest.param(trouble, id=name, marks=pytest.mark.drill)
            for name, trouble in MORE_TROUBLES.items()
        ),
    ],
)
def test_after_trouble_nothing_is_lost_and_nothing_doubled(
    trouble: Trouble, between: Proxy, root: Path, tmp_path: Path, undisturbed: set[str]
) -> None:
    between.troubles = {2: trouble, 7: trouble}
    report = harvest.run(planned(between.endpoint, root, tmp_path))
    assert brought(tmp_path) == undisturbed
    assert report.statements == {"twinning": 13, "memberships": 1}
    assert len(between.requests) == REQUESTS + 2
    # The same again, after a longer pause.
    again = between.requests[2].begun - between.requests[1].ended
    assert between.queries[1] == between.queries[2]
    assert again >= HASTY.first_wait / 2


@pytest.mark.drill
def test_whoever_asks_to_wait_is_waited_for(between: Proxy, root: Path, tmp_path: Path) -> None:
    between.troubles = {1: refuse(429, Retry_After="1")}
    harvest.run(planned(between.endpoint, root, tmp_path))
    assert between.requests[1].begun - between.requests[0].ended >= 1


@pytest.mark.drill
def test_each_wait_is_longer(between: Proxy, root: Path, tmp_path: Path) -> None:
    between.troubles = dict.fromkeys((1, 2, 3), refuse(500))
    harvest.run(planned(between.endpoint, root, tmp_path))
    first, second, third, *_ = (
        after.begun - before.ended for before, after in pairwise(between.requests)
    )
    # Jitter takes half at most.
    assert [first >= 0.025, second >= 0.05, third >= 0.1] == [True] * 3


@pytest.mark.drill
def test_what_does_not_pass_ends_the_harvest_in_words(
    between: Proxy, root: Path, tmp_path: Path
) -> None:
    between.always = refuse(503)
    with pytest.raises(HarvestError, match="could not be asked in 6 tries"):
        harvest.run(planned(between.endpoint, root, tmp_path))
    assert len(between.requests) == HASTY.tries


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (refuse(403), "refuses with status 403: Not now."),
        (refuse(400), "refuses with status 400"),
        (refuse(301, Location="https://elsewhere.example/"), "https://elsewhere.example/"),
        (refuse(429, Retry_After="3600"), "asks to wait for 3600 seconds"),
    ],
)
def test_who_must_not_be_asked_again_is_not(
    trouble: Trouble, words: str, between: Proxy, root: Path, tmp_path: Path
) -> None:
    between.always = trouble
    with pytest.raises(HarvestError, match=re.escape(words)):
        harvest.run(planned(between.endpoint, root, tmp_path))
    assert len(between.requests) == 1


def test_a_harvest_that_was_broken_off_goes_on_where_it_stopped(
    between: Proxy, root: Path, tmp_path: Path, undisturbed: set[str]
) -> None:
    between.troubles = {6: refuse(403)}
    plan = planned(between.endpoint, root, tmp_path)
    with pytest.raises(HarvestError):
        harvest.run(plan)
    assert not plan.into.exists()
    report = harvest.run(plan)
    assert report.resumed == 5
    assert brought(tmp_path) == undisturbed
    # What was answered is not asked again: only the one that was refused came twice.
    assert len(between.requests) == REQUESTS + 1
    assert len(set(between.queries)) == REQUESTS


@pytest.mark.drill
def test_a_batch_that_was_half_written_is_asked_again(
    between: Proxy, root: Path, tmp_path: Path, undisturbed: set[str]
) -> None:
    between.troubles = {6: refuse(403)}
    plan = planned(between.endpoint, root, tmp_path)
    with pytest.raises(HarvestError):
        harvest.run(plan)
    # As a process leaves it that is killed while it writes.
    (plan.work / ".items-0.json.part").write_text('{"retrieved": "2026-')
    harvest.run(plan)
    assert brought(tmp_path) == undisturbed


@pytest.mark.drill
def test_a_harvest_that_was_killed_goes_on_where_it_stopped(
    between: Proxy, tmp_path: Path, undisturbed: set[str]
) -> None:
    checkout(tmp_path / "checkout")
    command = ("harvest", "wikidata", "--endpoint", between.endpoint, "--quiet")
    between.troubles = {2: hang}
    with started(tmp_path / "checkout", *command) as process:
        while len(between.requests) < 2:
            time.sleep(0.05)
        process.kill()
    with started(tmp_path / "checkout", *command, "--resume") as process:
        told, wrong = process.communicate()
    assert process.returncode == 0, wrong
    assert "Batches that were there already: 1." in told
    assert brought(tmp_path / "checkout/data") == undisturbed
    assert len(between.queries) == len(set(between.queries)) + 1


def test_two_harvests_do_not_ask_at_the_same_time(
    between: Proxy, root: Path, tmp_path: Path
) -> None:
    plan = planned(between.endpoint, root, tmp_path)
    with (
        durable.alone(plan.work.parent),
        pytest.raises(HarvestError, match="Another harvest is under way"),
    ):
        harvest.run(plan)
    assert between.requests == []


@pytest.mark.drill
def test_a_harvest_that_asked_something_else_is_begun_again(
    between: Proxy, root: Path, tmp_path: Path
) -> None:
    between.troubles = {6: refuse(403)}
    plan = planned(between.endpoint, root, tmp_path)
    with pytest.raises(HarvestError):
        harvest.run(plan)
    larger = Harvest(plan.endpoint, plan.work, plan.into, root, size=10)
    assert harvest.run(larger).resumed == 0


@pytest.mark.drill
def test_whoever_wants_to_begins_anew(between: Proxy, root: Path, tmp_path: Path) -> None:
    between.troubles = {6: refuse(403)}
    plan = planned(between.endpoint, root, tmp_path)
    with pytest.raises(HarvestError):
        harvest.run(plan)
    assert harvest.run(plan, anew=True).resumed == 0
    assert len(between.requests) == 6 + REQUESTS


@pytest.mark.drill
def test_what_is_too_much_at_once_is_asked_in_halves(
    between: Proxy, root: Path, tmp_path: Path, undisturbed: set[str]
) -> None:
    def tire(handler: object, body: bytes) -> None:
        asked = set(re.findall(rb"%2Fentity%2F(Q9\d+)", body))
        (refuse(504) if len(asked) > 1 else forward)(handler, body)  # type: ignore[arg-type]

    between.always = tire
    manners = Manners(pause=0, first_wait=0, heavy_tries=1)
    harvest.run(planned(between.endpoint, root, tmp_path, manners))
    assert brought(tmp_path) == undisturbed


@pytest.mark.drill
def test_one_item_that_is_too_much_is_told(between: Proxy, root: Path, tmp_path: Path) -> None:
    between.always = refuse(504)
    with pytest.raises(TooHeavyError, match="takes too long"):
        harvest.run(planned(between.endpoint, root, tmp_path))


def test_an_answer_without_end_is_not_read(between: Proxy) -> None:
    between.always = lambda handler, _: handler.send(
        200, b" " * 5000, "application/sparql-results+json"
    )
    frugal = Manners(pause=0, patience=0.5, most_bytes=1000)
    with pytest.raises(TooHeavyError, match="more than 1000 bytes"):
        Endpoint(between.endpoint, frugal).ask("SELECT * {}")


@pytest.mark.parametrize("address", ["wikidata", "file:///etc/passwd", "http://u:p@host/", ""])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(HarvestError, match="is no address of a SPARQL endpoint"):
        Endpoint(address)


def test_where_nothing_is_linked_nothing_is_asked(between: Proxy, tmp_path: Path) -> None:
    (tmp_path / "data/city").mkdir(parents=True)
    with pytest.raises(HarvestError, match="nothing can be asked"):
        harvest.run(planned(between.endpoint, tmp_path, tmp_path))
    assert between.requests == []
