"""An endpoint over a dataset of a suite: our application, behind a server that is really asked."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
from werkzeug.serving import WSGIRequestHandler, make_server

from citydiplomacy.web import create_app_for
from w3c.protocol import FORM, QUERY

_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Response:
    """What comes back."""

    status: int
    media_type: str
    body: bytes

    @property
    def problem(self) -> str:
        """The kind of problem with which a query is refused, if it is."""
        if self.status != HTTPStatus.BAD_REQUEST:
            return ""
        return str(json.loads(self.body)["type"]).rpartition("#problem-")[2]

    def __str__(self) -> str:
        return f"{self.status} {self.body[:300].decode(errors='replace')}"


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL endpoint on this machine."""

    port: int

    def post(
        self,
        body: str,
        content_type: str = QUERY,
        accept: str = "*/*",
        graphs: Sequence[tuple[str, str]] = (),
    ) -> Response:
        """Send a body, with the graphs of the dataset in the address."""
        headers = {"Content-Type": content_type, "Accept": accept}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            address = f"/sparql?{urlencode(graphs)}"
            connection.request("POST", address, body.encode(), headers)
            answer = connection.getresponse()
            content_type = answer.headers.get("Content-Type", "").partition(";")[0]
            return Response(answer.status, content_type, answer.read())
        finally:
            connection.close()

    def submit(self, **fields: str) -> Response:
        """Send a form."""
        return self.post(urlencode(fields), FORM)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing: there are thousands of requests."""


@contextmanager
def serving(quads: Iterable[ox.Quad], **settings: Any) -> Iterator[Endpoint]:
    """Yield an endpoint that answers from the quads."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "suite.nq"
        ox.serialize(quads, str(file), ox.RdfFormat.N_QUADS)
        with create_app_for(file, **settings) as app:
            server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
            thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,))
            thread.start()
            try:
                yield Endpoint(server.port)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()
