"""Citations: what they say in each format, and that what others wrote reads it back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rispy
import yaml
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.model import Entry
from datacite import schema45
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from citydiplomacy import paths
from citydiplomacy.citation import TITLE, Citation, bibtex, csl, datacite, formatted
from citydiplomacy.citation.ris import written as ris
from citydiplomacy.citation.written import written
from citydiplomacy.formats import APA, CHICAGO, CITATION_FORMATS, CSL_JSON, IEEE, STYLES, Format
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.web import create_app_for
from common import BROWSER, address_cited

SCHEMAS = Path(__file__).parent / "schemas"
EDITORS = "Editors of the City Diplomacy Graph"
WHOLE = Citation(
    TITLE,
    "0.2.0",
    f"{BASE}dataset",
    authors=(EDITORS,),
    publisher=EDITORS,
    date="2026-03-09",
    licence_name="CC BY 4.0",
    kept_in="0.2.0",
)
TIE = replace(
    WHOLE,
    title="Sister city agreement of Alby and Bree",
    iri=f"{BASE}agreement/alby--bree",
    kind="sister city agreement",
)
TIE_CITED = f"{BASE}agreement/alby--bree?version=0.2.0"
HOSTILE = [
    "Both {of them} and @misc{x, y = {z}}",
    r"100% of $5 & #1 _a_ ~b ^c \d",
    "Two -- dashes --- three, ``quoted''",
    "A line\nER  - \r\nTY  - JOUR\u2028and a line\x85more",
    "]]> <script>alert(1)</script> --> &amp; &#0;",
    "\"quoted\", 'twice' «thrice» „and low“",
    "臺北市與休士頓市締結姊妹市協定書",
    "Місто Одеса та Йокогама: меморандум",
    "Thỏa thuận kết nghĩa giữa Thành phố Hồ Chí Minh và Busan",
    "اتفاقية توأمة بين القاهرة وإسطنبول",
    "Tie of 🏙 and e\u0301 with a\x01 mark",
    "<i>Italic?</i> {\\itshape no}",
    "Is it a question?",
]


def seen(title: str) -> str:
    """Return what a reader sees of a title: one line, and no mark that is none."""
    return " ".join(title.replace("\x01", "").split())


def entry(text: str, *middleware: LatexDecodingMiddleware) -> Entry:
    """Return the one entry that an independent reader finds in BibTeX."""
    library = parse_string(text, append_middleware=middleware)
    assert library.failed_blocks == []
    (found,) = library.entries
    return found


# ----------------------------------------------------------------------------- exact outputs


def test_a_citation_in_bibtex() -> None:
    assert (
        bibtex.written(TIE)
        == f"""\
