"""The engine under attack: every query ends in an answer or an honest error, alone."""

import os
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyoxigraph
import pytest

from citydiplomacy.engine import Lane, Query, rows, wire
from citydiplomacy.engine.host import EngineHost
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import (
    EngineBusyError,
    EngineError,
    EngineUnavailableError,
    QueryTimeoutError,
    RequestError,
    ResultTooLargeError,
)
from citydiplomacy.formats import JSON_ROWS
from citydiplomacy.settings import Settings

SETTINGS = Settings(query_seconds=1, query_memory=48 * 1024 * 1024, query_workers=2)
UNGUARDED = replace(
    SETTINGS,
    query_length=10**7,
    query_depth=10**7,
    query_patterns=10**7,
    query_optionals=10**7,
    query_operators=10**7,
)
NEVER_ENDING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LIGHT = "ASK { <http://example.org/city/1> ?p ?o }"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    cities = (
        f"<http://example.org/city/{number}> <http://example.org/near> "
        f"<http://example.org/city/{number * 7 % 1000}> <http://example.org/graph> .\n"
        for number in range(1000)
    )
    (folder / "citydiplomacy.nq").write_text("".join(cities))
    return folder


@pytest.fixture(scope="module")
def host(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineHost]:
    host = EngineHost(SETTINGS, release, tmp_path_factory.mktemp("socket"))
    host.start()
    yield host
    host.stop()


@pytest.fixture
def engine(host: EngineHost) -> Iterator[LocalEngine]:
    """The engine, which must answer as before after every attack."""
    pid = host.pid
    yield LocalEngine(host.socket, SETTINGS)
    assert rows.answer(LocalEngine(host.socket, SETTINGS), LIGHT)
    assert host.pid == pid


def run(engine: LocalEngine, text: str, lane: Lane = "public") -> bytes:
    return engine.run(Query(text), JSON_ROWS.media_type, lane).read()


def children(host: EngineHost) -> list[str]:
    """Return the process ids of the queries that run."""
    return Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()


def becomes_idle(host: EngineHost, seconds: float = 5.0) -> bool:
    give_up = time.monotonic() + seconds
    while children(host) and time.monotonic() < give_up:
        time.sleep(0.02)
    return not children(host)


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A listener on the loopback that no query may ever reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def was_called(listener: socket.socket, seconds: float = 0) -> bool:
    """Tell whether somebody has connected, or does so within some seconds."""
    called, _, _ = select.select([listener], [], [], seconds)
    if called:
        listener.accept()[0].close()
    return bool(called)


# The guard takes `<2)SERVICE#>` for an IRI; the parser, which knows what may stand where, does
# not. So this one reaches the engine.
DISGUISE = "FILTER(1<2)SERVICE#>\n"

CALLS = {
    "SERVICE": "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SERVICE SILENT": "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "lower case": "SELECT * {{ service <{url}> {{ ?s ?p ?o }} }}",
    "comment": "SELECT * {{ SERVICE # <http://example.org/>\n<{url}> {{ ?s ?p ?o }} }}",
    "variable": "SELECT * {{ VALUES ?x {{ <{url}> }} SERVICE ?x {{ ?s ?p ?o }} }}",
    "computed": "SELECT * {{ BIND(IRI('{url}') AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
    "base": "BASE <{url}> SELECT * {{ SERVICE <sparql> {{ ?s ?p ?o }} }}",
    "prefix": "PREFIX x: <{url}> SELECT * {{ SERVICE x:sparql {{ ?s ?p ?o }} }}",
    "glued": "SELECT * {{ ?a ?b ?c FILTER(true)SERVICE<{url}>{{ ?s ?p ?o }} }}",
    "sub-select": "SELECT * {{ {{ SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }} }}",
    "disguised": "SELECT * {{ {disguise}<{url}>{{ ?s ?p ?o }} }}",
    "disguised, silent": "SELECT * {{ {disguise}SILENT <{url}>{{ ?s ?p ?o }} }}",
    "LOAD": "LOAD <{url}>",
    "FROM": "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
    "FROM NAMED": "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "FROM a file": "SELECT * FROM <file:///etc/passwd> {{ ?s ?p ?o }}",
    "DESCRIBE": "DESCRIBE <{url}>",
}


@pytest.mark.parametrize("name", CALLS)
def test_no_query_reaches_another_service_or_a_file(
    engine: LocalEngine, listener: socket.socket, name: str
) -> None:
    text = CALLS[name].format(url=address(listener), disguise=DISGUISE)
    body = b""
    with suppress(RequestError):
        body = run(engine, text)
    assert not was_called(listener)
    assert b"root" not in body


def test_the_disguise_would_work_on_an_engine_that_is_not_confined(
    listener: socket.socket,
) -> None:
    text = CALLS["disguised, silent"].format(url=address(listener), disguise=DISGUISE)
    unconfined = threading.Thread(target=pyoxigraph.Store().query, args=(text,))
    unconfined.start()
    assert was_called(listener, seconds=5)
    unconfined.join()


