"""Real SPARQL services of others, each in a process of its own on this machine."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

VIRTUOSO = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
O_DIRECT = 0
CaseMode = 2
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
DirsAllowed = {folder}

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 5
MaxClientConnections = 5

[SPARQL]
{limits}
"""


@contextmanager
def oxigraph(quads: str, triples: str, folder: Path) -> Iterator[str]:
    """Yield the address of Oxigraph's server over named graphs and a default graph."""
    port = free_port()
    binary = str(Path(sys.executable).with_name("oxigraph"))
    address = f"http://127.0.0.1:{port}"
    with (
        (folder / "oxigraph.log").open("w") as log,
        subprocess.Popen(
            [binary, "serve", "--bind", f"127.0.0.1:{port}"], stdout=log, stderr=log
        ) as process,
    ):
        try:
            wait_for(f"{address}/query?query=ASK%7B%7D", process)
            load(f"{address}/store", "application/n-quads", quads)
            load(f"{address}/store?default", "application/n-triples", triples)
            yield f"{address}/query"
        finally:
            process.kill()


@contextmanager
def virtuoso(quads: str, folder: Path, limits: str = "") -> Iterator[str]:
    """Yield the address of a Virtuoso over named graphs; its default graph is their union."""
    server, client = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if not (server and client):
        pytest.skip("Virtuoso is not installed (Debian: virtuoso-opensource)")
    sql, http = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(VIRTUOSO.format(folder=folder, sql=sql, http=http, limits=limits))
    (folder / "world.nq").write_text(quads, "utf-8")
    command = [server, "+foreground", "+configfile", str(settings)]
    address = f"http://127.0.0.1:{http}/sparql"
    with (
        (folder / "virtuoso.out").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process,
    ):
        try:
            wait_for(f"{address}?query=ASK%7B%7D", process)
            # 512: the lines are N-Quads.
            loading = f"ttlp (file_to_string ('{folder}/world.nq'), '', 'urn:none', 512);"
            told = subprocess.run(
                [client, f"127.0.0.1:{sql}", "dba", "dba", f"exec={loading}"],
                capture_output=True,
                check=True,
                text=True,
            )
            assert "Done" in told.stdout, told.stdout + told.stderr
            yield address
        finally:
            process.kill()


def free_port() -> int:
    """Return a port of this machine that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the address answers."""
    give_up = time.monotonic() + 60
    while True:
        try:
            with urlopen(address, timeout=10):  # noqa: S310  # on this machine
                return
        except (URLError, ConnectionError):
            assert process.poll() is None, "the service has ended"
            assert time.monotonic() < give_up, "the service does not answer"
            time.sleep(0.05)


def load(address: str, media_type: str, text: str) -> None:
    """Send a graph to a store."""
    request = Request(address, text.encode(), {"Content-Type": media_type})  # noqa: S310  # here
    with urlopen(request, timeout=10):  # noqa: S310  # on this machine
        pass
