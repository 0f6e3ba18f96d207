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
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from citydiplomacy.engine import Lane, Query, rows, wire
from citydiplomacy.engine.host import EngineHost
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import (
    BudgetSpentError,
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
    with closing(LocalEngine(host.socket, SETTINGS)) as engine:
        yield engine
        assert rows.answer(engine, LIGHT)
    assert host.pid == pid


def run(engine: LocalEngine, text: str, lane: Lane = "public", client: str = "") -> bytes:
    return engine.run(Query(text), JSON_ROWS.media_type, lane, client).read()


@contextmanager
def another_engine(release: Path, folder: Path, **changed: Any) -> Iterator[LocalEngine]:
    """An engine of its own, for a test that spoils it or counts what it does."""
    host = EngineHost(replace(SETTINGS, **changed), release, folder)
    try:
        with closing(host.start()) as engine:
            yield engine
    finally:
        host.stop()


def workers(host: EngineHost) -> list[int]:
    """Return the process ids of the engine's children."""
    children = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
    return [int(pid) for pid in children]


def is_at_work(pid: int) -> bool:
    """Tell whether a child computes; one that waits for a query sleeps."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state == "R"


def at_work(host: EngineHost) -> list[int]:
    return [pid for pid in workers(host) if is_at_work(pid)]


def becomes_idle(host: EngineHost, seconds: float = 5.0) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not at_work(host):
            return True
        time.sleep(0.02)
    return False


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
    started = time.monotonic()
    with closing(LocalEngine(host.socket, UNGUARDED)) as unguarded, suppress(RequestError):
        run(unguarded, BOMBS[name])
    assert time.monotonic() - started < 10


def test_a_deep_stack_answers_what_would_break_a_usual_one(
    host: EngineHost, engine: LocalEngine
) -> None:
    with closing(LocalEngine(host.socket, UNGUARDED)) as unguarded:
        assert rows.answer(unguarded, BOMBS["groups"])


ENDLESS = {
    "cross product": NEVER_ENDING,
    "list": f"ASK {{ ?s ?p {'(' * 256}{')' * 256} }}",
    "path": f"ASK {{ ?s {'/'.join(['<a:a>'] * 512)} ?o }}",
    "patterns": f"ASK {{ {'. '.join(['?s ?p ?o'] * 500)} }}",
    "values": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?x{n} {{ {'1 ' * 1000} }}" for n in range(5))
    + "}",
}


def fails(engine: LocalEngine, text: str, client: str = "") -> type[RequestError] | None:
    """Return the error that a query ends in."""
    try:
        run(engine, text, client=client)
    except RequestError as error:
        return type(error)
    return None


def test_queries_that_never_end_are_ended(host: EngineHost, engine: LocalEngine) -> None:
    with (
        closing(LocalEngine(host.socket, UNGUARDED)) as unguarded,
        ThreadPoolExecutor(len(ENDLESS)) as pool,
    ):
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
            client.sendall(wire.pack_query(request))
            while not at_work(host):
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
        (child,) = at_work(host)
        assert os.sched_getscheduler(int(child)) == os.SCHED_IDLE
        assert Path(f"/proc/{child}/oom_score_adj").read_text() == "1000\n"
    assert heavy.result() is QueryTimeoutError


def test_a_query_of_a_page_keeps_its_turn_however_long_it_takes(
    host: EngineHost, engine: LocalEngine
) -> None:
    def ask() -> None:
        with pytest.raises(QueryTimeoutError):
            rows.answer(engine, NEVER_ENDING, "pages")

    with ThreadPoolExecutor(1) as pool:
        heavy = pool.submit(ask)
        time.sleep(0.6)
        (child,) = at_work(host)
        assert os.sched_getscheduler(int(child)) == os.SCHED_OTHER
        heavy.result()


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


def settles(host: EngineHost, seconds: float = 5.0) -> bool:
    """Tell whether an engine comes to have its usual number of workers and no client."""
    usual = SETTINGS.query_workers + SETTINGS.page_workers
    give_up = time.monotonic() + seconds
    since, before = time.monotonic(), set[int]()
    while time.monotonic() < give_up:
        folder = Path(f"/proc/{host.pid}/fd")
        # A worker has two pipes; the listener is a socket too.
        clients = sum(each.is_socket() for each in folder.iterdir()) - 1
        now = set(workers(host))
        if clients or len(now) != usual or now != before:
            since, before = time.monotonic(), now
        elif time.monotonic() - since > 0.2:  # none that was started in haste is still replaced
            return True
        time.sleep(0.02)
    return False


def descriptors(host: EngineHost) -> set[int]:
    """Return the descriptors that an engine has open."""
    return {int(each.name) for each in Path(f"/proc/{host.pid}/fd").iterdir()}


@contextmanager
def spare_descriptors(host: EngineHost, number: int) -> Iterator[None]:
    """Leave an engine only so many descriptors that it may still open, and no worker."""
    assert host.pid
    assert settles(host)
    soft, hard = resource.prlimit(host.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (0, hard))
    for worker in workers(host):
        os.kill(worker, signal.SIGKILL)
    while workers(host):
        time.sleep(0.02)
    free = [each for each in range(100) if each not in descriptors(host)]
    resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (free[number], hard))
    yield
    with suppress(ProcessLookupError):  # it has not survived, as the caller will notice
        resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (soft, hard))


# One for the client: nothing is left for the first pipe, or for the second.
@pytest.mark.parametrize("number", [1, 3])
def test_a_query_without_descriptors_fails_alone_and_leaks_none(
    host: EngineHost, number: int
) -> None:
    with closing(LocalEngine(host.socket, SETTINGS)) as engine:
        assert settles(host)
        before = len(descriptors(host))
        with (
            spare_descriptors(host, number),
            pytest.raises(EngineError, match="Too many open files"),
        ):
            run(engine, LIGHT)
    assert settles(host)
    time.sleep(0.05)  # a worker that was just started has its ends of the pipes closed by now
    assert len(descriptors(host)) == before


def seconds_of_work(host: EngineHost) -> float:
    user, system = Path(f"/proc/{host.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_who_comes_while_no_descriptor_is_free_waits_and_is_answered(host: EngineHost) -> None:
    with closing(LocalEngine(host.socket, SETTINGS)) as engine, ThreadPoolExecutor(1) as pool:
        with spare_descriptors(host, 0):
            worked = seconds_of_work(host)
            query = pool.submit(rows.answer, engine, LIGHT)
            time.sleep(0.6)
            assert seconds_of_work(host) - worked < 0.3
            assert not query.done()
        assert query.result()


def test_a_worker_that_dies_while_it_waits_is_replaced(
    host: EngineHost, engine: LocalEngine
) -> None:
    assert rows.answer(engine, LIGHT)
    first = set(workers(host))
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.2)
    assert rows.answer(engine, LIGHT)
    assert len(workers(host)) == len(first)
    assert first.isdisjoint(workers(host))


def test_a_worker_answers_many_queries_and_a_slow_one_is_its_last(
    host: EngineHost, engine: LocalEngine
) -> None:
    engine.close()
    assert settles(host)
    before = set(workers(host))
    assert all(rows.answer(engine, LIGHT) for _ in range(20))
    assert set(workers(host)) == before
    assert fails(engine, NEVER_ENDING) is QueryTimeoutError
    assert becomes_idle(host)
    engine.close()
    assert settles(host)
    assert len(before - set(workers(host))) == 1


def test_workers_that_wait_have_copied_what_they_will_read(
    host: EngineHost, engine: LocalEngine
) -> None:
    with ThreadPoolExecutor(8) as pool:  # some are started in haste, and copy nothing
        answered = list(pool.map(lambda _: rows.answer(engine, LIGHT, "pages"), range(40)))
    assert all(answered)
    engine.close()
    assert settles(host)
    for worker in workers(host):
        assert memory(worker, "Private_Dirty") > 4 * memory(worker, "Shared_Dirty")


def memory(pid: int, kind: str) -> int:
    """Return how many kB of a kind of memory a process has."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{kind}:"))
    return int(line.split()[1])


