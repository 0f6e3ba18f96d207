"""A store somewhere else that misbehaves: everything it can do is an honest error, and in time."""

import base64
import gc
import json
import logging
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine, Query
from citydiplomacy.engine.credentials import Credentials, from_environment
from citydiplomacy.engine.inquiry import address
from citydiplomacy.engine.remote import RemoteEngine
from citydiplomacy.errors import (
    EngineUnavailableError,
    QueryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    RequestError,
    ResultTooLargeError,
    UpdateRefusedError,
)
from citydiplomacy.formats import CSV_ROWS, JSON_ROWS, NTRIPLES, TURTLE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from citydiplomacy.web import create_app
from common import BROWSER

SELECT, ASK, CONSTRUCT = "SELECT * { ?s ?p ?o }", "ASK { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"Odesa"}}]}}'
YES = b'{"head":{},"boolean":true}'
TRIPLE = b"<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"
JSON, NT = JSON_ROWS.media_type, NTRIPLES.media_type

Behaviour = Callable[[socket.socket, bytes], None]


@dataclass
class Store:
    """A server that does whatever it is told to do with each request."""

    address: str
    behaviour: Behaviour
    requests: list[bytes] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Take every connection, until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client: socket.socket) -> None:
        """Read one request and do what is to be done with it."""
        with client, suppress(OSError):  # whoever asked may be gone
            request = received(client)
            self.requests.append(request)
            self.behaviour(client, request)
            client.shutdown(socket.SHUT_WR)


