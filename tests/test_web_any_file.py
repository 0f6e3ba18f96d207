"""Any N-Quads file can be served: `create_app_for`, its settings, its end."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from citydiplomacy.web import Application, create_app_for
from common import BROWSER
from w3c.endpoint import Endpoint, serving
from w3c.protocol import FORM, QUERY, UPDATE

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
QUADS = f"""\
_:somebody <http://example.org/knows> <http://example.org/ada> .
_:somebody <http://example.org/knows> _:other <http://example.org/graphs#one> .
<http://example.org/ada> <http://example.org/knows> _:other <http://example.net/graphs#one> .
<http://example.org/ada> <http://example.org/age> "036"^^<{INTEGER}> _:g .
"""
LEFT_OPEN = """
import sys
from citydiplomacy.web import create_app_for
app = create_app_for(sys.argv[1])
print(app.test_client().get("/sparql?query=ASK{}").status)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "world.nq"
    written.write_text(QUADS, "utf-8")
    return written


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """The address of a server that does not say where a body ends, as many do not."""
    with serving([]) as running:
        yield running


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this test alone for whatever is temporary."""
    # Not pytest's own: a socket's path has no more than a hundred characters.
    with tempfile.TemporaryDirectory(prefix="cd-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


def count(app: Application, pattern: str) -> int:
    query = f"SELECT (COUNT(*) AS ?triples) {{ {pattern} }}"
    answer = app.test_client().get("/sparql", query_string={"query": query, "format": "csv"})
    return int(answer.text.split()[1])


def test_the_default_graph_is_the_union_unless_it_is_asked_for_alone(file: Path) -> None:
    with create_app_for(file) as app:
        assert count(app, "?s ?p ?o") == 4
        assert count(app, "GRAPH <http://example.org/graphs#one> { ?s ?p ?o }") == 1
    with create_app_for(str(file), union_default_graph=False) as app:
        assert count(app, "?s ?p ?o") == 1
        assert count(app, "?s ?p ?o . GRAPH ?g { ?s ?p ?blank }") == 1


@pytest.mark.parametrize("quads", ["", QUADS], ids=["empty", "foreign"])
def test_no_page_breaks_on_data_that_is_not_ours(file: Path, quads: str) -> None:
    file.write_text(quads, "utf-8")
    with create_app_for(file) as app:
        client = app.test_client()
        for path in ("/", "/sparql", "/dataset.html", "/about", "/query/", "/readyz", "/healthz"):
            assert client.get(path, headers=BROWSER).status_code == 200, path
        paths = [rule.rule for rule in app.url_map.iter_rules() if "<" not in rule.rule]
        paths += ["/city/", "/city/taipei.ttl", "/ontology.html", "/query/partners", "/graph/meta"]
        statuses = {path: client.get(path, headers=BROWSER).status_code for path in paths}
        assert {path: status for path, status in statuses.items() if status >= 500} == {}
        with client.get("/dataset/citydiplomacy.nq") as download:
            assert download.data.decode() == quads


def test_graphs_whose_names_end_alike_are_described_apart(file: Path) -> None:
    with create_app_for(file) as app:
        described = app.test_client().get("/sparql", headers={"Accept": "text/plain"}).text
    sd = "http://www.w3.org/ns/sparql-service-description#"
    named = [line.split()[0] for line in described.splitlines() if f"<{sd}name>" in line]
    assert len(named) == len(set(named)) == 2
    assert "sparqlEndpoint" not in described  # it is not the dataset that we describe


def test_a_setting_holds_for_the_application_and_its_engine(file: Path) -> None:
    with create_app_for(file, query_length=100, result_bytes=10) as app:
        client = app.test_client()
        assert client.get("/sparql", query_string={"query": "#" * 101}).status_code == 414
        assert client.get("/sparql", query_string={"query": "ASK {}"}).status_code == 507


@pytest.mark.parametrize("length", [9, 400_000])
@pytest.mark.parametrize("media_type", [QUERY, UPDATE, FORM, "text/plain"])
def test_a_refusal_waits_for_no_more_than_was_announced(
    endpoint: Endpoint, media_type: str, length: int
) -> None:
    answer = endpoint.post("CLEAR ALL".ljust(length), media_type)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"query_second": 3}, TypeError, "no setting query_second. Choose from: .*query_seconds"),
        ({"query_seconds": 0}, ValueError, "query_seconds=0 is out of range. Give a whole number"),
        ({"query_seconds": "soon"}, ValueError, "query_seconds='soon' is not int"),
        ({"query_seconds": None}, ValueError, "query_seconds=None is not int"),
        ({"union_default_graph": "perhaps"}, ValueError, "union_default_graph='perhaps'"),
        ({"contact": 3}, ValueError, "contact=3 is not text"),
    ],
)
def test_a_wrong_setting_is_named(
    file: Path, settings: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        create_app_for(file, **settings)


def test_a_file_that_is_not_nquads_is_refused_and_leaves_nothing(
    file: Path, temporary: Path
) -> None:
    file.write_text("<http://example.org/a> a <http://example.org/b> .\n", "utf-8")
    with pytest.raises(SyntaxError, match="line 1"):
        create_app_for(file)
    with pytest.raises(FileNotFoundError, match=r"other\.nq"):
        create_app_for(file.with_name("other.nq"))
    assert list(temporary.iterdir()) == []


def test_what_is_closed_leaves_nothing_and_answers_no_more(file: Path, temporary: Path) -> None:
    app = create_app_for(file)
    assert list(temporary.iterdir()) != []
    app.close()
    app.close()
    assert list(temporary.iterdir()) == []
    assert app.test_client().get("/readyz").status_code == 503


def test_what_is_never_closed_ends_with_its_process(file: Path, temporary: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", LEFT_OPEN, file], capture_output=True, check=True, text=True
    )
    assert told.stdout == "200 OK\n"
    assert list(temporary.iterdir()) == []
    give_up = time.monotonic() + 10
    while (left := commands_about(temporary)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert left == []


def commands_about(folder: Path) -> list[str]:
    """Return the commands of the processes of this machine that name a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            found.append(file.read_text(errors="replace"))
    return [command for command in found if str(folder) in command]
