"""The supervisor: starts engine and web server, keeps them alive, ends them in order."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from citydiplomacy import manifests, release, supervisor
from citydiplomacy.settings import Settings
from common import SMALL, select, serve

WORLD = (
    "<https://w3id.org/citydiplomacy/city/odesa> <http://www.w3.org/2000/01/rdf-schema#label> "
    '"Odesa"@en <https://w3id.org/citydiplomacy/graph/curated> .\n'
)


@dataclass
class Service:
    """A running service: its process, its address, and where its standard error goes."""

    process: subprocess.Popen[str]
    address: str
    log: Path

    def asks(self, query: str) -> int:
        """Return the status with which the service answers a query."""
        address = f"{self.address}sparql?{urlencode({'query': query})}"
        try:
            with urlopen(address, timeout=20) as answer:  # noqa: S310  # our own server
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def answers(self, query: str) -> bool:
        """Return what the service says to an ASK query."""
        address = f"{self.address}sparql?{urlencode({'query': query})}"
        with urlopen(address, timeout=20) as answer:  # noqa: S310  # our own server
            return bool(json.load(answer)["boolean"])

    def engine(self) -> int:
        """Return the process id of the engine."""
        ours = self.process.pid
        (engine,) = (
            pid for pid in descendants(ours) if "engine" in command(pid) and parent(pid) == ours
        )
        return engine


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have started."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [deeper for child in found for deeper in descendants(child)]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def runs(pid: int) -> bool:
    """Tell whether a process still runs; one that only waits to be counted does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_end(pids: list[int], seconds: float = 15) -> bool:
    give_up = time.monotonic() + seconds
    while any(map(runs, pids)) and time.monotonic() < give_up:
        time.sleep(0.05)
    return not any(map(runs, pids))


def write(folder: Path, nquads: str) -> None:
    """Write a release by hand."""
    folder.mkdir()
    (folder / "citydiplomacy.nq").write_text(nquads)
    manifest = manifests.made({"citydiplomacy.nq": nquads.encode()}, {}, version="0")
    (folder / "manifest.json").write_bytes(manifests.written(manifest))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service with one small release, written by hand."""
    releases = tmp_path_factory.mktemp("releases")
    write(releases / "0123", WORLD)
    (releases / "current").symlink_to("0123")
    return Settings(port=0, release_dir=releases, web_processes=1, web_threads=4)


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[Service]:
    """A service that answers, on a port of its own."""
    with running(settings, tmp_path / "log") as service:
        yield service


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_service_answers_and_then_ends_in_order(service: Service, ending: signal.Signals) -> None:
    assert service.asks("ASK { ?s ?p ?o }") == 200
    everybody = descendants(service.process.pid)
    # Each release has its engine in a folder of its own.
    socket_folder = Path(command(service.engine()).split()[-1]).parent.parent
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    service.process.send_signal(ending)
    assert service.process.wait(20) == 0
    assert all_end(everybody)
    assert not socket_folder.exists()
    assert service.log.read_text() == ""


def test_an_engine_that_dies_is_started_again_and_the_log_says_so(service: Service) -> None:
    first = service.engine()
    os.kill(first, signal.SIGKILL)
    assert all_end([first])
    # A query that comes meanwhile waits for the new engine.
    assert service.asks("ASK { ?s ?p ?o }") == 200
    assert service.engine() != first
    assert "The query engine ended" in service.log.read_text()


def test_a_web_server_that_dies_is_started_again_on_the_same_port(service: Service) -> None:
    first = descendants(service.process.pid)
    (web,) = [
        pid for pid in first if "granian" in command(pid) and parent(pid) == service.process.pid
    ]
    os.kill(web, signal.SIGKILL)
    assert service.process.stdout
    assert service.process.stdout.readline().split()[-1] == service.address
    assert service.asks("ASK { ?s ?p ?o }") == 200
    stays = {service.engine(), *descendants(service.engine())}
    assert all_end([pid for pid in first if pid not in stays])
    assert "starting it again" in service.log.read_text()


def test_a_query_too_heavy_to_answer_leaves_the_service_standing(service: Service) -> None:
    assert service.asks("ASK " + "{" * 5_000 + "}" * 5_000) == 400
    assert service.asks("ASK { ?s ?p ?o }") == 200


def test_bodies_that_never_end_leave_threads_for_readers(service: Service) -> None:
    begun = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    port = int(service.address.rstrip("/").rpartition(":")[2])
    with ExitStack() as held:
        for _ in range(12):
            sender = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            sender.sendall(begun + b"Content-Length: 500\r\n\r\nASK")
        time.sleep(0.2)  # until the threads have taken them up
        assert service.asks("ASK { ?s ?p ?o }") == 200


def test_nothing_is_left_when_the_supervisor_is_killed(service: Service) -> None:
    everybody = descendants(service.process.pid)
    service.process.kill()
    assert all_end(everybody)


def test_a_port_that_is_taken_is_told_so(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with serve(replace(settings, port=port), subprocess.PIPE) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said == (
        f"ERROR Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Stop what listens there, or choose another port.\n"
    )


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("citydiplomacy.nq", "citydiplomacy.nq: the file is missing"),
        ("manifest.json", "manifest.json is missing"),
    ],
)
def test_a_release_with_a_file_missing_is_not_served(
    settings: Settings, tmp_path: Path, missing: str, said: str
) -> None:
    shutil.copytree(settings.release_dir, tmp_path / "releases")
    (tmp_path / "releases" / "current" / missing).unlink()
    broken = replace(settings, release_dir=tmp_path / "releases")
    with serve(broken, subprocess.PIPE) as process:
        announced, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said in log
    assert not announced


def publish(settings: Settings, name: str, content: str) -> None:
    """Let another release be the current one, as a build does."""
    write(settings.release_dir / name, content)
    (settings.release_dir / "next").symlink_to(name)
    (settings.release_dir / "next").replace(settings.release_dir / "current")


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a service whose releases a test may change."""
    releases = shutil.copytree(settings.release_dir, tmp_path / "releases", symlinks=True)
    return replace(settings, release_dir=releases, query_seconds=1)