def received(client: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(
    body: bytes,
    media_type: str = JSON,
    status: str = "200 OK",
    length: int | None = None,
    **more: str,
) -> Behaviour:
    """Return the behaviour of a store that sends this and closes the connection."""
    headers = {
        "Content-Type": media_type,
        "Content-Length": len(body) if length is None else length,
    }
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    return lambda client, _: client.sendall(head + body)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", media_type: str = JSON) -> Behaviour:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return lambda client, _: client.sendall(head.encode() + b"".join(parts) + end)


def until_closed(body: bytes, media_type: str = JSON) -> Behaviour:
    head = f"HTTP/1.0 200 OK\r\nContent-Type: {media_type}\r\n\r\n".encode()
    return lambda client, _: client.sendall(head + body)


def hang(_client: socket.socket, _request: bytes) -> None:
    time.sleep(20)


def busy(client: socket.socket, request: bytes) -> None:
    """Work on a query for too long, and answer others."""
    if b"ASK+%7B%7D" in request:
        reply(YES)(client, request)
    else:
        hang(client, request)


def drip(client: socket.socket, _request: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n")
    for byte in ROWS:
        client.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_head(client: socket.socket, _request: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
        client.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(client: socket.socket, _request: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n")
    client.sendall(ROWS.removesuffix(b"]}}"))
    row = b',{"x":{"type":"literal","value":"Odesa"}}'
    while True:
        client.sendall(row * 1000)


def endless_string(client: socket.socket, _request: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n")
    client.sendall(ROWS.partition(b"Odesa")[0])
    while True:
        client.sendall(b"x" * 65536)


def reset(client: socket.socket, _request: bytes) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def reset_in_the_body(client: socket.socket, request: bytes) -> None:
    reply(ROWS[:40], length=len(ROWS))(client, request)
    time.sleep(0.1)
    reset(client, request)


@pytest.fixture
def store() -> Iterator[Store]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        port = listener.getsockname()[1]
        store = Store(f"http://127.0.0.1:{port}/sparql", reply(ROWS))
        threading.Thread(target=store.serve, args=(listener,), daemon=True).start()
        yield store
        listener.shutdown(socket.SHUT_RDWR)


def remote(store: Store, credentials: Credentials | None = None, **more: int) -> RemoteEngine:
    settings = Settings(store=store.address, **({"query_seconds": 1} | more))  # type: ignore[arg-type]
    return RemoteEngine(settings, credentials or Credentials())


def failure(engine: Engine, text: str = SELECT, media_type: str = JSON) -> RequestError:
    with pytest.raises(RequestError) as caught:
        engine.run(Query(text), media_type)
    return caught.value


# ------------------------------------------------------------------------------- whole answers


@pytest.mark.parametrize(
    "behaviour",
    [
        reply(ROWS),
        reply(ROWS + b"\n \n"),
        reply(ROWS, "application/sparql-results+json; charset=UTF-8"),
        reply(ROWS, "application/json"),
        chunked(ROWS[:10], ROWS[10:]),
        chunked(*(ROWS[place : place + 1] for place in range(len(ROWS)))),
        until_closed(ROWS),
    ],
)
def test_a_whole_answer_is_handed_on(store: Store, behaviour: Behaviour) -> None:
    store.behaviour = behaviour
    result = remote(store).run(Query(SELECT), CSV_ROWS.media_type)
    assert (result.length, result.read()) == (10, b"x\r\nOdesa\r\n")


def test_a_large_answer_goes_through_an_unlinked_file(store: Store) -> None:
    row = b',{"x":{"type":"literal","value":"Odesa"}}'
    store.behaviour = reply(ROWS.removesuffix(b"]}}") + row * 300_000 + b"]}}")
    result = remote(store, query_seconds=20).run(Query(SELECT), CSV_ROWS.media_type)
    assert isinstance(result.body.fileno(), int)  # it is a file by now
    assert result.read().count(b"Odesa") == 300_001


@pytest.mark.parametrize("place", range(60, 70))
def test_blank_nodes_of_virtuoso_get_names_as_in_sparql(store: Store, place: int) -> None:
    literal = {"type": "literal", "value": '"bnode", "value": "nodeID://b1"' + "x" * 262_000}
    row = {"y": literal, "x": {"type": "bnode", "value": "nodeID://b7"}}
    rows = [{"y": {"type": "literal", "value": "x" * place}}, row, row]
    document = {"head": {"vars": ["x", "y"]}, "results": {"bindings": rows}}
    store.behaviour = reply(json.dumps(document).encode(), Server="Virtuoso/07.20.3229")
    found = json.loads(remote(store).run(Query(SELECT), JSON).read())["results"]["bindings"]
    assert [each["x"]["value"] for each in found[1:]] == ["b7", "b7"]
    assert [each["y"]["value"] for each in found[1:]] == [literal["value"]] * 2


# ------------------------------------------------------------------------------ broken answers


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        (SELECT, reply(ROWS[:40], length=len(ROWS))),
        (SELECT, reply(ROWS + b" " * 10, length=len(ROWS) + 500)),
        (SELECT, reply(ROWS, length=len(ROWS) - 1)),
        (SELECT, reply(ROWS[:-1])),
        (SELECT, reply(ROWS[:50])),
        (SELECT, reply(ROWS + b"Virtuoso S1TAT Error")),
        (SELECT, reply(b"")),
        (SELECT, reply(b"[]")),
        (SELECT, reply(b"\xff" + ROWS)),
        (SELECT, reply(YES)),
        (SELECT, reply(b"<!DOCTYPE html><h1>Welcome</h1>", "text/html")),
        (SELECT, reply(b"<!DOCTYPE html><h1>Welcome</h1>")),
        (SELECT, reply(ROWS, "text/plain")),
        (SELECT, reply(ROWS, "")),
        (SELECT, reply(ROWS, "application/sparql-results+json; charset=utf-16")),
        (SELECT, reply(ROWS, Content_Encoding="gzip")),
        (SELECT, reply(ROWS, status="206 Partial Content")),
        (SELECT, chunked(ROWS[:50])),
        (SELECT, chunked(ROWS, end=b"")),
        (SELECT, chunked(ROWS, end=b"ZZ\r\n")),
        (SELECT, chunked(ROWS[:50], end=b"-1\r\n" + ROWS[50:])),
        (SELECT, until_closed(ROWS[:50])),
        (SELECT, reset_in_the_body),
        (ASK, reply(b'{"head":{},"boolean":true')),
        (ASK, reply(YES + b"x")),
        (ASK, reply(b'{"head":{},"boolean":"maybe"}')),
        (ASK, reply(ROWS)),
        (CONSTRUCT, reply(TRIPLE[:-3], NT)),
        (CONSTRUCT, reply(TRIPLE, "text/html")),
        (CONSTRUCT, reply(ROWS, TURTLE.media_type)),
        (CONSTRUCT, until_closed(TRIPLE, NT)),
        (CONSTRUCT, chunked(TRIPLE, TRIPLE[:-1], end=b"", media_type=NT)),
        (CONSTRUCT, reply(TRIPLE, NT, length=2 * len(TRIPLE))),
        (SELECT, lambda client, _: client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")),
        (SELECT, lambda client, _: client.sendall(b"HTTP/1.1 200")),
    ],
)
def test_a_part_of_an_answer_or_something_else_is_an_error(
    store: Store, text: str, behaviour: Behaviour
) -> None:
    store.behaviour = behaviour
    error = failure(remote(store), text, NT if text is CONSTRUCT else JSON)
    assert isinstance(error, EngineUnavailableError)
    assert ("Retry-After", "5") in error.headers


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        (SELECT, reply(ROWS[:-1])),
        (CONSTRUCT, reply(TRIPLE * 9 + TRIPLE[:-3], NT)),
        (CONSTRUCT, reply(TRIPLE * 30_000, NT, Server="Virtuoso/07.20.3229")),
    ],
)
def test_what_a_broken_answer_leaves_can_be_dropped_by_any_thread(
    store: Store, behaviour: Behaviour, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    store.behaviour = behaviour
    # Its traceback keeps what the functions held.
    errors = [failure(remote(store), text, NT if text is CONSTRUCT else JSON)]

    def drop() -> None:
        errors.clear()
        gc.collect()

    other = threading.Thread(target=drop)
    other.start()
    other.join()
    assert told == []


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"X-SPARQL-MaxRows": "10000"}, ResultTooLargeError),
        ({"X-SQL-State": "S1TAT", "X-SQL-Message": "RC..."}, QueryTimeoutError),
    ],
)
def test_what_virtuoso_calls_a_part_is_an_error(
    store: Store, headers: dict[str, str], kind: type[RequestError]
) -> None:
    store.behaviour = reply(ROWS, Server="Virtuoso/07.20.3229", **headers)  # type: ignore[arg-type]
    assert type(failure(remote(store))) is kind