@dataset{{citydiplomacy:agreement-alby--bree,
  author       = {{{{Editors of the City Diplomacy Graph}}}},
  title        = {{{{Sister city agreement of Alby and Bree}}}},
  howpublished = {{City Diplomacy Graph, version 0.2.0}},
  publisher    = {{{{Editors of the City Diplomacy Graph}}}},
  version      = {{0.2.0}},
  year         = {{2026}},
  month        = {{3}},
  day          = {{9}},
  url          = {{{TIE_CITED}}},
  copyright    = {{CC BY 4.0}}
}}
"""
    )


def test_a_citation_in_ris() -> None:
    assert ris(TIE).split("\r\n") == [
        "TY  - DATA",
        "ID  - citydiplomacy:agreement-alby--bree",
        "TI  - Sister city agreement of Alby and Bree",
        f"AU  - {EDITORS}",
        "T2  - City Diplomacy Graph",
        f"PB  - {EDITORS}",
        "PY  - 2026",
        "DA  - 2026/03/09",
        "ET  - 0.2.0",
        "LA  - en",
        f"UR  - {TIE_CITED}",
        "ER  - ",
        "",
    ]


def test_a_citation_in_csl_json() -> None:
    assert json.loads(csl.written(TIE)) == [
        {
            "id": "citydiplomacy:agreement-alby--bree",
            "type": "dataset",
            "title": "Sister city agreement of Alby and Bree",
            "author": [{"literal": EDITORS}],
            "container-title": TITLE,
            "publisher": EDITORS,
            "version": "0.2.0",
            "issued": {"date-parts": [[2026, 3, 9]]},
            "URL": TIE_CITED,
            "language": "en",
        }
    ]


def test_a_citation_in_three_styles() -> None:
    lines = [written(TIE, style).strip() for style in (APA, CHICAGO, IEEE)]
    assert lines == [
        "Editors of the City Diplomacy Graph. (2026). Sister city agreement of Alby and Bree "
        f"[Dataset]. In City Diplomacy Graph (Version 0.2.0). {TIE_CITED}",
        "Editors of the City Diplomacy Graph. 2026. “Sister City Agreement of Alby and Bree”. "
        f"In City Diplomacy Graph, version 0.2.0. March 9. {TIE_CITED}.",
        "Editors of the City Diplomacy Graph, “Sister city agreement of Alby and Bree”, City "
        f"Diplomacy Graph. Mar. 09, 2026. [Online]. Available: {TIE_CITED}",
    ]


def test_a_citation_of_everything_is_a_part_of_nothing() -> None:
    assert "T2  - " not in ris(WHOLE)
    assert "container-title" not in csl.item(WHOLE)
    assert "relatedIdentifiers" not in datacite.metadata(WHOLE)
    assert "howpublished = {version 0.2.0}," in bibtex.written(WHOLE)
    assert formatted.written(WHOLE, "apa") == (
        f"{EDITORS}. (2026). City Diplomacy Graph (Version 0.2.0) [Dataset]. {BASE}dataset/0.2.0\n"
    )


def test_a_citation_ends_a_question_with_its_own_mark() -> None:
    assert Citation("Who?", "1.0", "a:b").plain.startswith("“Who?” City Diplomacy Graph")


# ------------------------------------------------------------------------- read back by others


@pytest.mark.parametrize("title", HOSTILE)
def test_csl_json_is_as_its_schema_says(title: str) -> None:
    schema = json.loads((SCHEMAS / "csl-data.json").read_text("utf-8"))
    (item,) = told = json.loads(csl.written(replace(TIE, title=title)))
    jsonschema.Draft7Validator(schema).validate(told)
    assert item["title"] == seen(title)


@pytest.mark.parametrize("title", HOSTILE)
def test_bibtex_reads_a_title_as_it_was_written(title: str) -> None:
    found = entry(bibtex.written(replace(TIE, title=title)), LatexDecodingMiddleware())
    assert found.entry_type == "dataset"
    # What reads it has a letter of its own for the accent.
    assert found["title"].replace("\u02c6", "^") == seen(title)
    assert found.key == "citydiplomacy:agreement-alby--bree"
    assert found["author"] == EDITORS


@pytest.mark.parametrize("title", ["Open { brace", "Closed } brace, @misc{x,", "}{"])
def test_a_brace_without_its_other_ends_no_entry_of_bibtex(title: str) -> None:
    text = bibtex.written(replace(TIE, title=title))
    assert entry(text)["url"] == TIE_CITED
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("title", HOSTILE)
def test_ris_reads_a_title_as_it_was_written(title: str) -> None:
    (found,) = rispy.loads(ris(replace(TIE, title=title)))
    assert found["title"] == seen(title)
    assert found["type_of_reference"] == "DATA"
    assert found["authors"] == [EDITORS]
    assert found["urls"] == [TIE_CITED]


@pytest.mark.parametrize("title", HOSTILE)
def test_datacite_takes_its_json_and_makes_the_same_xml_of_it(title: str) -> None:
    told = replace(TIE, title=title)
    ours = datacite.metadata(told)
    schema45.validator.validate(ours)
    # The schema has a DOI for the identifier of the XML, and there is none yet.
    theirs = schema45.tostring({**ours, "doi": "10.1234/none"})
    assert elements(theirs.encode()) == elements(datacite.as_xml(told).encode())


def elements(xml: bytes) -> list[tuple[str, str, dict[str, str]]]:
    """Return tag, text and attributes of all elements but the identifier, in a fixed order."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    assert root.tag == f"{{{datacite.KERNEL}}}resource"
    found = [
        (str(each.tag), (each.text or "").strip(), {str(k): str(v) for k, v in each.items()})
        for each in root.iterdescendants()
        if not str(each.tag).endswith("}identifier")
    ]
    return sorted(found, key=str)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.label)
@pytest.mark.parametrize("title", HOSTILE[:6])
def test_a_style_keeps_every_letter_of_a_title(title: str, style: Format) -> None:
    line = written(replace(TIE, title=title, language="und"), style)
    assert seen(title) in line
    assert line.count("\n") == 1


# ------------------------------------------------------------------------------ over the web

CITED = {
    "/agreement/houston--taipei": "Sister city agreement of Houston and Taipei",
    "/evidence/f0240": "Evidence f0240",
    "/dataset": TITLE,
    "/ontology": "City Diplomacy Ontology",
    "/vocab/confidence": "Confidence",
    "/shapes": "City Diplomacy Shapes",
    "/graph/imported/wikipedia-lists": "Graph imported/wikipedia-lists",
    "/query/members-of-a-network?network=citynet": "",
}
"""What can be cited, with the title of some."""


