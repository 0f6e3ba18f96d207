"""Harvesting by OAI-PMH, as libraries do: a small world over HTTP, and the whole by Sickle."""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sickle import Sickle, oaiexceptions
from werkzeug.serving import make_server

from citydiplomacy.namespaces import BASE, CURATED, META, ONTOLOGY, ONTOLOGY_GRAPH, PREFIXES
from citydiplomacy.web import Application, create_app_for

CITIES = 230
DAY = "2026-03-01"
HEAD = "{http://www.openarchives.org/OAI/2.0/}"
FORBIDDEN = r'"Tom\u0001 & <b>Jerry</b> \uFFFE]]>"@en'
RECORDS = "verb=ListRecords&metadataPrefix=oai_dc"


def iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>" if prefix in PREFIXES else f"<{BASE}{name}>"


def world(day: str = f'"{DAY}"^^{iri("xsd:date")}') -> str:
    """Return cities, one of which was retired and one has an odd name; and a piece of evidence."""
    told = [
        ("cd:City", "cd:kind", '"city"', ONTOLOGY_GRAPH),
        ("cd:City", "rdfs:isDefinedBy", f"<{ONTOLOGY}>", ONTOLOGY_GRAPH),
        ("cd:City", "rdfs:label", '"city"@en', ONTOLOGY_GRAPH),
        ("cd:City", "skos:definition", '"A city & its government."@en', ONTOLOGY_GRAPH),
        ("cd:Evidence", "cd:kind", '"evidence"', ONTOLOGY_GRAPH),
        ("cd:oldTerm", "owl:deprecated", f'"true"^^{iri("xsd:boolean")}', ONTOLOGY_GRAPH),
        *((f"city/c{number:03}", "rdf:type", iri("cd:City"), CURATED) for number in range(CITIES)),
        ("city/c000", "rdfs:label", '"Alby"@en', CURATED),
        ("city/c000", "skos:altLabel", '"阿爾比"@zh-hant', CURATED),
        ("city/c000", "cd:evidence", iri("evidence/e1"), CURATED),
        ("city/c001", "rdfs:label", FORBIDDEN, CURATED),
        ("city/gone", "owl:deprecated", f'"true"^^{iri("xsd:boolean")}', CURATED),
        ("city/gone", "rdfs:label", '"Gone"@en', CURATED),
        ("evidence/e1", "rdf:type", iri("cd:Evidence"), CURATED),
        ("evidence/e1", "cd:inSource", iri("source/almanac"), CURATED),
        ("evidence/e1", "cd:locator", '"p. 7"', CURATED),
        ("source/almanac", "rdfs:label", '"An almanac"@en', CURATED),
        ("dataset", "dcterms:title", '"A world"@en', META),
        ("dataset", "dcterms:creator", iri("organisation/editors"), META),
        ("dataset", "dcterms:modified", day, META),
        ("organisation/editors", "rdfs:label", '"The editors"@en', META),
    ]
    return "".join(f"{iri(s)} {iri(p)} {o} <{graph}> .\n" for s, p, o, graph in told)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    file: Path = tmp_path_factory.mktemp("oai") / "world.nq"
    file.write_text(world(), "utf-8")
    with create_app_for(file, contact="mailto:desk@example.org") as made:
        yield made


@pytest.fixture
def client(application: Application) -> FlaskClient:
    return application.test_client()


