"""What was answered once is answered again without work, and only to who asks for the same."""

import io
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from citydiplomacy.engine import Engine, Lane, Query, Result
from citydiplomacy.errors import EngineBusyError
from citydiplomacy.formats import ROW_FORMATS
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from citydiplomacy.web.cache import EXTENSION, Cache, Counts
from common import BROWSER

ASK = "/sparql?query=ASK%7B%7D"
ONE_TRIPLE = "/sparql?query=CONSTRUCT%7B%3Ca:b%3E%3Cc:d%3E%3Ce:f%3E%7DWHERE%7B%7D"
LARGE = "/sparql?format=csv&query=SELECT*%7B?a%20?b%20?c.?d%20a%20?e%7DLIMIT%2060000"
DOCUMENT = "/dataset.ttl"
ENTITY = "/evidence/f0240.ttl"


class SlowEngine:
    """An engine that counts what it is asked, and answers when it is let."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: list[str] = []
        self.refusals = 0
        self.gate = threading.Event()
        self.gate.set()

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return what the engine behind finds, once the gate is open."""
        self.asked.append(query.text)
        assert self.gate.wait(20)
        if self.refusals:
            self.refusals -= 1
            raise EngineBusyError("Too many.")
        return self._engine.run(query, media_type, lane)


@pytest.fixture
def slow(engine: Engine) -> SlowEngine:
    return SlowEngine(engine)


@pytest.fixture
def app(settings: Settings, slow: SlowEngine, release: Release) -> Flask:
    return create_app(settings, slow, release)


@pytest.fixture(scope="module")
def bare(settings: Settings, engine: Engine, release: Release) -> Flask:
    """The application that keeps nothing: what each request gets by itself."""
    return create_app(replace(settings, cache_bytes=0), engine, release)


def cached(app: Flask, waiting: int, patience: float) -> Cache:
    """Return the application with another cache in the place of its own."""
    return Cache(partial(Flask.wsgi_app, app), 1 << 20, waiting, patience)


def counts(app: Flask) -> Counts:
    cache: Cache = app.extensions[EXTENSION]
    return cache.counts


def same(one: TestResponse, other: TestResponse) -> bool:
    return (one.status, one.data, sorted(one.headers)) == (
        other.status,
        other.data,
        sorted(other.headers),
    )


@pytest.mark.parametrize("path", [ENTITY, "/city/quito.html", "/query/", ASK])
def test_what_was_answered_once_is_answered_again_without_a_query(
    client: FlaskClient, slow: SlowEngine, path: str
) -> None:
    first = client.get(path, headers=BROWSER)
    before = len(slow.asked)
    assert same(client.get(path, headers=BROWSER), first)
    assert len(slow.asked) == before
    assert first.status_code == 200


def test_another_query_string_is_another_address(client: FlaskClient, slow: SlowEngine) -> None:
    client.get(ASK)
    client.get(f"{ASK}%20")
    assert len(slow.asked) == 2


ODD_HEADERS = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Prefix": "/evil", "X-Forwarded-For": "192.0.2.1"},
    {"Forwarded": "host=evil.example"},
    {"Cookie": "session=x"},
    {"Authorization": "Basic eDp4"},
    {"Range": "bytes=0-9"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"x"', "If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Accept-Language": "de"},
    {"Accept-Encoding": "gzip"},
    {"Accept": "image/png"},
]


@pytest.mark.parametrize("path", [ONE_TRIPLE, "/about"])
@pytest.mark.parametrize("headers", ODD_HEADERS, ids=" ".join)
def test_no_header_of_one_client_shows_in_the_answer_to_another(
    client: FlaskClient, bare: Flask, path: str, headers: dict[str, str]
) -> None:
    client.get(path, headers=headers)
    client.head(path, headers=headers)
    assert same(client.get(path), bare.test_client().get(path))


ACCEPTED = [
    "",
    "*/*",
    BROWSER["Accept"],
    "text/html",
    "text/html;q=0.1, application/json",
    "application/sparql-results+json",
    "text/csv, application/sparql-results+json;q=0.9",
    "text/csv;q=0.9, application/sparql-results+json",
    "text/tab-separated-values;header=present",
    "application/xml",
    "text/*",
    "text/html;q=0, */*",
    "image/png",
    "TEXT/CSV",
]


