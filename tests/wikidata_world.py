"""A made-up world as Wikidata has it, behind a real SPARQL server, and trouble on the way."""

import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs

import pyoxigraph as ox

from benchmarks import peers
from citydiplomacy import paths
from citydiplomacy.paths import DUMP

HERE = Path(__file__).parent / "wikidata"

Trouble = Callable[["Handler", bytes], None]


def checkout(folder: Path) -> Path:
    """Return a folder with the real model and rules, and the data of the made-up world."""
    root = paths.root()
    for part in ("ontology", "shapes"):
        shutil.copytree(root / part, folder / part)
    for part in ("checks", "exports", "rules", "pages", "wikidata"):
        shutil.copytree(root / "queries" / part, folder / "queries" / part)
    shutil.copytree(HERE / "data", folder / "data")
    (folder / "server").symlink_to(root / "server")
    return folder


def started(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """Return the process of our command line, just started in a checkout."""
    surroundings = {"PYTHONPATH": str(root / "server"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", "from citydiplomacy.cli import main; main()", *arguments],
        cwd=root,
        env=os.environ | surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Yield the endpoint of the Oxigraph server that holds the world as Wikidata has it."""
    parsed = ox.parse((HERE / "wikidata.ttl").read_bytes(), format=ox.RdfFormat.TURTLE)
    lines = (f"{quad.triple} <urn:wikidata> .\n" for quad in parsed)
    (folder / DUMP).write_text("".join(lines), "utf-8")
    with peers.oxigraph(folder) as running:
        yield running.endpoint


@dataclass(frozen=True)
class Request:
    """What was asked of the proxy, and when."""

    begun: float
    ended: float
    agent: str
    query: str


@dataclass
class Proxy:
    """Stands before a server, and makes trouble with the requests whose numbers are named."""

    endpoint: str
    """Where it is asked."""
    behind: str
    troubles: dict[int, Trouble] = field(default_factory=dict)
    always: Trouble | None = None
    requests: list[Request] = field(default_factory=list)

    @property
    def queries(self) -> list[str]:
        """The texts that it was asked, in their order."""
        return [request.query for request in self.requests]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection of a client of the proxy."""

    proxy: Proxy

    def do_POST(self) -> None:
        """Take note of a request, and pass it on or make trouble."""
        begun = time.monotonic()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        number = len(self.proxy.requests) + 1
        query = parse_qs(body.decode())["query"][0]
        agent = self.headers["User-Agent"]
        self.proxy.requests.append(Request(begun, begun, agent, query))
        trouble = self.proxy.troubles.get(number) or self.proxy.always or forward
        with suppress(OSError):  # whoever asked may be gone
            trouble(self, body)
        ended = Request(begun, time.monotonic(), agent, query)
        self.proxy.requests[number - 1] = ended

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send(
        self,
        status: int,
        body: bytes,
        media_type: str,
        length: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Send a whole response, or one that promises more than comes."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (more or {}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


def answer(handler: Handler, body: bytes) -> tuple[int, bytes, str]:
    """Return what the server behind the proxy answers."""
    wanted = {name: handler.headers[name] for name in ("Content-Type", "Accept")}
    request = urllib.request.Request(handler.proxy.behind, body, wanted)  # noqa: S310  # our own
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return response.status, response.read(), response.headers["Content-Type"]
    except HTTPError as error:
        return error.code, error.read(), "text/plain"


def forward(handler: Handler, body: bytes) -> None:
    """Pass a request on, and the answer back."""
    handler.send(*answer(handler, body))


def refuse(status: int, **headers: str) -> Trouble:
    """Return what answers with a status and headers."""
    return lambda handler, _: handler.send(status, b"Not now.", "text/plain", more=headers)


def hang(handler: Handler, _body: bytes) -> None:
    """Answer nothing until nobody waits any more."""
    handler.rfile.read(1)


def break_off(handler: Handler, body: bytes) -> None:
    """Send the first half of the answer."""
    status, whole, media_type = answer(handler, body)
    handler.send(status, whole[: len(whole) // 2], media_type, length=len(whole))


def add_a_stack_trace(handler: Handler, body: bytes) -> None:
    """Send half of the answer and then why it stopped, as the service does that ran out of time."""
    status, whole, media_type = answer(handler, body)
    trace = b"java.util.concurrent.TimeoutException\n\tat com.bigdata"
    handler.send(status, whole[: len(whole) // 2] + trace, media_type)


def send_a_page(handler: Handler, _body: bytes) -> None:
    """Send a page, as if all was well."""
    handler.send(200, b"<!doctype html><title>Sorry</title>", "text/html")


def send_other_json(handler: Handler, _body: bytes) -> None:
    """Send JSON that says something else."""
    handler.send(200, b'{"error": "maintenance"}', "application/json")


@contextmanager
def proxy(behind: str) -> Iterator[Proxy]:
    """Yield a proxy before an endpoint."""
    kind = type("OwnHandler", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as listener:
        endpoint = f"http://127.0.0.1:{listener.server_address[1]}/sparql"
        made = kind.proxy = Proxy(endpoint, behind)  # type: ignore[attr-defined]
        listener.daemon_threads = True
        listener.block_on_close = False
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            listener.shutdown()
            thread.join()
