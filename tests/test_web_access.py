"""The access log: a line for each request, and nothing in it that is the visitor's own."""

import json
import logging
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citydiplomacy.engine import Engine
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from citydiplomacy.web import create_app
from citydiplomacy.web.access import AccessLog, opened
from common import BROWSER

ASK = "/sparql?query=ASK%7B%7D"
LARGE = "/sparql?format=csv&query=SELECT*%7B?a%20?b%20?c.?d%20a%20?e%7DLIMIT%2060000"
Lined = list[dict[str, object]]


class Buffered(FlaskClient):
    """A client that takes answers whole and lets go of them, as web servers do."""

    def open(self, *args: Any, **named: Any) -> TestResponse:
        """Return an answer that is closed already."""
        return super().open(*args, **{"buffered": True} | named)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def clients(
    settings: Settings, engine: Engine, release: Release, log: Path
) -> Callable[..., FlaskClient]:
    """Clients of applications that write to the log, each under settings of its own."""

    def make(**changed: object) -> FlaskClient:
        given = {"access_log": str(log)} | changed
        app = create_app(replace(settings, **given), engine, release)  # type: ignore[arg-type]
        app.test_client_class = Buffered
        return app.test_client()

    return make


@pytest.fixture
def client(clients: Callable[..., FlaskClient]) -> FlaskClient:
    return clients()


def lines(log: Path) -> Lined:
    return [json.loads(line) for line in log.read_text("ascii").splitlines()]


def test_a_line_says_what_was_asked_and_what_came_of_it(client: FlaskClient, log: Path) -> None:
    before = datetime.now(UTC)
    answer = client.get("/about", headers={"User-Agent": "Reader/1.0"})
    (line,) = lines(log)
    assert list(line) == [
        *("time", "method", "path", "status", "bytes", "milliseconds", "cache", "agent")
    ]
    time = datetime.fromisoformat(str(line.pop("time")))
    assert abs((time - before).total_seconds()) < 10
    assert 0 < float(str(line.pop("milliseconds"))) < 60_000
    assert line == {
        "method": "GET",
        "path": "/about",
        "status": 200,
        "bytes": len(answer.data),
        "cache": "miss",
        "agent": "Reader/1.0",
    }


def test_a_line_says_what_the_cache_did(client: FlaskClient, log: Path) -> None:
    etag = client.get("/about").headers["ETag"]
    client.get("/about")
    client.get("/about", headers={"If-None-Match": etag})
    client.head("/about")
    client.get("/healthz")
    client.post("/sparql", data={"query": "ASK {}"})
    told = [(line["cache"], line["status"], line["bytes"] == 0) for line in lines(log)]
    assert told == [
        ("miss", 200, False),
        ("hit", 200, False),
        ("hit", 304, True),
        ("hit", 200, True),
        ("pass", 200, False),
        ("pass", 200, False),
    ]


def test_a_query_is_told_from_others_and_never_shown(client: FlaskClient, log: Path) -> None:
    client.get(ASK, headers={"Referer": "http://secret.example/"})
    client.get(ASK)
    client.post("/sparql?secret", data={"query": "ASK{}"})
    client.get("/sparql", query_string={"query": "ASK { <secret:> ?p ?o }"})
    client.get("/sparql", query_string={"query": "ASK { secret"})
    client.get("/compare?city=secret")
    told = [line.get("query", "") for line in lines(log)]
    assert told[0] == told[1] == told[2]
    assert len(set(told[:5])) == 3
    assert [len(str(digest)) for digest in told] == [16, 16, 16, 16, 16, 0]
    assert "secret" not in log.read_text().lower()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/city/atlantis", "Not found"),
        ("/sparql?query=ASK", "Query syntax error"),
        ("/about", None),
    ],
)
@pytest.mark.parametrize("headers", [BROWSER, {}], ids=["page", "document"])
def test_a_line_names_the_problem(
    client: FlaskClient, log: Path, path: str, title: str | None, headers: dict[str, str]
) -> None:
    client.get(path, headers=headers)
    assert [line.get("problem") for line in lines(log)] == [title]