def test_an_update_changes_nothing(engine: LocalEngine) -> None:
    with pytest.raises(RequestError) as caught:
        run(engine, "INSERT DATA { <http://example.org/a> <http://example.org/marker> 1 }")
    assert caught.value.status == 403
    assert not rows.answer(engine, "ASK { ?s <http://example.org/marker> ?o }")


BOMBS = {
    "groups": "ASK " + "{" * 2240 + "}" * 2240,
    "function calls": f"ASK {{ FILTER({'STR(' * 960}1{')' * 960}) }}",
    "NOT EXISTS": f"ASK {'{ FILTER NOT EXISTS ' * 864}{{}}{'}' * 864}",
    "parentheses": f"ASK {{ FILTER({'(' * 60_000}1{')' * 60_000}) }}",
    "negations": f"ASK {{ FILTER({'!' * 9472}true) }}",
    "sums": f"ASK {{ FILTER({'+'.join(['1'] * 6912)}) }}",
    "unions": f"ASK {{ {'UNION'.join(['{}'] * 6656)} }}",
    "groups beyond any stack": "ASK " + "{" * 400_000 + "}" * 400_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_that_would_break_the_parser_hurts_nobody_even_without_the_guard(
    host: EngineHost, engine: LocalEngine, name: str
) -> None:
    unguarded = LocalEngine(host.socket, UNGUARDED)
    started = time.monotonic()
    with suppress(RequestError):
        run(unguarded, BOMBS[name])
    assert time.monotonic() - started < 10


def test_a_deep_stack_answers_what_would_break_a_usual_one(
    host: EngineHost, engine: LocalEngine
) -> None:
    assert rows.answer(LocalEngine(host.socket, UNGUARDED), BOMBS["groups"])


ENDLESS = {
    "cross product": NEVER_ENDING,
    "list": f"ASK {{ ?s ?p {'(' * 256}{')' * 256} }}",
    "path": f"ASK {{ ?s {'/'.join(['<a:a>'] * 512)} ?o }}",
    "patterns": f"ASK {{ {'. '.join(['?s ?p ?o'] * 500)} }}",
    "values": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?x{n} {{ {'1 ' * 1000} }}" for n in range(5))
    + "}",
}


def fails(engine: LocalEngine, text: str) -> type[RequestError] | None:
    """Return the error that a query ends in."""
    try:
        run(engine, text)
    except RequestError as error:
        return type(error)
    return None


def test_queries_that_never_end_are_ended(host: EngineHost, engine: LocalEngine) -> None:
    unguarded = LocalEngine(host.socket, UNGUARDED)
    with ThreadPoolExecutor(len(ENDLESS)) as pool:
        ends = pool.map(partial(fails, unguarded), ENDLESS.values())
    assert dict(zip(ENDLESS, ends, strict=True)) == dict.fromkeys(ENDLESS, QueryTimeoutError)
    assert becomes_idle(host)


def test_a_query_that_ran_too_long_is_told_the_limit_and_its_setting(engine: LocalEngine) -> None:
    with pytest.raises(QueryTimeoutError) as caught:
        run(engine, NEVER_ENDING)
    assert caught.value.extras() == {"setting": "query_seconds", "limit": 1}
    assert "fewer nodes" in caught.value.repair


GREEDY = {
    "DISTINCT": "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?a ?c ?d ?f { ?a ?b ?c . ?d ?e ?f } }",
    "ORDER BY": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    "CONCAT": "SELECT (STRLEN(?x30) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
    + "}",
}


@pytest.mark.parametrize("name", GREEDY)
def test_a_query_that_wants_too_much_memory_is_told_so(engine: LocalEngine, name: str) -> None:
    with pytest.raises(ResultTooLargeError, match="memory") as caught:
        run(engine, GREEDY[name])
    assert caught.value.setting == "query_memory"


def test_a_query_ends_when_its_client_is_gone(release: Path, tmp_path: Path) -> None:
    host = EngineHost(replace(SETTINGS, query_seconds=60), release, tmp_path)
    host.start()
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(host.socket))
            request = wire.Request(Query(NEVER_ENDING), JSON_ROWS.media_type, "public")
            client.sendall(wire.pack_request(request))
            while not children(host):
                time.sleep(0.02)
        assert becomes_idle(host)
    finally:
        host.stop()


def test_light_queries_are_answered_while_heavy_ones_run(
    host: EngineHost, engine: LocalEngine
) -> None:
    with ThreadPoolExecutor(4) as pool:
        heavy = [pool.submit(fails, engine, NEVER_ENDING) for _ in range(4)]
        time.sleep(0.5)
        started = time.monotonic()
        assert rows.answer(engine, LIGHT, "public")
        assert rows.answer(engine, LIGHT, "pages")
        waited = time.monotonic() - started
    assert waited < 3
    assert {future.result() for future in heavy} == {QueryTimeoutError}