@pytest.mark.parametrize("behaviour", [endless, endless_string])
def test_an_endless_body_ends_at_the_limit(store: Store, behaviour: Behaviour) -> None:
    store.behaviour = behaviour
    error = failure(remote(store, query_seconds=20, result_bytes=1_000_000))
    assert isinstance(error, ResultTooLargeError)
    assert error.extras() == {"setting": "result_bytes", "limit": 1_000_000}


# ------------------------------------------------------------------------------------- in time


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (hang, EngineUnavailableError),
        (drip_head, EngineUnavailableError),
        (busy, QueryTimeoutError),
        (drip, QueryTimeoutError),
    ],
)
def test_nobody_waits_longer_than_the_limit_and_a_moment(
    store: Store, behaviour: Behaviour, kind: type[RequestError]
) -> None:
    store.behaviour = behaviour
    began = time.monotonic()
    error = failure(remote(store))
    assert type(error) is kind
    # A second for the query, and a second to learn whether the store lives.
    assert time.monotonic() - began < 3


def test_who_is_not_there_is_left_alone_for_a_while(store: Store) -> None:
    engine = remote(store)
    store.behaviour = reset
    for _ in range(3):
        assert type(failure(engine)) is EngineUnavailableError
    asked = len(store.requests)
    store.behaviour = reply(ROWS)
    assert type(failure(engine)) is EngineUnavailableError
    assert len(store.requests) == asked


def test_who_comes_back_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citydiplomacy.engine.breaker.PAUSE_SECONDS", 0.1)
    engine = remote(store)
    store.behaviour = reset
    for _ in range(3):
        failure(engine)
    time.sleep(0.2)
    # One tries in vain, so that the others need not.
    assert type(failure(engine)) is EngineUnavailableError
    store.behaviour = reply(ROWS)
    time.sleep(0.2)
    assert engine.run(Query(SELECT), CSV_ROWS.media_type).read() == b"x\r\nOdesa\r\n"


def test_nobody_listens(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    store.address = f"http://127.0.0.1:{port}/sparql"
    assert type(failure(remote(store))) is EngineUnavailableError


def test_a_text_of_blank_lines_keeps_nobody_busy(store: Store) -> None:
    began = time.monotonic()
    remote(store).run(Query("\n" * 60_000 + SELECT), JSON).read()
    assert time.monotonic() - began < 1


def test_some_threads_are_left_for_the_pages(store: Store) -> None:
    engine = remote(store, web_threads=4)
    store.behaviour = busy
    first = threading.Thread(target=failure, args=(engine,))
    first.start()
    while not store.requests:
        time.sleep(0.01)
    assert failure(engine).title == "Query engine busy"
    first.join()


# -------------------------------------------------------------------------------- what it says


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("301 Moved", EngineUnavailableError),
        ("400 Bad Request", QueryError),
        ("401 Unauthorized", EngineUnavailableError),
        ("403 Forbidden", EngineUnavailableError),
        ("404 Not Found", EngineUnavailableError),
        ("406 Not Acceptable", EngineUnavailableError),
        ("408 Request Timeout", QueryTimeoutError),
        ("500 Internal Server Error", EngineUnavailableError),
        ("503 Service Unavailable", EngineUnavailableError),
        ("504 Gateway Timeout", QueryTimeoutError),
    ],
)
def test_a_status_of_the_store_becomes_an_error_of_ours(
    store: Store, status: str, kind: type[RequestError]
) -> None:
    store.behaviour = reply(b"secret details", "text/plain", status)
    error = failure(remote(store))
    assert type(error) is kind
    assert ("secret" in error.detail) == (kind is QueryError)


