"""The servers that are compared: each is started on a free loopback port and stopped again.

All hold the same triples, and on all of them the default graph is the union of the named graphs:
ours and oxigraph hold a copy of everything in the default graph (as `engine/store.py` does; it is
not `--union-default-graph`, so both evaluate a query over the same indexes), Virtuoso takes the
union of what it holds when a query names no graph.
"""

import importlib.metadata
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote, urlsplit

from benchmarks import processes
from citydiplomacy.paths import DUMP
from citydiplomacy.settings import PREFIX

START_SECONDS = 600
"""How long loading may take."""

_SERVE = """
import pathlib, sys
from citydiplomacy import settings, supervisor
sys.exit(supervisor.serve(settings.from_environment(), pathlib.Path(sys.argv[1])))
"""
_PIECE = 1 << 20
_LAST_LINES = 5


class PeerError(Exception):
    """A server cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A server that answers: its name and version, its SPARQL endpoint, its first process."""

    name: str
    version: str
    endpoint: str
    pid: int

    @property
    def netloc(self) -> str:
        """Its host and port."""
        return urlsplit(self.endpoint).netloc

    def status(self, text: str) -> int:
        """Return the status with which a query is answered."""
        with self._asked(text, "application/sparql-results+json") as response:
            response.read()
            return response.status

    def query(self, text: str, media_type: str = "application/sparql-results+json") -> bytes:
        """Return the answer to a query.

        Raises:
            PeerError: the answer is not 200.
        """
        with self.answer(text, media_type) as body:
            return body.read()

    @contextmanager
    def answer(self, text: str, media_type: str) -> Iterator[HTTPResponse]:
        """Yield the answer to a query, to be read in pieces.

        Raises:
            PeerError: the answer is not 200.
        """
        with self._asked(text, media_type) as response:
            if response.status != 200:  # noqa: PLR2004
                said = response.read(500).decode(errors="replace")
                raise PeerError(f"{self.name} answers {response.status}: {said}")
            yield response

    @contextmanager
    def _asked(self, text: str, media_type: str) -> Iterator[HTTPResponse]:
        path = f"{urlsplit(self.endpoint).path}?query={quote(text, safe='')}"
        with self._got(path, media_type) as response:
            yield response

    def page(self, path: str) -> str:
        """Return a page.

        Raises:
            PeerError: the answer is not 200.
        """
        with self._got(path, "text/html") as response:
            body = response.read().decode(errors="replace")
            if response.status != 200:  # noqa: PLR2004
                raise PeerError(f"{self.name} answers {response.status} for {path}.")
            return body

    @contextmanager
    def _got(self, path: str, media_type: str) -> Iterator[HTTPResponse]:
        connection = HTTPConnection(self.netloc, timeout=START_SECONDS)
        try:
            connection.request("GET", path, headers={"Accept": media_type})
            yield connection.getresponse()
        finally:
            connection.close()


Starter = Callable[[Path], AbstractContextManager[Server]]
"""Starts a server that holds the release in a folder."""


@contextmanager
def ours(data: Path, **settings: object) -> Iterator[Server]:
    """Yield our service over a release, as the command line starts it, with settings changed."""
    with starting(data, **settings) as (process, log):
        line = _first_line(process)
        if not line:
            raise PeerError(f"Our service does not start. {_end_of(log)}")
        address = line.split()[-1].rstrip("/")
        version = importlib.metadata.version("citydiplomacy")
        yield Server("ours", f"citydiplomacy {version}", f"{address}/sparql", process.pid)


def _first_line(process: Popen[str]) -> str:
    """Return what a process says first, or nothing when it ends or takes too long."""
    out = process.stdout
    ready = out and select.select([out], [], [], START_SECONDS)[0]
    return out.readline() if out and ready else ""


