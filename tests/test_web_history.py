"""The history of entities over HTTP, and the stream of all activities: a small published world."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from citydiplomacy import paths, publication, supervisor
from citydiplomacy import release as releases
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import activity, create_app, openapi
from common import BROWSER, spoil

LABEL = f"{PREFIXES['rdfs']}label"
CITY = """PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
PREFIX city: <https://w3id.org/citydiplomacy/city/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

city:cole a cd:City ;
    rdfs:label "<b>Cole</b> & Co"@en .
"""
AGREEMENT = """PREFIX agreement: <https://w3id.org/citydiplomacy/agreement/>
PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
PREFIX city: <https://w3id.org/citydiplomacy/city/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

agreement:alby--cole a cd:SisterCityAgreement ;
    rdfs:label "Agreement of Albi and Cole"@en ;
    cd:hasParty city:alby , city:cole .
"""
RETIRED = "<http://www.w3.org/2002/07/owl#deprecated> true"
SUCCEEDED = "<http://purl.org/dc/terms/isReplacedBy>"


@pytest.fixture(scope="module")
def root(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with two more versions: a city and an agreement come, then others are retired."""
    root = shutil.copytree(
        kept.parents[1], tmp_path_factory.mktemp("history") / "root", symlinks=True
    )
    settings = Settings(release_dir=root / ".release")
    data = root / "data"
    (data / "city/cole.ttl").write_text(CITY, "utf-8")
    (data / "agreement/alby--cole.ttl").write_text(AGREEMENT, "utf-8")
    spoil(data / "city/alby.ttl", '"Albi"@en', '"Albi"@en , "阿尔比"@zh-hans')
    spoil(data / "dataset.ttl", "2026-02-28", "2026-03-31")
    publication.publish(settings, "0.3.0", root)
    spoil(data / "city/dunmere.ttl", '"Dunmere"@en', f'"Dunmere"@en ; {RETIRED}')
    successor = f"{RETIRED} ; {SUCCEEDED} agreement:alby--cole"
    spoil(
        data / "agreement/alby--dunmere.ttl",
        "cd:startYear 1961",
        f"cd:startYear 1962 ; {successor}",
    )
    spoil(data / "dataset.ttl", "2026-03-31", "2026-04-30")
    publication.publish(settings, "0.4.0", root)
    return root


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[tuple[Settings, Engine, Release]]:
    """The newest of these versions, with its engine."""
    settings = Settings(release_dir=root / ".release", versions=paths.versions(root))
    release = releases.current(settings.release_dir)
    assert release
    with supervisor.running_engine(settings, release.folder) as engine:
        yield settings, engine, release


@pytest.fixture(scope="module")
def world(served: tuple[Settings, Engine, Release]) -> FlaskClient:
    """A client of a site that serves the newest version and knows all of them."""
    return create_app(*served).test_client()