def cited(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return the item that the CSL-JSON of a path holds."""
    name, mark, asked = path.partition("?")
    answer = client.get(f"{name}.csl.json{mark}{asked}")
    assert (answer.status_code, answer.mimetype) == (200, CSL_JSON.media_type)
    (item,) = json.loads(answer.text)
    return dict(item)


@pytest.mark.parametrize("path", CITED)
def test_what_has_an_address_is_cited_by_its_permanent_one(
    client: FlaskClient, release: Release, path: str
) -> None:
    item = cited(client, path)
    assert item["URL"] == address_cited(BASE + path.lstrip("/"), release)
    assert item["title"] == CITED[path] or not CITED[path]
    assert item["author"] == [{"literal": EDITORS}]


@pytest.mark.parametrize("kind", ["claim", "discrepancy"])
def test_claims_and_conflicts_are_cited(client: FlaskClient, app: Flask, kind: str) -> None:
    _, table = app.extensions["citydiplomacy"].entities.of_kind(kind)
    first = next(row.values[0] for row in table.rows if row.values[0])
    assert cited(client, "/" + first.iri.removeprefix(BASE))["title"] == first.text


def test_a_citation_of_an_answer_says_what_was_asked(client: FlaskClient) -> None:
    item = cited(client, "/query/members-of-a-network?network=citynet")
    assert item["title"].endswith("(Network: CITYNET)")
    assert item["id"] == "citydiplomacy:query-members-of-a-network-network-citynet"


@pytest.mark.parametrize("format_", CITATION_FORMATS, ids=lambda format_: format_.suffix)
def test_a_page_leads_to_its_citation_in_every_format(
    client: FlaskClient, app: Flask, format_: Format
) -> None:
    path = f"/city/taipei.{format_.suffix}"
    assert f'href="{path}"' in client.get("/city/taipei.html").text
    answer = client.get(path)
    assert answer.content_type == format_.content_type
    known = app.extensions["citydiplomacy"].citation("Taipei", f"{BASE}city/taipei", kind="city")
    assert answer.text == written(known, format_)


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("application/x-bibtex", "bib"),
        ("application/x-research-info-systems", "ris"),
        ("application/vnd.citationstyles.csl+json", "csl.json"),
        ("application/vnd.datacite.datacite+json", "datacite.json"),
        ("application/vnd.datacite.datacite+xml", "datacite.xml"),
        ("text/x-bibliography", "apa.txt"),
        ("text/x-bibliography; style=ieee", "ieee.txt"),
        ("text/x-bibliography; style=chicago-author-date; q=0.5, text/turtle;q=0.1", "chicago.txt"),
    ],
)
@pytest.mark.parametrize("path", ["/city/taipei", "/dataset", "/query/members-of-a-network"])
def test_who_accepts_a_citation_is_sent_to_it(
    client: FlaskClient, path: str, accept: str, suffix: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}.{suffix}")
    assert "Accept" in answer.vary


@pytest.mark.parametrize("accept", ["*/*", "text/*", "text/plain", "text/x-bibliography;style=no"])
def test_who_names_no_format_of_citations_gets_none(client: FlaskClient, accept: str) -> None:
    location = client.get("/city/taipei", headers={"Accept": accept}).headers.get("Location", "")
    assert location in {"/city/taipei.html", "/city/taipei.nt", ""}


def test_an_answer_stays_a_page_for_who_accepts_anything(client: FlaskClient) -> None:
    for header in (BROWSER, {}, {"Accept": "text/turtle"}):
        answer = client.get("/query/members-of-a-network", headers=header)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_an_imported_entity_is_cited_under_the_licence_of_its_graph(client: FlaskClient) -> None:
    told = client.get("/agreement/lima--taipei.datacite.json").get_json(force=True)
    assert told["rightsList"][0]["rightsIdentifier"] == "CC-BY-SA-4.0"
    schema45.validator.validate({"publicationYear": "2026", **told})


def test_data_that_says_nothing_of_itself_is_cited_without_authors(tmp_path: Path) -> None:
    dump = tmp_path / "world.nq"
    dump.write_text(f'<{BASE}city/x> <http://www.w3.org/2000/01/rdf-schema#label> "X" .\n')
    with create_app_for(dump) as other:
        item = cited(other.test_client(), "/city/x")
    assert "author" not in item
    assert "issued" not in item


# ------------------------------------------------------------------------------ CITATION.cff


def test_the_citation_file_is_as_its_schema_says() -> None:
    schema = json.loads((SCHEMAS / "cff-1.2.0.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(citation_file())


def test_the_citation_file_says_what_the_pages_say(app: Flask) -> None:
    told, edition = citation_file(), app.extensions["citydiplomacy"].edition
    assert (told["type"], told["title"]) == ("dataset", edition.title)
    assert [author["name"] for author in told["authors"]] == list(edition.authors)
    assert told["license"] == edition.spdx
    assert edition.address.startswith(told["url"])
    # Data that was not published yet may be of no day.
    assert edition.date in {"", told["date-released"]}


def citation_file() -> dict[str, Any]:
    return dict(yaml.safe_load((paths.root() / "CITATION.cff").read_text("utf-8")))
