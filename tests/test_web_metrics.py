"""What is counted over HTTP: once for all processes, and true."""

import re
import time
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient

from citydiplomacy import supervisor
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app

ASKED = "/sparql?query=ASK%20%7B%7D%20%23metrics"


@pytest.fixture
def client(settings: Settings, release: Release) -> Iterator[FlaskClient]:
    """A client of an engine of its own, which has counted nothing yet."""
    with supervisor.running_engine(settings, release.folder) as engine:
        yield create_app(settings, engine, release).test_client()


def counted(text: str, name: str, **labels: str) -> float:
    """Return the value of a metric, 0 when it is not there."""
    told = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    line = re.escape(name + (f"{{{told}}}" if told else ""))
    found = re.search(rf"^{line} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_queries_and_cached_answers_are_counted_once(client: FlaskClient) -> None:
    for _ in range(3):
        assert client.get(ASKED).status_code == 200
    assert client.get("/sparql?query=nonsense").status_code == 400
    shown = client.get("/metrics")
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    again = client.get("/metrics").text
    for text in (shown.text, again):
        answered = counted(text, "citydiplomacy_queries_total", lane="public", outcome="answered")
        assert answered == 1
        assert counted(text, "citydiplomacy_web_responses_total", cache="misses") == 1
        assert counted(text, "citydiplomacy_web_responses_total", cache="hits") == 2
    assert counted(again, "citydiplomacy_query_seconds_count", lane="public") == 1
    assert counted(again, "citydiplomacy_queries_running") == 0


def test_every_metric_says_what_it_is(client: FlaskClient) -> None:
    text = client.get("/metrics").text
    named = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    explained = set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
    assert named == explained
    assert {name for name in named if not name.startswith("citydiplomacy_")} == set()


def test_all_web_processes_are_counted_together(service: str) -> None:
    def responses() -> float:
        with urlopen(f"{service}/metrics") as answer:  # noqa: S310  # our own server
            text = answer.read().decode()
        kinds = ("hits", "shared", "misses", "passed")
        name = "citydiplomacy_web_responses_total"
        return sum(counted(text, name, cache=kind) for kind in kinds)

    before = responses()
    for number in range(40):
        with urlopen(f"{service}{ASKED}{number % 4}") as answer:  # noqa: S310  # our own server
            assert answer.status == 200
    give_up = time.monotonic() + 15
    while responses() < before + 40 and time.monotonic() < give_up:
        time.sleep(0.5)
    assert responses() >= before + 40
