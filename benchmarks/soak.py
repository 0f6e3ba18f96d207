"""Does the service stay as it was while good and hostile clients use it for long?

A real service (`citydiplomacy serve`) on the loopback, good clients that ask small queries and
pages, hostile ones that send what should hurt: bombs, endless queries, half requests, hang-ups.
Printed every few seconds: memory (the share of each process, summed), processes, descriptors,
answers. At the end: whether any good request failed, any answer was not one of those allowed, and
whether the service at rest has grown since it was at rest after the first seconds of use. The exit
status is 0 when all is well.

`python -m benchmarks.soak --minutes 60`, or `--repetitions 1000` hostile requests.
"""

import argparse
import itertools
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode

from benchmarks import processes

LIMIT_SECONDS = 5
CACHE_BYTES = 2 * 1024 * 1024
GOOD_CLIENTS, HOSTILE_CLIENTS = 3, 3
PATIENCE = 30.0
WARM_SECONDS = 20.0
GROWTH = 1.25
"""What the processes that stay may have at the end, as a multiple of what they had before."""

CONNECTIONS = 64
"""Descriptors that more of the connections between web and engine may take, which are kept."""

PREFIX = "PREFIX cd: <https://w3id.org/citydiplomacy/ontology#> "
GOOD_QUERIES = (
    "ASK {}",
    PREFIX + "SELECT * { ?tie a cd:SisterCityAgreement ; cd:hasParty ?city } LIMIT 20",
    PREFIX + "SELECT ?city (COUNT(*) AS ?n) { ?city cd:hasSisterCity ?other } GROUP BY ?city",
    "DESCRIBE <https://w3id.org/citydiplomacy/city/odesa>",
)
GOOD_PAGES = ("/", "/city/taipei.html", "/city/yokohama.ttl", "/agreement/houston--taipei.html")

CROSS = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ENDS = frozenset({200, 503, 504, 507})
"""How a heavy query may end; 503 is for who comes while too many wait."""


@dataclass(frozen=True)
class Request:
    """A request and the statuses that are right answers to it."""

    name: str
    path: str
    allowed: frozenset[int]
    body: bytes | None = None
    media_type: str = "application/sparql-query"


def asking(name: str, text: str | bytes, *allowed: int) -> Request:
    """Return a query by GET."""
    return Request(name, f"/sparql?query={quote(text, safe='')}", frozenset(allowed))


def sending(name: str, body: bytes, media_type: str, *allowed: int) -> Request:
    """Return a request with a body."""
    return Request(name, "/sparql", frozenset(allowed), body, media_type)


def light_attacks(trap: str) -> list[Request]:
    """Return what is refused, or answered, at once; `trap` is an address nobody may call."""
    direct = "application/sparql-query"
    return [
        asking("deep nesting", "ASK " + "{" * 2000 + "}" * 2000, 400),
        asking("flat chain", f"ASK {{ FILTER({'||'.join(['?x=1'] * 4000)}) }}", 400),
        asking("OPTIONALs", f"ASK {{ {'OPTIONAL{?s ?p ?o}' * 300} }}", 400),
        asking("patterns", f"ASK {{ {'?s ?p ?o. ' * 500} }}", 400),
        asking("SERVICE", f"SELECT * {{ SERVICE <{trap}> {{ ?s ?p ?o }} }}", 400),
        asking("FROM http", f"DESCRIBE ?s FROM <{trap}> {{ ?s ?p ?o }}", 200),
        asking("FROM file", "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", 200),
        asking("LOAD", f"LOAD <{trap}>", 403),
        asking("INSERT", "INSERT DATA { <a:a> <a:a> 1 }", 403),
        asking("no UTF-8", b"ASK { ?s ?p '\xff' }", 400),
        asking("NUL", "ASK { ?s ?p '\0' }", 400),
        asking("surrogate", b"ASK { ?s ?p '\xed\xa0\x80' }", 400),
        asking("regular expression", "ASK { FILTER(REGEX('aaaaaaaaaaaab', '^(a+)+$')) }", 200),
        asking("long address", "#" + "x" * 200_000, 414),
        asking("words only", "SELECT ('SERVICE LOAD INSERT' AS ?x) {} # SERVICE", 200),
        sending("megabyte", b"#" + b"x" * 10**6, direct, 413),
        sending("wrong type", b"ASK {}", "text/plain", 415),
        sending("body without UTF-8", b"ASK {\xff}", direct, 400),
        sending("update", b"CLEAR ALL", "application/sparql-update", 403),
    ]