@contextmanager
def running(settings: Settings, log: Path) -> Iterator[Service]:
    with log.open("w") as stderr, serve(settings, stderr) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield Service(process, line.split()[-1] if line else "", log)
        process.terminate()


def test_a_new_release_is_served_without_a_dropped_request(
    own_settings: Settings, tmp_path: Path
) -> None:
    odessa = WORLD.partition(" <https://w3id.org/citydiplomacy/graph")[0].replace("desa", "dessa")
    with running(own_settings, tmp_path / "log") as service, ThreadPoolExecutor(2) as pool:
        first = service.engine()
        ends = threading.Event()

        def ask_on() -> set[int]:
            found = set()
            while not ends.is_set():
                found.add(service.asks("ASK { ?s ?p ?o }"))
            return found

        asking = [pool.submit(ask_on) for _ in range(2)]
        publish(
            own_settings, "4567", f"{odessa} <https://w3id.org/citydiplomacy/graph/curated> .\n"
        )
        knows = f"ASK {{ {odessa} }}"
        give_up = time.monotonic() + 10
        while not service.answers(knows) and time.monotonic() < give_up:
            time.sleep(0.05)
        assert service.answers(knows)
        assert all_end([first])
        ends.set()
        assert [each.result() for each in asking] == [{200}, {200}]
    assert "Release 4567 is served now" in service.log.read_text()


def test_a_release_that_cannot_be_served_leaves_the_one_before(
    own_settings: Settings, tmp_path: Path
) -> None:
    with running(own_settings, tmp_path / "log") as service:
        publish(own_settings, "89ab", "<http://example.org/a> broken")
        give_up = time.monotonic() + 10
        while "is not served" not in service.log.read_text() and time.monotonic() < give_up:
            time.sleep(0.05)
        assert "Release 89ab is not served" in service.log.read_text()
        assert service.answers('ASK { ?s ?p "Odesa"@en }')


def test_an_engine_can_be_had_without_a_web_server(settings: Settings) -> None:
    with supervisor.running_engine(settings, settings.release_dir / "current") as engine:
        (row,) = select(engine, "SELECT ?name { ?city ?label ?name }")
    assert row["name"].value == "Odesa"


def test_a_release_that_is_served_outlives_later_builds(tmp_path: Path) -> None:
    root = shutil.copytree(SMALL, tmp_path / "root")
    settings = Settings(release_dir=tmp_path / "releases")
    served = release.build(settings, root)
    alby = root / "data/city/alby.ttl"
    with supervisor.running_engine(settings, served.folder):
        for spelling in ("Albi", "Alba", "Albo"):
            alby.write_text((SMALL / "data/city/alby.ttl").read_text().replace("Alby", spelling))
            release.build(settings, root)
        assert release.is_whole(served)