@pytest.mark.parametrize(("wanted", "told"), [(False, None), (True, "192.0.2.7")])
def test_clients_are_named_only_where_the_operator_wants_it(
    clients: Callable[..., FlaskClient], log: Path, wanted: bool, told: str | None
) -> None:
    client = clients(access_log_clients=wanted)
    client.get("/about", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert [line.get("client") for line in lines(log)] == [told]


@pytest.mark.parametrize("letter", ["a", '"', "\n", "\x7f", "é", "城", "🏙", "\udcff"])
def test_a_line_is_one_write_whatever_is_asked(client: FlaskClient, log: Path, letter: str) -> None:
    path = ("/" + 9000 * letter).encode("utf-8", "surrogateescape").decode("latin-1")
    everything = {
        "PATH_INFO": path,
        "REQUEST_METHOD": 900 * "X",
        "REMOTE_ADDR": 900 * "1",
        "HTTP_USER_AGENT": path,
    }
    assert client.get("/", environ_overrides=everything).status_code in {404, 405}
    (line,) = lines(log)
    assert log.stat().st_size <= select.PIPE_BUF
    assert str(line["path"]).endswith("…")


def test_a_body_that_is_sent_piece_by_piece_is_told_of_when_it_is_let_go(
    client: FlaskClient, log: Path
) -> None:
    answer = client.get(LARGE, buffered=False)
    first = next(answer.iter_encoded())
    assert log.read_bytes() == b""
    answer.close()
    answer.close()
    (line,) = lines(log)
    assert line["bytes"] == len(first)
    with client.get(LARGE) as whole:
        assert len(whole.data) > len(first)
    assert lines(log)[1]["bytes"] == len(whole.data)


def test_a_full_disk_costs_the_lines_and_is_said_once(
    clients: Callable[..., FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    client = clients(access_log="/dev/full")
    assert [client.get("/about").status_code for _ in range(3)] == [200] * 3
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "Lines of the access log are lost: No space left on device."


def test_a_dash_is_standard_error(
    clients: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    clients(access_log="-").get("/about")
    assert json.loads(capfd.readouterr().err)["path"] == "/about"


def test_a_log_that_is_gone_by_the_next_release_costs_its_lines_only(
    clients: Callable[..., FlaskClient], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = clients(access_log=str(tmp_path / "gone" / "access.log"))
    assert client.get("/about").status_code == 200
    (record,) = caplog.records
    assert record.getMessage().startswith("There is no access log: ")


def test_a_line_that_was_written_in_part_does_not_spoil_the_next(log: Path) -> None:
    written = opened(str(log))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12, hard))
        written.append(b"12345678\n")
        written.append(b"12345678\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    written.append(b"12345678\n")
    written.append(b"12345678\n")
    assert log.read_bytes() == b"12345678\n123\n12345678\n12345678\n"


def test_an_application_that_breaks_is_told_of(log: Path) -> None:
    def broken(_environ: object, _start: object) -> list[bytes]:
        raise ValueError

    logged = AccessLog(broken, opened(str(log)), with_clients=False)
    with pytest.raises(ValueError, match=r"^$"):
        logged({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, None)
    (line,) = lines(log)
    assert (line["status"], line["bytes"]) == (500, 0)


def ask(address: str, path: str, method: str = "GET", taken: int = -1) -> int:
    """Return how many bytes came of a request; leave after as many as are to be taken."""
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request(method, path)
        return len(connection.getresponse().read(None if taken < 0 else taken))


def test_two_web_processes_write_whole_lines_into_one_file(
    settings: Settings, release: Release, log: Path
) -> None:
    script = Path(sys.executable).with_name("citydiplomacy")
    given = replace(settings, access_log=str(log), web_processes=2)
    with (
        subprocess.Popen(
            [str(script), "serve", "--port", "0"],
            env=os.environ | to_environment(given),
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        ThreadPoolExecutor(8) as threads,
    ):
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        small = list(threads.map(lambda n: ask(address, f"/about?{n % 9}"), range(150)))
        large = ask(address, LARGE)
        assert ask(address, LARGE, "HEAD") == 0
        ask(address, LARGE, taken=1000)
        give_up = time.monotonic() + 20
        # The server notices a client that leaves when it sends the next piece.
        while log.read_text().count("/sparql") < 3 and time.monotonic() < give_up:
            time.sleep(0.02)
        process.terminate()
        process.wait(20)
    told = lines(log)
    assert [line["bytes"] for line in told if line["path"] == "/about"] == small
    whole, head, left = (line["bytes"] for line in told if line["path"] == "/sparql")
    assert (whole, head) == (large, 0)
    assert 1000 <= int(str(left)) < large


def test_a_log_that_cannot_be_written_is_refused_at_the_start(
    settings: Settings, release: Release, tmp_path: Path
) -> None:
    script = Path(sys.executable).with_name("citydiplomacy")
    given = replace(settings, access_log=str(tmp_path / "nowhere" / "access.log"))
    ended = subprocess.run(
        [str(script), "serve", "--port", "0"],
        env=os.environ | to_environment(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "nowhere/access.log: No such file or directory. Choose another" in ended.stderr