def heavy_attacks() -> list[Request]:
    """Return what runs into the limits of time and memory."""
    text = "aaaaaaaaaaaaaaaa"
    doubling = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(32))
    growing = " ".join(f"BIND(REPLACE(?x{n}, 'a', 'aaaa') AS ?x{n + 1})" for n in range(16))
    return [
        asking("COUNT", f"SELECT (COUNT(*) AS ?n) {CROSS}", *ENDS),
        asking("ORDER BY", f"SELECT * {CROSS} ORDER BY ?i ?c", *ENDS),
        asking("GROUP BY", f"SELECT ?a ?e (COUNT(*) AS ?n) {CROSS} GROUP BY ?a ?e", *ENDS),
        asking("DISTINCT", f"SELECT DISTINCT ?a ?d ?g {CROSS}", *ENDS),
        asking("rows", f"SELECT * {CROSS}", *ENDS),
        asking("paths", "SELECT * { ?a (<a:a>|!<a:a>)* ?b . ?b (<a:b>|!<a:b>)* ?c }", *ENDS),
        asking("CONCAT", f"SELECT ?x32 {{ BIND('{text}' AS ?x0) {doubling} }}", *ENDS),
        asking("REPLACE", f"SELECT ?x16 {{ BIND('{text}' AS ?x0) {growing} }}", *ENDS),
    ]


@dataclass
class Tally:
    """What was asked and how it ended."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def attack(self, request: Request, status: int) -> None:
        """Note an answer to a hostile request."""
        self.answers[f"{request.name}: {status}"] += 1
        if status not in request.allowed:
            self.wrong.append(f"{request.name}: {status}")

    def good(self, path: str, status: int) -> None:
        """Note an answer to a good request."""
        self.answers["good"] += 1
        if status != 200:  # noqa: PLR2004  # OK
            self.failed.append(f"{path[:80]}: {status}")


def status_of(port: int, path: str, body: bytes | None = None, media_type: str = "") -> int:
    """Return the status of an answer, read to its end; 0 when the connection broke."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        headers = {"Content-Type": media_type} if body is not None else {}
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        length = len(answer.read())
        whole = int(answer.headers.get("Content-Length", length)) == length
        return answer.status if whole else 0
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def hang_up(port: int, sent: bytes, pause: float) -> None:
    """Send the beginning of a request, wait, and go away."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(sent)
        time.sleep(pause)


def half_requests() -> list[bytes]:
    """Return requests that never end, or whose sender does not wait for the answer."""
    endless = urlencode({"query": f"SELECT (COUNT(*) AS ?n) {CROSS}"})
    post = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    return [
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        f"{post}Content-Length: 500\r\n\r\nASK".encode(),
        f"GET /sparql?{endless} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"\x16\x03\x01 this is no HTTP",
    ]


def attack_on(port: int, trap: str, tally: Tally, goes_on: Callable[[], bool], seed: int) -> None:
    """Send hostile requests until told to stop."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    light, heavy, halves = light_attacks(trap), heavy_attacks(), half_requests()
    while goes_on():
        if chance.random() < 0.05:  # noqa: PLR2004  # one in twenty
            hang_up(port, chance.choice(halves), chance.random())
            continue
        request = chance.choice(heavy if chance.random() < 0.05 else light)  # noqa: PLR2004
        status = status_of(port, request.path, request.body, request.media_type)
        tally.attack(request, status)


def ask_on(port: int, tally: Tally, goes_on: Callable[[], bool]) -> None:
    """Send good requests until told to stop."""
    queries = [f"/sparql?{urlencode({'query': query})}" for query in GOOD_QUERIES]
    for number, path in enumerate(itertools.cycle((*queries, *GOOD_PAGES))):
        if not goes_on():
            return
        # A text of its own each time, so that the engine is asked.
        asked = f"{path}%20%23{number}" if path.startswith("/sparql") else path
        tally.good(asked, status_of(port, asked))
        time.sleep(0.02)


@dataclass(frozen=True)
class Sample:
    """What the service has of the machine at a moment."""

    seconds: float
    mebibytes: float
    descriptors: int
    resident: dict[int, float]
    """Of each process by its id, what it has in memory, in MiB; what is shared counts for each."""

    @property
    def processes(self) -> int:
        """How many there are."""
        return len(self.resident)

    def __str__(self) -> str:
        return (
            f"{self.seconds:8.0f} s {self.mebibytes:8.1f} MiB {self.processes:4d} processes "
            f"{self.descriptors:5d} descriptors"
        )