def test_one_client_may_have_only_so_many_queries_at_the_same_time(
    release: Path, tmp_path: Path
) -> None:
    with another_engine(release, tmp_path, client_queries=2) as engine:
        with ThreadPoolExecutor(4) as pool:
            ask = partial(fails, engine, NEVER_ENDING, client="203.0.113.9")
            ends = [pool.submit(ask) for _ in range(4)]
            assert rows.answer(engine, LIGHT)
        assert [end.result() for end in ends].count(EngineBusyError) == 2


def test_a_client_that_has_spent_its_budget_waits_while_others_ask(
    release: Path, tmp_path: Path
) -> None:
    with another_engine(release, tmp_path, client_seconds=1, query_seconds=2) as engine:
        assert fails(engine, NEVER_ENDING, client="203.0.113.9") is QueryTimeoutError
        with pytest.raises(BudgetSpentError) as caught:
            run(engine, LIGHT, client="203.0.113.9")
        assert run(engine, LIGHT, client="203.0.113.10")
        assert run(engine, LIGHT)
    assert caught.value.extras() == {"setting": "client_seconds", "limit": 1}
    (header,) = caught.value.headers
    assert header[0] == "Retry-After"
    assert 1 <= int(header[1]) <= 120


def test_an_engine_counts_what_it_does(release: Path, tmp_path: Path) -> None:
    with another_engine(release, tmp_path) as engine:
        assert rows.answer(engine, LIGHT, "pages")
        assert fails(engine, NEVER_ENDING) is QueryTimeoutError
        engine.measures({"hit": 2})
        counted = engine.measures({"hit": 3}).decode().splitlines()
    assert 'citydiplomacy_queries_total{lane="pages",outcome="answered"} 1.0' in counted
    assert 'citydiplomacy_queries_total{lane="public",outcome="query took too long"} 1.0' in counted
    assert 'citydiplomacy_query_seconds_count{lane="public"} 1.0' in counted
    assert "citydiplomacy_workers_killed_total 1.0" in counted
    assert 'citydiplomacy_web_responses_total{cache="hit"} 5.0' in counted


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


def test_an_engine_of_our_own_is_not_told_what_opens_a_remote_store(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYDIPLOMACY_STORE_TOKEN", "open-sesame")
    host = EngineHost(SETTINGS, release, tmp_path)
    try:
        host.start().close()
        assert b"open-sesame" not in Path(f"/proc/{host.pid}/environ").read_bytes()
    finally:
        host.stop()


def test_an_engine_that_dies_is_reported_and_comes_back(release: Path, tmp_path: Path) -> None:
    host = EngineHost(SETTINGS, release, tmp_path)
    engine = host.start()
    first = host.pid
    assert first
    try:
        with ThreadPoolExecutor(1) as pool:
            query = pool.submit(fails, engine, NEVER_ENDING)
            while not at_work(host):
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
        while not at_work(host):
            time.sleep(0.02)
        host.stop()
        assert query.result() is EngineUnavailableError
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