def test_a_syntax_error_of_the_store_keeps_its_place(store: Store) -> None:
    said = b"error at 2:7: Duplicated variable name in SELECT"
    store.behaviour = reply(said, "text/plain", "400 Bad Request")
    error = failure(remote(store))
    assert isinstance(error, QuerySyntaxError)
    assert error.extras() == {"line": 2, "column": 7}


@pytest.mark.parametrize(
    ("body", "media_type", "told"),
    [
        (
            b"Virtuoso 37000 Error\r\nfoo\x07bar\n\nSPARQL query:\nx",
            "text/plain",
            "Virtuoso 37000 Error foo bar",
        ),
        (
            b"<html><head><title>t</title></head><p>No &lt;b&gt; here</p>",
            "text/html",
            "No <b> here",
        ),
        (b"x" * 5_000, "text/plain", "x" * 300),
    ],
)
def test_words_of_the_store_are_cleaned_and_shortened(
    store: Store, body: bytes, media_type: str, told: str
) -> None:
    store.behaviour = reply(body, media_type, "400 Bad Request")
    detail = failure(remote(store)).detail
    assert detail == f"The store behind this endpoint refuses the query: {told}."


# ---------------------------------------------------------------------------- what it is asked


@pytest.mark.parametrize(
    ("default", "named"),
    [
        (None, None),
        (("http://example.org/a", "http://example.org/b"), ()),
        ((), ("http://example.org/a?x=1&y=%20",)),
        (("http://example.org/ü",), ("http://example.org/b",)),
    ],
)
def test_the_dataset_is_passed_on_as_it_is(
    store: Store, default: tuple[str, ...] | None, named: tuple[str, ...] | None
) -> None:
    text = "SELECT * { ?s ?p 'a+b&c=ü' }"
    remote(store).run(Query(text, default, named), JSON).read()
    (request,) = store.requests
    head, _, body = request.partition(b"\r\n\r\n")
    sent = parse_qs(body.decode(), strict_parsing=True)
    assert head.startswith(b"POST /sparql HTTP/1.1\r\n")
    assert sent.pop("query") == [text]
    assert sent.pop("default-graph-uri", []) == list(default or ())
    assert sent.pop("named-graph-uri", []) == list(named or ())
    assert sent == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", QueryRefusedError),
        (r"SELECT * { SERVI\u0043E <http://example.org/> { ?s ?p ?o } }", QueryRefusedError),
        (r'SELECT * { ?s ?p "\u0022 . SERVICE <http://example.org/> {} #" }', QueryRefusedError),
        (r"SELECT * { ?s ?p ?o # \u000A SERVICE <http://example.org/> {}" "\n}", QueryRefusedError),
        ("CLEAR ALL", UpdateRefusedError),
        (r"\u0043LEAR ALL", QueryError),
        ("DEFINE sql:select-option 'x' SELECT * { ?s ?p ?o }", QuerySyntaxError),
    ],
)
def test_what_no_query_may_ask_is_not_sent(store: Store, text: str, kind: type[QueryError]) -> None:
    assert isinstance(failure(remote(store), text), kind)
    assert store.requests == []


def test_a_comment_that_names_an_update_makes_none(store: Store) -> None:
    remote(store).run(Query("PREFIX a: <a:> # DROP ALL\nSELECT * { ?s ?p ?o }"), JSON).read()
    assert b"\r\n\r\nquery=" in store.requests[0]