def sample(pid: int, began: float) -> Sample:
    """Return what a service and all its processes have now."""
    mebibytes, descriptors = 0.0, 0
    resident: dict[int, float] = {}
    for each in processes.family(pid):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            descriptors += len(list(Path(f"/proc/{each}/fd").iterdir()))
        except OSError:  # it ended meanwhile
            continue
        mebibytes += _mebibytes(rollup, "Pss:")
        resident[each] = _mebibytes(rollup, "Rss:")
    return Sample(time.monotonic() - began, mebibytes, descriptors, resident)


def _mebibytes(rollup: str, name: str) -> float:
    return next(int(line.split()[1]) / 1024 for line in rollup.splitlines() if name in line)


@contextmanager
def service() -> Iterator[tuple[int, int]]:
    """Start the service as a user does; give its process id and its port."""
    script = Path(sys.executable).with_name("citydiplomacy")
    command = [str(script), "serve", "--quiet", "--port", "0"]
    # A small cache is full soon, so that it cannot pass for growth, nor hide any.
    command += ["--query-seconds", str(LIMIT_SECONDS), "--cache-bytes", str(CACHE_BYTES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            announced = process.stdout.readline() if process.stdout else ""
            yield process.pid, int(announced.strip().rstrip("/").rpartition(":")[2])
        finally:
            process.terminate()


def calmed(pid: int, began: float) -> Sample:
    """Return what a service has when nobody has asked it for three seconds."""
    time.sleep(LIMIT_SECONDS + 3)
    return sample(pid, began)


def run(pid: int, port: int, minutes: float, repetitions: int) -> bool:
    """Use the service for so long, or so often; print what happens; return whether all is well."""
    began = time.monotonic()
    tally = Tally()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        trap = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with clients(port, trap, Tally()):
            time.sleep(WARM_SECONDS)
        before = calmed(pid, began)
        print(f"at rest {before}", flush=True)
        with clients(port, trap, tally):
            watch(pid, began, tally, minutes, repetitions)
        after = calmed(pid, began)
        print(f"at rest {after}")
        return judge(before, after, tally, called(listener))


@contextmanager
def clients(port: int, trap: str, tally: Tally) -> Iterator[None]:
    """Have good and hostile clients use the service meanwhile."""
    stop = threading.Event()

    def goes_on() -> bool:
        return not stop.is_set()

    threads = [
        threading.Thread(target=attack_on, args=(port, trap, tally, goes_on, seed))
        for seed in range(HOSTILE_CLIENTS)
    ]
    threads += [
        threading.Thread(target=ask_on, args=(port, tally, goes_on)) for _ in range(GOOD_CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def watch(pid: int, began: float, tally: Tally, minutes: float, repetitions: int) -> None:
    """Look at the service now and then until it has been used for long enough."""
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        time.sleep(max(2.0, min(60.0, minutes)))
        attacks = sum(tally.answers.values()) - tally.answers["good"]
        now = sample(pid, began)
        print(f"{now}; {tally.answers['good']} good, {attacks} hostile", flush=True)
        if repetitions and attacks >= repetitions:
            break


def called(listener: socket.socket) -> bool:
    """Tell whether anybody has called the trap."""
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def judge(before: Sample, after: Sample, tally: Tally, was_called: bool) -> bool:
    """Print and return whether the service has stayed as it was."""
    for answer, number in sorted(tally.answers.items()):
        print(f"{number:8d} {answer}")
    # Workers come and go, and each has more of its own the more it has worked.
    stayed = before.resident.keys() & after.resident.keys()
    growth = sum(after.resident[each] for each in stayed) / sum(
        before.resident[each] for each in stayed
    )
    verdicts = {
        f"good requests that failed: {tally.failed[:5] or 'none'}": not tally.failed,
        f"answers that are not allowed: {tally.wrong[:5] or 'none'}": not tally.wrong,
        f"somebody called the trap: {'yes' if was_called else 'no'}": not was_called,
        f"memory of the {len(stayed)} processes that stayed, after to before: {growth:.2f}": (
            growth <= GROWTH
        ),
        f"processes at rest: {before.processes}, then {after.processes}": (
            after.processes <= before.processes + 1
        ),
        f"descriptors at rest: {before.descriptors}, then {after.descriptors}": (
            after.descriptors <= before.descriptors + CONNECTIONS
        ),
    }
    for verdict, is_well in verdicts.items():
        print(f"{'well' if is_well else 'NOT WELL'}: {verdict}")
    return all(verdicts.values())


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0, help="at most so long")
    parser.add_argument("--repetitions", type=int, default=0, help="or so many hostile requests")
    arguments = parser.parse_args()
    with service() as (pid, port):
        is_well = run(pid, port, arguments.minutes, arguments.repetitions)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