def told(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return the history of an entity as data, which is as it is described."""
    record: dict[str, Any] = client.get(f"{path}/history.json").get_json()
    schema = {**openapi.merged(), "$ref": "#/components/schemas/History"}
    jsonschema.Draft202012Validator(schema).validate(record)
    return record


def activities(client: FlaskClient) -> list[dict[str, Any]]:
    """Return all activities, read from the first page to the last."""
    collection = client.get("/activity").get_json(force=True)
    found: list[dict[str, Any]] = []
    page = collection.get("first")
    while page:
        sent = client.get(page["id"].removeprefix("http://127.0.0.1:8000"))
        document = sent.get_json(force=True)
        assert document["startIndex"] == len(found)
        found += document["orderedItems"]
        page = document.get("next")
    assert collection["totalItems"] == len(found)
    return found


def test_what_was_changed_of_a_city_stands_beside_what_it_was(world: FlaskClient) -> None:
    page = world.get("/city/alby/history").text
    assert "<h1>History of Albi</h1>" in page
    assert page.index("Changed in 0.3.0") < page.index("Changed in 0.2.0")
    assert page.index("Changed in 0.2.0") < page.index("Added in 0.1.0")
    assert '<td data-label="Before">Alby</td><td data-label="Since then">Albi</td>' in page
    # What is said in another language is no other wording of the same.
    assert '<span class="aside">zh-hans</span></th><td data-label="Before"></td>' in page
    assert '<span lang="zh-hans">阿尔比</span>' in page
    assert '<time datetime="2026-02-28">28 February 2026</time>' in page
    assert 'href="/city/alby?version=0.2.0"' in page


def test_data_tells_the_same_of_a_city(world: FlaskClient) -> None:
    record = told(world, "/city/alby")
    assert record["versions"] == ["0.1.0", "0.2.0", "0.3.0", "0.4.0"]
    assert [(step["version"], step["became"]) for step in record["history"]] == [
        ("0.4.0", None),
        ("0.3.0", "changed"),
        ("0.2.0", "changed"),
        ("0.1.0", "added"),
    ]
    renamed = record["history"][2]
    for side, name in (("removed", "Alby"), ("added", "Albi")):
        assert renamed[side] == [
            {
                "property": {"id": LABEL, "label": None},
                "value": {"value": name, "language": "en", "datatype": None},
            }
        ]
    # That another city is its sister since then follows from the agreement, and is not stated.
    (named,) = record["history"][1]["added"]
    assert named["value"]["language"] == "zh-hans"
    assert renamed["document"] == "http://127.0.0.1:8000/city/alby?version=0.2.0"
    assert record["published"] is True


def test_what_becomes_of_an_agreement_is_told_of_its_cities(world: FlaskClient) -> None:
    page = world.get("/city/alby/history").text
    link = '<a href="/agreement/alby--cole">Agreement of Albi and Cole</a>'
    assert f"Of those that name it, added: {link}." in page
    assert "Unchanged itself in 0.4.0" in page
    retired, added, *_ = (step["naming"] for step in told(world, "/city/alby")["history"])
    assert added == {"added": [f"{BASE}agreement/alby--cole"], "changed": [], "retired": []}
    assert retired == {"added": [], "changed": [], "retired": [f"{BASE}agreement/alby--dunmere"]}


def test_an_entity_that_came_later_is_in_the_versions_since(world: FlaskClient) -> None:
    record = told(world, "/city/cole")
    assert record["versions"] == ["0.3.0", "0.4.0"]
    (added,) = record["history"]
    assert (added["became"], added["removed"], added["added"]) == ("added", [], [])
    quiet = "In one other published version nothing became of it."
    assert quiet in world.get("/city/cole/history").text


def test_a_name_with_markup_is_shown_as_it_is(world: FlaskClient) -> None:
    page = world.get("/city/cole/history").text
    assert "&lt;b&gt;Cole&lt;/b&gt; &amp; Co" in page
    assert "<b>Cole" not in page


def test_what_is_retired_has_a_history_too(world: FlaskClient) -> None:
    page = world.get("/city/dunmere/history")
    assert page.status_code == 200
    assert "It is retired." in page.text
    assert "Retired in 0.4.0" in page.text
    assert told(world, "/city/dunmere")["retired"] is True
    assert '<a href="/city/dunmere/history">History</a>' in world.get("/city/dunmere.html").text


def test_the_history_of_what_was_replaced_says_by_what(world: FlaskClient) -> None:
    page = world.get("/agreement/alby--dunmere/history").text
    link = '<a href="/agreement/alby--cole">Agreement of Albi and Cole</a>'
    assert f"It is retired; what took its place is {link}." in page
    assert '<td data-label="Before">1961</td><td data-label="Since then">1962</td>' in page


def test_versions_of_an_entity_are_those_that_have_it(
    world: FlaskClient, served: tuple[Settings, Engine, Release]
) -> None:
    history = create_app(*served).extensions["citydiplomacy"].history
    names = [version.name for version in history.versions_of(f"{BASE}agreement/alby--cole")]
    assert names == ["0.3.0", "0.4.0"]
    assert history.versions_of(f"{BASE}city/atlantis") == []
    assert history.versions_of(f"{BASE}vocab/agreement-status") == []


@pytest.mark.parametrize("path", ["/city/atlantis", "/vocab/confidence", "/nothing/at-all"])
@pytest.mark.parametrize("document", ["history", "history.json"])
def test_what_is_no_entity_has_no_history(client: FlaskClient, path: str, document: str) -> None:
    answer = client.get(f"{path}/{document}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_was_never_published_says_so(
    served: tuple[Settings, Engine, Release], tmp_path: Path
) -> None:
    settings, engine, release = served
    unpublished = replace(settings, versions=tmp_path)
    client = create_app(unpublished, engine, release).test_client()
    page = client.get("/city/alby/history").text
    assert "It is in no published version of the data yet" in page
    assert "What is served now, 0.4.0, was not published" in page
    record = told(client, "/city/alby")
    assert (record["published"], record["versions"], record["history"]) == (False, [], [])


def test_a_damaged_patch_is_told_and_the_rest_is_answered(
    served: tuple[Settings, Engine, Release], tmp_path: Path
) -> None:
    settings, engine, release = served
    folder = shutil.copytree(settings.versions, tmp_path / "kept")
    whole = (folder / "0.2.0.rdfp.gz").read_bytes()
    (folder / "0.2.0.rdfp.gz").write_bytes(b"other")
    (folder / "0.3.0.rdfp.gz").unlink()
    client = create_app(replace(settings, versions=folder), engine, release).test_client()
    answer = client.get("/city/alby/history")
    assert answer.status_code == 200
    assert answer.text.count("the patch of this version is damaged here") == 2
    assert "no-store" in answer.headers["Cache-Control"]
    removed = [step["removed"] for step in told(client, "/city/alby")["history"]]
    assert removed == [[], None, None, []]
    # Once the file is put back, it is read without a new start.
    (folder / "0.2.0.rdfp.gz").write_bytes(whole)
    assert client.get("/city/alby/history").text.count("is damaged here") == 1


def test_a_damaged_first_version_is_told_in_words(
    served: tuple[Settings, Engine, Release], tmp_path: Path
) -> None:
    settings, engine, release = served
    folder = shutil.copytree(settings.versions, tmp_path / "kept")
    (folder / "0.1.0.nq.gz").write_bytes(b"other")
    client = create_app(replace(settings, versions=folder), engine, release).test_client()
    for path in ("/city/alby/history", "/city/alby/history.json", "/activity"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert "damaged here" in answer.text


def test_where_a_version_is_lost_the_next_one_is_read_whole(
    served: tuple[Settings, Engine, Release], tmp_path: Path
) -> None:
    settings, engine, release = served
    folder = shutil.copytree(settings.versions, tmp_path / "kept")
    (folder / "0.3.0.json").write_text("{}")
    client = create_app(replace(settings, versions=folder), engine, release).test_client()
    assert told(client, "/city/cole")["versions"] == ["0.4.0"]


def test_an_entity_leads_to_its_history(client: FlaskClient) -> None:
    link = '<a href="/city/taipei/history">History</a>'
    assert link in client.get("/city/taipei.html").text
    assert "Added in 0.1.0" in client.get("/city/taipei/history").text


def test_the_stream_tells_every_change_once_the_oldest_first(world: FlaskClient) -> None:
    found = activities(world)
    times = [activity["endTime"] for activity in found]
    assert times == sorted(times)
    assert set(times) == {f"2026-{day}T00:00:00Z" for day in ("01-31", "02-28", "03-31", "04-30")}
    by_type = {
        type_: [each["object"]["id"].removeprefix(BASE) for each in found if each["type"] == type_]
        for type_ in ("Create", "Update", "Delete")
    }
    assert by_type == {
        "Create": [
            "agreement/alby--dunmere",
            "city/alby",
            "city/dunmere",
            "evidence/almanac-1",
            "source/almanac",
            "dataset/0.1.0",
            "dataset/0.2.0",
            "agreement/alby--cole",
            "city/cole",
            "dataset/0.3.0",
            "dataset/0.4.0",
        ],
        "Update": ["city/alby", "city/alby"],
        "Delete": ["agreement/alby--dunmere", "city/dunmere"],
    }


def test_an_activity_leads_to_the_entity_as_it_was_then(world: FlaskClient) -> None:
    renamed = next(each for each in activities(world) if each["type"] == "Update")
    assert renamed == {
        "type": "Update",
        "object": {
            "id": f"{BASE}city/alby",
            "type": "Object",
            "canonical": f"{BASE}city/alby",
            "seeAlso": [
                {
                    "id": "http://127.0.0.1:8000/city/alby.ttl?version=0.2.0",
                    "type": "Dataset",
                    "format": "text/turtle",
                }
            ],
        },
        "endTime": "2026-02-28T00:00:00Z",
    }


def test_pages_of_the_stream_lead_to_each_other(
    world: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = activities(world)
    monkeypatch.setattr(activity, "_LENGTH", 4)
    client = world.application.test_client()
    last = client.get("/activity/4?again").get_json(force=True)
    assert last["prev"]["id"] == "http://127.0.0.1:8000/activity/3"
    assert "next" not in last
    assert (last["startIndex"], last["orderedItems"]) == (12, whole[12:])
    assert last["partOf"] == {"id": "http://127.0.0.1:8000/activity", "type": "OrderedCollection"}


def test_of_the_real_data_every_entity_was_created_once(client: FlaskClient) -> None:
    found = activities(client)
    created = Counter(each["object"]["id"] for each in found if each["type"] == "Create")
    versions = json.loads(client.get("/dataset/0.1.0/manifest.json", buffered=True).data)
    assert set(created.values()) == {1}
    assert len(created) >= sum(versions["entities"].values()) + 1
    assert len(client.get("/activity/1").get_json(force=True)["orderedItems"]) == 1000


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", "application/activity+json"),
        ("application/json", "application/activity+json"),
        (BROWSER["Accept"], "application/activity+json"),
        (
            'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
            'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        ),
    ],
)
def test_the_stream_is_sent_under_both_of_its_names(
    client: FlaskClient, accept: str, sent: str
) -> None:
    for path in ("/activity", "/activity/1"):
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, sent)
        context = answer.get_json(force=True)["@context"]
        assert context[0] == "https://www.w3.org/ns/activitystreams"


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
def test_a_page_that_the_stream_does_not_have_gets_those_that_there_are(
    world: FlaskClient, number: str
) -> None:
    answer = world.get(f"/activity/{number}")
    assert answer.status_code == 404
    assert "There are pages 1 to 1." in answer.text


def test_where_nothing_was_published_the_stream_is_empty(
    served: tuple[Settings, Engine, Release], tmp_path: Path
) -> None:
    settings, engine, release = served
    client = create_app(replace(settings, versions=tmp_path), engine, release).test_client()
    assert activities(client) == []
    assert "No version was published yet." in client.get("/activity/1").text


def test_the_stream_is_found_from_the_page_about_the_data(client: FlaskClient) -> None:
    link = '<link rel="alternate" type="application/activity+json"'
    assert link in client.get("/dataset.html").text