@pytest.mark.parametrize("turn", [1, -1], ids=["forwards", "backwards"])
@pytest.mark.parametrize("path", [ASK, "/sparql", "/ontology"])
def test_each_accept_header_gets_what_it_would_have_got_alone(
    client: FlaskClient, bare: Flask, path: str, turn: int
) -> None:
    alone = {
        accept: bare.test_client().get(path, headers={"Accept": accept}) for accept in ACCEPTED
    }
    for accept in [*ACCEPTED[::turn], *ACCEPTED]:
        assert same(client.get(path, headers={"Accept": accept}), alone[accept]), accept


def test_an_answer_is_kept_once_for_each_format_however_it_is_asked_for(
    client: FlaskClient, app: Flask
) -> None:
    for number in range(50):
        for format_ in ROW_FORMATS:
            accept = f"{format_.media_type};x={number}, image/x-{number};q=0.{number}"
            assert client.get(ASK, headers={"Accept": accept}).mimetype == format_.media_type
    assert counts(app).misses == len(ROW_FORMATS)
    assert counts(app).addresses == 1


@pytest.mark.parametrize(
    ("plain", "variant"),
    [
        (ENTITY, "/evidence/f%30240.ttl"),
        (ENTITY, "/evidence/f0240%2ettl"),
        (ENTITY, "/evidence%2Ff0240.ttl"),
        (ENTITY, "/evidence/f0240.ttl?"),
        (ENTITY, "/evidence/f0240.ttl?x"),
        (ENTITY, "/evidence//f0240.ttl"),
        (ENTITY, "/evidence/f0240.ttl/"),
        (ENTITY, "/EVIDENCE/f0240.ttl"),
        (ENTITY, "/evidence/f0240%252ettl"),
        (ENTITY, "/evidence/f0240.ttl%00"),
        (ENTITY, "/evidence/f0240.ttl%23"),
        (ASK, "/sparql?query=ASK{}"),
        (ASK, "/sparql?query=%41SK%7b%7d"),
        (ASK, "/sparql?query=ASK%257B%257D"),
        (ASK, "/sparql?query=ASK%7B%7D&query=ASK%7B%7D"),
        ("/about", "/about%23problem"),
        ("/about", "/about?%23"),
    ],
)
def test_an_address_written_otherwise_gets_what_it_would_have_got_alone(
    client: FlaskClient, bare: Flask, plain: str, variant: str
) -> None:
    for first, second in [(plain, variant), (variant, plain)]:
        client.get(first)
        assert same(client.get(second), bare.test_client().get(second))


def test_what_was_posted_is_neither_kept_nor_answered_from_what_is_kept(
    client: FlaskClient, app: Flask, slow: SlowEngine
) -> None:
    kept = client.get("/sparql")
    posted = [
        client.post("/sparql", data={"query": query})
        for query in ("ASK {}", "ASK { ?s <a:b> ?o }", "ASK {}")
    ]
    told = [answer.json["boolean"] for answer in posted]  # type: ignore[index]
    assert told == [True, False, True]
    assert [answer.headers["Cache-Control"] for answer in posted] == ["no-store"] * 3
    assert len(slow.asked) == 3
    assert same(client.get("/sparql"), kept)
    assert counts(app).addresses == 1


@pytest.mark.parametrize("methods", ["GET HEAD", "HEAD GET"])
@pytest.mark.parametrize("path", [DOCUMENT, ASK, "/about"])
def test_head_says_what_get_would_bring_without_bringing_it(
    client: FlaskClient, slow: SlowEngine, path: str, methods: str
) -> None:
    answers = {method: client.open(path, method=method) for method in methods.split()}
    asked = len(slow.asked)
    assert sorted(answers["HEAD"].headers) == sorted(answers["GET"].headers)
    assert answers["HEAD"].content_length == len(answers["GET"].data) > 0
    assert answers["HEAD"].data == b""
    client.open(path)
    assert len(slow.asked) == asked