def test_a_heavy_query_gives_way_and_is_the_first_to_go_when_memory_ends(
    host: EngineHost, engine: LocalEngine
) -> None:
    with ThreadPoolExecutor(1) as pool:
        heavy = pool.submit(fails, engine, NEVER_ENDING)
        time.sleep(0.6)
        (child,) = children(host)
        assert os.getpriority(os.PRIO_PROCESS, int(child)) > 0
        assert Path(f"/proc/{child}/oom_score_adj").read_text() == "1000\n"
    assert heavy.result() is QueryTimeoutError


def test_when_too_many_queries_wait_the_next_is_told_to_come_back(
    release: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, query_workers=1, query_queue=1, slow_queries=0)
    host = EngineHost(settings, release, tmp_path)
    engine = host.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            heavy = [pool.submit(fails, engine, NEVER_ENDING) for _ in range(4)]
            assert rows.answer(engine, LIGHT, "pages")
        ends = [future.result() for future in heavy]
    finally:
        host.stop()
    assert ends.count(EngineBusyError) >= 2
    assert QueryTimeoutError in ends


def test_every_web_thread_may_ask_for_a_page_at_the_same_time(
    release: Path, tmp_path: Path
) -> None:
    settings = Settings(page_workers=1, query_queue=1)
    host = EngineHost(settings, release, tmp_path)
    engine = host.start()
    try:
        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: rows.answer(engine, LIGHT, "pages"), range(40)))
    finally:
        host.stop()
    assert answers == [True] * 40


def descriptors(host: EngineHost) -> int:
    """Return how many descriptors an engine has open when it has no client."""
    assert rows.answer(LocalEngine(host.socket, SETTINGS), LIGHT)
    folder = Path(f"/proc/{host.pid}/fd")
    give_up = time.monotonic() + 5
    while sum(each.is_socket() for each in folder.iterdir()) > 1 and time.monotonic() < give_up:
        time.sleep(0.02)
    return len(list(folder.iterdir()))


@contextmanager
def spare_descriptors(host: EngineHost, number: int) -> Iterator[None]:
    """Leave an engine only so many descriptors that it may still open."""
    assert host.pid
    soft, hard = resource.prlimit(host.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (descriptors(host) + number, hard))
    yield
    with suppress(ProcessLookupError):  # it has not survived, as the caller will notice
        resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("number", [1, 3])  # nothing for the first pipe, nothing for the second
def test_a_query_without_descriptors_fails_alone_and_leaks_none(
    host: EngineHost, engine: LocalEngine, number: int
) -> None:
    before = descriptors(host)
    with (
        spare_descriptors(host, number),
        pytest.raises(EngineError, match="Too many open files"),
    ):
        run(engine, LIGHT)
    assert descriptors(host) == before


def seconds_of_work(host: EngineHost) -> float:
    user, system = Path(f"/proc/{host.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_who_comes_while_no_descriptor_is_free_waits_and_is_answered(
    host: EngineHost, engine: LocalEngine
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with spare_descriptors(host, 0):
            worked = seconds_of_work(host)
            query = pool.submit(rows.answer, engine, LIGHT)
            time.sleep(0.6)
            assert seconds_of_work(host) - worked < 0.3
            assert not query.done()
        assert query.result()


def test_an_engine_takes_more_descriptors_than_it_is_given_at_first(
    release: Path, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    host = EngineHost(SETTINGS, release, tmp_path)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        host.start()
        assert host.pid
        assert resource.prlimit(host.pid, resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        host.stop()


def test_an_engine_that_dies_is_reported_and_comes_back(release: Path, tmp_path: Path) -> None:
    host = EngineHost(SETTINGS, release, tmp_path)
    engine = host.start()
    first = host.pid
    assert first
    try:
        with ThreadPoolExecutor(1) as pool:
            query = pool.submit(fails, engine, NEVER_ENDING)
            while not children(host):
                time.sleep(0.02)
            os.kill(first, signal.SIGKILL)
            assert query.result() is EngineUnavailableError
        while host.pid == first:
            host.revive()
        assert rows.answer(engine, LIGHT)
    finally:
        host.stop()


def test_an_engine_ends_with_its_queries_when_the_supervisor_lets_go(
    release: Path, tmp_path: Path
) -> None:
    host = EngineHost(SETTINGS, release, tmp_path)
    engine = host.start()
    group = host.pid
    assert group
    with ThreadPoolExecutor(1) as pool:
        query = pool.submit(fails, engine, NEVER_ENDING)
        while not children(host):
            time.sleep(0.02)
        host.stop()
        assert query.result() is EngineUnavailableError
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