@pytest.fixture(scope="module")
def address(application: Application) -> Iterator[str]:
    """The address of the repository on a server of its own."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/oai"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(file=Path(__file__).parent / "oai" / "oai-pmh.rng")


def read(client: FlaskClient, query: str) -> etree._Element:
    answer = client.get(f"/oai?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    return etree.fromstring(answer.data)


def code(root: etree._Element) -> str:
    return str(root.find(f"{HEAD}error").get("code"))


def token(root: etree._Element) -> str:
    return root.findtext(f".//{HEAD}resumptionToken") or ""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_harvest_brings_every_entity_once(address: str, method: str) -> None:
    harvester = Sickle(address, http_method=method)
    found = list(harvester.ListRecords(metadataPrefix="oai_dc"))
    cities = [f"{BASE}city/c{number:03}" for number in range(CITIES)]
    expected = [*cities, f"{BASE}city/gone", f"{BASE}evidence/e1"]
    assert [record.header.identifier for record in found] == expected
    assert {record.header.datestamp for record in found} == {DAY}
    assert [record.header.identifier for record in found if record.deleted] == [f"{BASE}city/gone"]
    headers = harvester.ListIdentifiers(metadataPrefix="oai_dc")
    assert [header.identifier for header in headers] == expected


def test_a_harvest_of_a_set_brings_its_kind(address: str) -> None:
    harvester = Sickle(address)
    assert [set_.setSpec for set_ in harvester.ListSets()] == ["city", "evidence"]
    (record,) = harvester.ListRecords(metadataPrefix="oai_dc", set="evidence")
    assert record.header.setSpecs == ["evidence"]
    assert record.metadata["description"] == ["Passage of “An almanac”: p. 7"]
    assert record.metadata["title"] == ["Evidence e1"]


def test_a_record_says_in_dublin_core_what_the_entity_is(address: str) -> None:
    record = Sickle(address).GetRecord(identifier=f"{BASE}city/c000", metadataPrefix="oai_dc")
    assert record.metadata == {
        "title": ["Alby", "阿爾比"],
        "creator": ["The editors"],
        "subject": ["city"],
        "date": [DAY],
        "type": ["Dataset"],
        "identifier": [f"{BASE}city/c000"],
        "source": [f"{BASE}source/almanac"],
        "language": ["en"],
        "relation": [f"{BASE}dataset"],
        "rights": ["https://creativecommons.org/licenses/by/4.0/"],
    }


def test_the_repository_says_what_it_is(address: str) -> None:
    told = Sickle(address).Identify()
    assert (told.earliestDatestamp, told.granularity, told.deletedRecord, told.adminEmail) == (
        DAY,
        "YYYY-MM-DD",
        "persistent",
        "desk@example.org",
    )
    formats = [each.metadataPrefix for each in Sickle(address).ListMetadataFormats()]
    assert formats == ["oai_dc", "oai_datacite"]


@pytest.mark.parametrize("path", ["agreement/houston--taipei", "city/taipei", "evidence/f0240"])
def test_a_record_of_datacite_is_the_citation_of_the_entity(service: str, path: str) -> None:
    asked = {"identifier": BASE + path, "metadataPrefix": "oai_datacite"}
    record = Sickle(f"{service}/oai").GetRecord(**asked)
    (resource,) = record.xml.iter("{http://datacite.org/schema/kernel-4}resource")
    with urlopen(f"{service}/{path}.datacite.xml") as answer:  # noqa: S310  # our own
        cited = etree.parse(answer).getroot()
    tidy = etree.XMLParser(remove_blank_text=True)
    harvested = etree.fromstring(etree.tostring(resource, with_tail=False), tidy)
    known = etree.fromstring(etree.tostring(cited), tidy)
    assert [(e.tag, e.text, dict(e.attrib)) for e in harvested.iter()] == [
        (e.tag, e.text, dict(e.attrib)) for e in known.iter()
    ]


def test_a_harvest_of_datacite_goes_on_in_its_format(address: str) -> None:
    found = list(Sickle(address).ListRecords(metadataPrefix="oai_datacite", set="city"))
    kept = [record for record in found if not record.deleted]
    assert len(kept) == CITIES
    assert all("payload" in record.metadata for record in kept)


@pytest.mark.parametrize(
    ("span", "is_met"),
    [
        ({"from": DAY}, True),
        ({"until": DAY}, True),
        ({"from": DAY, "until": DAY}, True),
        ({"from": "2026-03-02"}, False),
        ({"until": "2026-02-28"}, False),
    ],
)
def test_a_harvest_of_a_span_brings_what_changed_in_it(
    address: str, span: dict[str, str], is_met: bool
) -> None:
    asked = {"metadataPrefix": "oai_dc", "set": "evidence", **span}
    if is_met:
        assert len(list(Sickle(address).ListIdentifiers(**asked))) == 1
    else:
        with pytest.raises(oaiexceptions.NoRecordsMatch):
            Sickle(address).ListIdentifiers(**asked)


WRONG = {
    "": "badVerb",
    "verb=Nothing": "badVerb",
    "verb=Identify&verb=Identify": "badVerb",
    "verb=identify": "badVerb",
    "verb=Identify&set=city": "badArgument",
    "verb=Identify&x=%FF": "badArgument",
    "verb=GetRecord&identifier=x": "badArgument",
    "verb=ListRecords": "badArgument",
    f"{RECORDS}&metadataPrefix=oai_dc": "badArgument",
    f"{RECORDS}&resumptionToken=x": "badArgument",
    f"{RECORDS}&from=2026": "badArgument",
    f"{RECORDS}&from=2026-02-30": "badArgument",
    f"{RECORDS}&from=2026-03-01T00:00:00Z": "badArgument",
    f"{RECORDS}&from=2026-03-02&until={DAY}": "badArgument",
    f"{RECORDS}&set=a+b": "badArgument",
    f"{RECORDS}&set=ship": "noRecordsMatch",
    "verb=ListRecords&metadataPrefix=marc": "cannotDisseminateFormat",
    "verb=ListRecords&metadataPrefix=%3Cx%3E": "badArgument",
    "verb=GetRecord&metadataPrefix=oai_dc&identifier=city/none": "idDoesNotExist",
    f"verb=GetRecord&metadataPrefix=oai_dc&identifier={BASE}city/none": "idDoesNotExist",
    f"verb=GetRecord&metadataPrefix=marc&identifier={BASE}city/c000": "cannotDisseminateFormat",
    "verb=GetRecord&metadataPrefix=oai_dc&identifier=%01": "badArgument",
    f"verb=ListMetadataFormats&identifier={BASE}city/none": "idDoesNotExist",
    "verb=ListSets&resumptionToken=x": "badResumptionToken",
    "verb=ListRecords&resumptionToken=": "badResumptionToken",
    "verb=ListRecords&resumptionToken=%00": "badResumptionToken",
}


@pytest.mark.parametrize("query", WRONG)
def test_what_is_wrong_has_the_code_of_the_protocol(client: FlaskClient, query: str) -> None:
    assert code(read(client, query)) == WRONG[query]


def changed(good: str, place: int, part: str) -> str:
    parts = good.split(";")
    return ";".join([*parts[:place], part, *parts[place + 1 :]])


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (0, "0123456789abcdef"),  # the release
        (1, "marc"),
        (2, "ship"),
        (3, "2026"),
        (3, "2027-01-01"),
        (5, "0"),
        (5, "-1"),
        (5, "99999"),
        (5, "9" * 5000),
        (5, "\N{FULLWIDTH DIGIT ONE}00"),
    ],
)
def test_a_token_that_was_changed_is_refused(client: FlaskClient, place: int, part: str) -> None:
    good = token(read(client, RECORDS))
    assert token(read(client, f"verb=ListRecords&{urlencode({'resumptionToken': good})}"))
    asked = urlencode({"resumptionToken": changed(good, place, part)})
    assert code(read(client, f"verb=ListRecords&{asked}")) == "badResumptionToken"


def test_the_last_part_of_a_list_has_an_empty_token(client: FlaskClient) -> None:
    asked, cursors = RECORDS, []
    while asked:
        root = read(client, asked)
        (element,) = root.findall(f".//{HEAD}resumptionToken")
        assert element.get("completeListSize") == str(CITIES + 2)
        cursors.append(int(element.get("cursor")))
        follows = urlencode({"resumptionToken": element.text}) if element.text else ""
        asked = f"verb=ListRecords&{follows}" if follows else ""
    assert cursors == [0, 100, 200]


def test_what_xml_cannot_carry_is_replaced(client: FlaskClient) -> None:
    root = read(client, f"verb=GetRecord&metadataPrefix=oai_dc&identifier={BASE}city/c001")
    title = root.findtext(".//{http://purl.org/dc/elements/1.1/}title")
    assert title == "Tom\ufffd & <b>Jerry</b> \ufffd]]>"


ANSWERS = [
    *WRONG,
    "verb=Identify",
    "verb=ListSets",
    "verb=ListMetadataFormats",
    f"verb=ListMetadataFormats&identifier={BASE}city/c000",
    RECORDS,
    f"{RECORDS}&set=city&from=2026-01-01&until=2027-01-01",
    "verb=ListIdentifiers&metadataPrefix=oai_dc",
    "verb=ListRecords&metadataPrefix=oai_datacite",
    f"verb=GetRecord&metadataPrefix=oai_datacite&identifier={BASE}city/c001",
    f"verb=GetRecord&metadataPrefix=oai_datacite&identifier={BASE}city/gone",
    f"verb=GetRecord&metadataPrefix=oai_dc&identifier={BASE}city/c000",
    f"verb=GetRecord&metadataPrefix=oai_dc&identifier={BASE}city/gone",
]


@pytest.mark.parametrize("query", ANSWERS)
def test_an_answer_is_as_the_protocol_has_it(
    client: FlaskClient, grammar: etree.RelaxNG, query: str
) -> None:
    root = read(client, query)
    grammar.assertValid(root)
    repeated = root.find(f"{HEAD}request").attrib
    assert ("verb" in repeated) is (WRONG.get(query) not in {"badVerb", "badArgument"})


def test_the_grammar_refuses_a_record_without_its_day(
    client: FlaskClient, grammar: etree.RelaxNG
) -> None:
    root = read(client, RECORDS)
    (header, *_) = root.iter(f"{HEAD}header")
    header.remove(header.find(f"{HEAD}datestamp"))
    assert not grammar.validate(root)


def test_an_answer_is_of_this_moment(client: FlaskClient) -> None:
    assert client.get("/oai?verb=Identify").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("verb=Identify", "application/x-www-form-urlencoded", 200),
        ("verb=Identify", "text/plain", 415),
        (f"verb=Identify&x={'y' * 20_000}", "application/x-www-form-urlencoded", 413),
    ],
)
def test_a_body_is_a_short_form(
    client: FlaskClient, body: str, media_type: str, status: int
) -> None:
    assert client.post("/oai", data=body, content_type=media_type).status_code == status


@pytest.mark.parametrize(
    ("day", "datestamp"),
    [('"last spring"', None), (f'"{DAY}T12:00:00Z"^^{iri("xsd:dateTime")}', DAY)],
)
def test_records_have_the_day_of_the_dataset_or_else_of_the_file(
    tmp_path: Path, day: str, datestamp: str | None
) -> None:
    file = tmp_path / "world.nq"
    file.write_text(world(day), "utf-8")
    with create_app_for(file) as application:
        root = read(application.test_client(), "verb=Identify")
        made = application.extensions["citydiplomacy"].release.made
    assert root.findtext(f".//{HEAD}earliestDatestamp") == (datestamp or made[:10])
    assert (root.findtext(f".//{HEAD}adminEmail") or "").endswith(".invalid")


def test_where_there_is_nothing_there_is_no_set(tmp_path: Path, grammar: etree.RelaxNG) -> None:
    file = tmp_path / "nothing.nq"
    file.touch()
    with create_app_for(file) as application:
        asked = ("verb=ListSets", RECORDS, "verb=Identify")
        sets, records, identity = (read(application.test_client(), query) for query in asked)
    assert (code(sets), code(records)) == ("noSetHierarchy", "noRecordsMatch")
    grammar.assertValid(identity)


def test_the_whole_graph_can_be_harvested(service: str) -> None:
    harvester = Sickle(f"{service}/oai")
    assert len(list(harvester.ListIdentifiers(metadataPrefix="oai_dc"))) > 4000
    asked = {"identifier": f"{BASE}agreement/houston--taipei", "metadataPrefix": "oai_dc"}
    houston = harvester.GetRecord(**asked).metadata
    assert houston["title"] == ["Sister city agreement of Houston and Taipei"]
    assert set(houston["coverage"]) == {"Taiwan", "United States"}