def test_what_is_sent_from_a_file_passes_through(client: FlaskClient, app: Flask) -> None:
    with client.head(LARGE) as head, client.get(LARGE) as answer:
        assert head.content_length == answer.content_length == len(answer.data) > 2_000_000
        assert head.data == b""
    with client.get("/dataset/manifest.json", headers={"Range": "bytes=0-0"}) as part:
        assert (part.status_code, part.data) == (206, b"{")
    assert counts(app).addresses == counts(app).misses == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [("/city/atlantis", 404), ("/sparql?query=ASK", 400), ("/city/quito", 406), (ASK, 503)],
)
def test_errors_are_never_kept(
    client: FlaskClient, app: Flask, slow: SlowEngine, path: str, status: int
) -> None:
    headers = {"Accept": "image/png"} if status == 406 else {}
    slow.refusals = 2 * (status == 503)
    for _ in range(2):
        answer = client.get(path, headers=headers | {"If-None-Match": "*"})
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
    assert counts(app).passed == 2
    assert counts(app).addresses == 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_what_is_true_of_this_moment_is_never_kept(
    client: FlaskClient, app: Flask, path: str
) -> None:
    for _ in range(2):
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert counts(app).passed == 2
    assert counts(app).addresses == 0


def test_static_files_keep_their_own_rules(client: FlaskClient) -> None:
    with client.get("/static/style.css?v=1") as file:
        assert file.cache_control.immutable
    with client.get("/static/style.css", headers={"If-None-Match": file.headers["ETag"]}) as again:
        assert again.status_code == 304


KNOWN = ["{}", "W/{}", '"x", {}', '"x" , W/"y",W/{}', "*"]


