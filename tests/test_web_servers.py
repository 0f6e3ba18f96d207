"""Another web server than ours serves the application as well: waitress."""

import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage

import pytest
import waitress
from flask import Flask

LARGE = "/sparql?format=csv&query=SELECT*%7B?a%20?b%20?c.?d%20a%20?e%7DLIMIT%2060000"


@pytest.fixture(scope="module")
def port(app: Flask) -> Iterator[int]:
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.effective_port
    server.trigger.pull_trigger(server.close)  # in the thread that listens, which then ends
    thread.join(10)
    assert not thread.is_alive()


def ask(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, HTTPMessage, bytes]:
    """Return status, headers and body of an answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    "path", ["/about", "/evidence/f0240.ttl", "/sparql?query=ASK%7B%7D", "/static/style.css"]
)
def test_a_page_is_the_same_as_without_a_server(port: int, app: Flask, path: str) -> None:
    with app.test_client().get(path) as alone:
        for _ in range(2):
            status, headers, body = ask(port, path)
            assert (status, headers["ETag"], body) == (200, alone.headers["ETag"], alone.data)
        status, headers, body = ask(port, path, **{"If-None-Match": alone.headers["ETag"]})
        assert (status, body) == (304, b"")


@pytest.mark.parametrize("path", ["/about", LARGE])
def test_head_has_the_length_of_the_body_and_no_body(port: int, path: str) -> None:
    _, headers, body = ask(port, path)
    status, told, nothing = ask(port, path, "HEAD")
    assert (status, nothing) == (200, b"")
    assert told["Content-Length"] == headers["Content-Length"] == str(len(body))


def test_a_large_result_comes_whole(port: int) -> None:
    status, _, body = ask(port, LARGE)
    assert status == 200
    assert body.count(b"\n") == 60_001


def test_an_error_comes_as_it_is(port: int) -> None:
    status, headers, _ = ask(port, "/city/atlantis")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