@contextmanager
def starting(data: Path, **settings: object) -> Iterator[tuple[Popen[str], Path]]:
    """Yield the process of our service, just started, and its log."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    chosen = {"port": 0} | settings
    given = {f"{PREFIX}{key.upper()}": str(value) for key, value in chosen.items()}
    with tempfile.TemporaryDirectory(prefix="benchmark-ours-") as folder:
        log = Path(folder) / "log"
        command: list[str | Path] = [sys.executable, "-c", _SERVE, data]
        with processes.running(command, log, inherited | given) as process:
            yield process, log


@contextmanager
def oxigraph(data: Path) -> Iterator[Server]:
    """Yield the Oxigraph server with everything in memory."""
    binary = Path(sys.executable).with_name("oxigraph")
    port = processes.free_port()
    with tempfile.TemporaryDirectory(prefix="benchmark-oxigraph-") as folder:
        log = Path(folder) / "log"
        command: list[str | Path] = [binary, "serve", "--bind", f"127.0.0.1:{port}"]
        with processes.running(command, log) as process:
            wait(port, process, log)
            _post(port, "/store?no_transaction", "application/n-quads", _pieces(data, False))
            _post(port, "/store?default&no_transaction", "text/turtle", _pieces(data, True))
            version = f"oxigraph {importlib.metadata.version('oxigraph')}, in memory"
            yield Server("oxigraph", version, f"http://127.0.0.1:{port}/query", process.pid)


def _pieces(data: Path, default_graph: bool) -> Iterator[bytes]:
    """Yield the dump in large pieces, without the names of the graphs if that is asked."""
    with (data / DUMP).open("rb") as dump:
        while lines := dump.readlines(_PIECE):
            if default_graph:
                lines = [line.rsplit(b" ", 2)[0] + b" .\n" for line in lines]
            yield b"".join(lines)


def _post(port: int, path: str, media_type: str, body: Iterator[bytes]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        headers = {"Content-Type": media_type, "Transfer-Encoding": "chunked"}
        connection.request("POST", path, body, headers, encode_chunked=True)
        response = connection.getresponse()
        said = response.read().decode(errors="replace")
        if response.status >= 300:  # noqa: PLR2004
            raise PeerError(f"The data cannot be loaded: {response.status} {said}")
    finally:
        connection.close()


_VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000

[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
DirsAllowed = {data}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxClientConnections = 64
CaseMode = 2
CheckpointInterval = 0
MaxQueryMem = 2G
ThreadsPerQuery = 4
AsyncQueueMaxThreads = 10

[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 64
MaxClientConnections = 64
MaxKeepAlives = 64
KeepAliveTimeout = 60

[SPARQL]
ResultSetMaxRows = {rows}
"""


@contextmanager
def virtuoso(data: Path, rows: int = 100_000_000) -> Iterator[Server]:
    """Yield Virtuoso with a new database, all of which fits into its buffers.

    It returns no more rows than it is told.
    """
    server, client = _tool("virtuoso-t"), _tool("isql-vt")
    port, sql_port = processes.free_port(), processes.free_port()
    with tempfile.TemporaryDirectory(prefix="benchmark-virtuoso-") as folder:
        # A buffer is 8 kB; the dump is several times as large as what is kept of it.
        buffers = 20_000 + (data / DUMP).stat().st_size // 4096
        ini = Path(folder) / "virtuoso.ini"
        ini.write_text(
            _VIRTUOSO_INI.format(
                folder=folder,
                data=data.resolve(),
                port=port,
                sql_port=sql_port,
                buffers=buffers,
                dirty=buffers * 3 // 4,
                rows=rows,
            )
        )
        log = Path(folder) / "log"
        command: list[str | Path] = [server, "+foreground", "+configfile", ini]
        with processes.running(command, log) as process:
            wait(port, process, log)
            _load_virtuoso(client, sql_port, data.resolve())
            version = _virtuoso_version()
            yield Server("virtuoso", version, f"http://127.0.0.1:{port}/sparql", process.pid)


def _load_virtuoso(client: Path, sql_port: int, data: Path) -> None:
    steps = f"ld_dir('{data}', '{DUMP}', ''); rdf_loader_run(); checkpoint;"
    asked = "select coalesce(max(ll_error), 'none') from DB.DBA.load_list;"
    command: list[str | Path] = [client, f"127.0.0.1:{sql_port}", "dba", "dba", "VERBOSE=OFF"]
    done = subprocess.run(
        [*command, f"EXEC={steps} {asked}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode or "none" not in done.stdout:
        raise PeerError(f"Virtuoso cannot load the data: {done.stdout} {done.stderr}")


def versions() -> str:
    """Return the versions of everything that takes part."""
    names = ("citydiplomacy", "pyoxigraph", "granian", "oxigraph")
    found = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return ", ".join([*found, _virtuoso_version()])


def _virtuoso_version() -> str:
    server = shutil.which("virtuoso-t")
    if server is None:
        return "no Virtuoso"
    command = [server, "+version"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10)
    words = (said.stdout + said.stderr).split()
    number = words[words.index("Version") + 1] if "Version" in words else "of unknown version"
    return f"Virtuoso {number}"


def _tool(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise PeerError(f"{name} is not installed: apt-get install virtuoso-opensource-7-bin.")
    return Path(found)


def wait(port: int, process: Popen[str], log: Path, path: str = "/") -> None:
    """Wait until something answers on a port; that path is asked for, whatever the status.

    Raises:
        PeerError: the process ended instead, or took too long.
    """
    give_up = time.monotonic() + START_SECONDS
    while not _answers(port, path):
        if process.poll() is not None or time.monotonic() > give_up:
            raise PeerError(f"{process.args!r} does not answer. {_end_of(log)}")
        time.sleep(0.05)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("HEAD", path)
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end_of(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