@pytest.mark.parametrize("which", ["app", "bare"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", KNOWN)
def test_who_has_the_bytes_already_gets_304(
    request: pytest.FixtureRequest, which: str, method: str, known: str
) -> None:
    client = request.getfixturevalue(which).test_client()
    whole = client.get(DOCUMENT)
    header = {"If-None-Match": known.format(whole.headers["ETag"])}
    answer = client.open(DOCUMENT, method=method, headers=header)
    assert (answer.status_code, answer.data) == (304, b"")
    left_out = {"Content-Length", "Content-Type"}
    assert set(answer.headers) == {pair for pair in whole.headers if pair[0] not in left_out}
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "cite-as" in answer.headers["Link"]


def test_a_304_varies_as_the_answer_does(client: FlaskClient) -> None:
    etag = client.get(ASK).headers["ETag"]
    answer = client.get(ASK, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.vary.as_set()) == (304, {"accept"})


@pytest.mark.parametrize("known", ['"x"', "", "x", '"', 'W/"', "{}x", '"*"', "W/"])
def test_who_has_other_bytes_gets_these(client: FlaskClient, known: str) -> None:
    whole = client.get(DOCUMENT)
    header = {"If-None-Match": known.format(whole.headers["ETag"].strip('"'))}
    assert same(client.get(DOCUMENT, headers=header), whole)


def test_equal_bytes_of_two_formats_are_told_apart(client: FlaskClient) -> None:
    turtle = client.get(ONE_TRIPLE, headers={"Accept": "text/turtle"})
    ntriples = client.get(ONE_TRIPLE, headers={"Accept": "application/n-triples"})
    assert turtle.data == ntriples.data
    assert turtle.headers["ETag"] != ntriples.headers["ETag"]


@pytest.fixture
def crowd() -> Iterator[Callable[..., list[TestResponse]]]:
    """Clients that ask for the same at the same time, and are answered when the gate opens."""
    with ThreadPoolExecutor(8) as threads:

        def ask(app: object, slow: SlowEngine, number: int, queries: int) -> list[TestResponse]:
            slow.gate.clear()
            under_way = [
                threads.submit(Client(app, TestResponse).get, ASK)  # type: ignore[arg-type]
                for _ in range(number)
            ]
            give_up = time.monotonic() + 10
            while len(slow.asked) < queries and time.monotonic() < give_up:
                time.sleep(0.01)
            time.sleep(0.1)  # for those that should be waiting
            assert len(slow.asked) == queries
            slow.gate.set()
            return [each.result(10) for each in under_way]

        yield ask


def test_equal_requests_at_the_same_time_are_answered_by_one_query(
    app: Flask, slow: SlowEngine, crowd: Callable[..., list[TestResponse]]
) -> None:
    answers = crowd(app, slow, number=8, queries=1)
    assert all(same(answer, answers[0]) for answer in answers)
    assert answers[0].json == {"head": {}, "boolean": True}
    assert len(slow.asked) == 1
    assert (counts(app).misses, counts(app).shared) == (1, 7)


def test_where_the_first_fails_the_others_ask_themselves(
    app: Flask, slow: SlowEngine, crowd: Callable[..., list[TestResponse]]
) -> None:
    slow.refusals = 1
    answers = crowd(app, slow, number=4, queries=1)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503]


def test_nobody_waits_for_longer_than_is_good(
    app: Flask, slow: SlowEngine, crowd: Callable[..., list[TestResponse]]
) -> None:
    hasty = cached(app, waiting=8, patience=0.01)
    answers = crowd(hasty, slow, number=3, queries=3)
    assert [answer.status_code for answer in answers] == [200] * 3


def test_no_more_wait_than_may(
    app: Flask, slow: SlowEngine, crowd: Callable[..., list[TestResponse]]
) -> None:
    narrow = cached(app, waiting=2, patience=10)
    answers = crowd(narrow, slow, number=8, queries=6)
    assert [answer.status_code for answer in answers] == [200] * 8
    assert narrow.counts.shared == 2


def test_who_asks_for_another_format_does_not_wait(app: Flask, slow: SlowEngine) -> None:
    slow.gate.clear()
    with ThreadPoolExecutor(2) as threads:
        rows = threads.submit(app.test_client().get, f"{ASK}&format=json")
        other = threads.submit(app.test_client().get, f"{ASK}&format=xml")
        give_up = time.monotonic() + 10
        while len(slow.asked) < 2 and time.monotonic() < give_up:
            time.sleep(0.01)
        slow.gate.set()
        assert (rows.result().mimetype, other.result().mimetype) == (
            "application/sparql-results+json",
            "application/sparql-results+xml",
        )


class Echo:
    """An application that answers each address with a body of the length that it names."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, str], start_response: Callable[..., object]) -> object:
        """Answer with so many bytes."""
        self.asked.append(environ["PATH_INFO"])
        body = bytes(int(environ["PATH_INFO"].rpartition("-")[2]))
        fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        extra = [("Vary", "Cookie")] if environ["PATH_INFO"].startswith("/own") else []
        start_response("200 OK", fields + extra)
        return io.BytesIO(body) if body else [b""]


def asked_of(size: int, paths: list[str]) -> tuple[Cache, Echo]:
    echo = Echo()
    cache = Cache(echo, size, waiting=1)
    for path in paths:
        cache({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *_: None)
    return cache, echo


@pytest.mark.parametrize("length", [0, 10_000])
def test_the_cache_takes_no_more_memory_than_it_may(length: int) -> None:
    size = 1 << 19
    tracemalloc.start()
    try:
        cache, _ = asked_of(size, [f"/{number}-{length}" for number in range(500)])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size / 2 < cache.counts.bytes <= size
    assert cache.counts.evicted == 500 - cache.counts.addresses > 0
    assert taken < 1.3 * size


def test_what_was_not_asked_for_longest_goes_first() -> None:
    often = "/often-1000"
    paths = [f"/{number}-1000" for number in range(100)]
    _, echo = asked_of(1 << 16, [part for path in paths for part in (path, often)])
    assert echo.asked.count(often) == 1
    assert len(echo.asked) == 101


@pytest.mark.parametrize("path", ["/large-70000", "/own-10"])
def test_what_is_too_large_or_for_one_client_is_not_kept_but_has_an_etag(path: str) -> None:
    cache, echo = asked_of(1 << 20, [path, path])
    assert (echo.asked, cache.counts.bytes) == ([path, path], 0)
    answer = Client(cache, TestResponse).get(path, headers={"If-None-Match": "*"})
    assert (answer.status_code, cache.counts.not_modified) == (304, 1)