# --------------------------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        (Credentials(), None),
        (
            Credentials("reader", "pässword"),
            "Basic " + base64.b64encode("reader:pässword".encode()).decode(),
        ),
        (Credentials(token="abc.def"), "Bearer abc.def"),  # noqa: S106  # an example
    ],
)
def test_credentials_are_sent_to_the_store(
    store: Store, credentials: Credentials, sent: str | None
) -> None:
    remote(store, credentials).run(Query(SELECT), JSON).read()
    (request,) = store.requests
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    found = [line.partition(": ")[2] for line in lines if line.startswith("Authorization")]
    assert found == ([sent] if sent else [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_credentials_elsewhere(store: Store, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        elsewhere = f"http://127.0.0.1:{other.getsockname()[1]}/sparql"
        store.behaviour = reply(b"", status=f"{status} Moved", Location=elsewhere)
        error = failure(remote(store, Credentials("reader", "secret")))
        assert isinstance(error, EngineUnavailableError)
        with pytest.raises(TimeoutError):
            other.accept()


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "500 Oh"])
@pytest.mark.parametrize(
    "credentials",
    [Credentials("reader", "sesame"), Credentials(token="sesame")],  # noqa: S106  # an example
)
def test_credentials_are_never_shown_or_logged(
    store: Store, caplog: pytest.LogCaptureFixture, status: str, credentials: Credentials
) -> None:
    caplog.set_level(logging.DEBUG)
    store.behaviour = reply(b"no: sesame", "text/plain", status)
    error = failure(remote(store, credentials))
    shown = f"{error!r} {error.repair} {caplog.text} {credentials!r} {Settings()!r}"
    assert "sesame" not in shown
    assert ("answers with status" in caplog.text) == (status != "400 Bad Request")


@pytest.mark.parametrize(
    "environment",
    [
        {"USER": "reader"},
        {"PASSWORD": "sesame"},
        {"USER": "reader", "PASSWORD": "sesame", "TOKEN": "sesame"},
        {"USER": "rea:der", "PASSWORD": "sesame"},
        {"TOKEN": "sesame\r\nX-Other: 1"},
        {"TOKEN": "Bearer sesame"},
    ],
)
def test_credentials_that_cannot_be_used_are_refused_unshown(environment: dict[str, str]) -> None:
    given = {f"CITYDIPLOMACY_STORE_{name}": value for name, value in environment.items()}
    with pytest.raises(ValueError, match="CITYDIPLOMACY_STORE_") as caught:
        from_environment(given)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "store_",
    [
        "ftp://example.org/",
        "example.org/sparql",
        "http://",
        "http://a b/",
        "http://a:x/",
        "http://a/#b",
    ],
)
def test_what_is_no_address_of_a_service_is_refused(store_: str) -> None:
    with pytest.raises(ValueError, match="CITYDIPLOMACY_STORE"):
        address(store_)


def test_credentials_do_not_belong_into_the_address() -> None:
    with pytest.raises(ValueError, match="CITYDIPLOMACY_STORE_USER") as caught:
        address("http://reader:sesame@example.org/sparql")
    assert "sesame" not in str(caught.value)


# ------------------------------------------------------------------------------------ the pages


@pytest.fixture
def client(settings: Settings, engine: Engine, release: Release, store: Store) -> FlaskClient:
    """The application whose /sparql is answered by the store, and everything else as ever."""
    return create_app(settings, engine, release, remote(store)).test_client()


def test_only_queries_of_visitors_go_to_the_store(client: FlaskClient, store: Store) -> None:
    for path in ("/city/taipei.html", "/", "/query/populations", "/city/taipei.ttl"):
        assert client.get(path).status_code == 200
    assert store.requests == []
    answer = client.get("/sparql", query_string={"query": SELECT, "format": "csv"})
    assert answer.text == "x\r\nOdesa\r\n"
    page = client.get("/sparql", query_string={"query": SELECT}, headers=BROWSER)
    assert re.search(r"<td[^>]*>(<[^>]*>)*Odesa", page.text)
    assert len(store.requests) == 2


def test_a_store_that_is_away_is_a_503_at_the_endpoint_only(
    client: FlaskClient, store: Store
) -> None:
    store.behaviour = reset
    answer = client.get("/sparql", query_string={"query": SELECT})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.mimetype == "application/problem+json"
    assert store.address not in answer.text
    assert client.get("/city/taipei.html").status_code == 200


def test_a_service_whose_store_is_away_is_not_ready_and_says_why(
    client: FlaskClient, store: Store
) -> None:
    store.behaviour = reply(YES)
    assert client.get("/readyz").status_code == 200
    store.behaviour = reset
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "The store behind this endpoint does not answer." in answer.text


def test_a_service_is_started_with_a_store_and_its_credentials(
    settings: Settings, release: Release, store: Store, tmp_path: Path
) -> None:
    command = [str(Path(sys.executable).with_name("citydiplomacy")), "serve", "--port", "0"]
    secrets = {"CITYDIPLOMACY_STORE_USER": "reader", "CITYDIPLOMACY_STORE_PASSWORD": "sesame"}
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [*command, "--store", store.address],
            env=os.environ | to_environment(settings) | secrets,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        question = urlencode({"query": SELECT, "format": "csv"})
        with urlopen(f"{address}sparql?{question}", timeout=20) as answer:  # noqa: S310  # our own
            assert answer.read() == b"x\r\nOdesa\r\n"
        process.terminate()
    assert b"\r\nAuthorization: Basic cmVhZGVyOnNlc2FtZQ==\r\n" in store.requests[0]
    assert (tmp_path / "log").read_text() == ""
