"""Entities, panels and notes in a small world of their own."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest

from citydiplomacy import panels, queries, supervisor, tables, terms
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.errors import RetiredEntityError, UnknownEntityError
from citydiplomacy.namespaces import BASE, CURATED, PREFIXES, EntityName
from citydiplomacy.queries import NamedQuery
from citydiplomacy.settings import Settings
from citydiplomacy.tables import TableRow, Value
from common import select

WORLD = """
city:alby a cd:City , cd:Actor ; rdfs:label "Alby"@en , "アルビー"@ja .
city:bree a cd:City .
city:dual a cd:Port , cd:Capital ; rdfs:label "Dual"@en ;
    skos:altLabel "Aardvark"@en , "双"@zh , "デュアル"@ja .
city:oldtown a cd:City ; rdfs:label "Oldtown"@en ; owl:deprecated true ;
    dcterms:isReplacedBy city:alby .
city:gone a cd:City ; rdfs:label "Gone"@en ; owl:deprecated true .
cd:Actor a owl:Class ; rdfs:label "actor"@en .
cd:Port a owl:Class ; rdfs:subClassOf cd:City ; rdfs:label "port"@en ; cd:kind "city" .
cd:Capital a owl:Class ; rdfs:subClassOf cd:City .
confidence:all dcterms:title "すべて"@ja , "All of it"@en , "Alles"@de .
cd:City a owl:Class ; rdfs:subClassOf cd:Actor ; rdfs:label "city"@en ;
    cd:kind "city" ; skos:definition "A municipality."@en .
evidence:e1 cd:inSource source:book ; cd:locator "page 1" ; cd:confidence confidence:stated .
evidence:e2 cd:inSource source:book ; cd:locator "page 1" ; cd:confidence confidence:stated .
evidence:e3 cd:inSource source:book ; cd:locator "page 2" ; cd:confidence confidence:stated ;
    cd:citesWork source:letter , source:map .
source:book rdfs:label "The Book"@en .
source:letter rdfs:label "The Letter"@en .
source:map rdfs:label "The Map"@en .
confidence:stated skos:prefLabel "stated"@en .
"""

# Queries of pages about no single entity, and of what is no page.
STANDING = {
    *("choices", "discrepancies", "explore", "fragments", "gaps", "home", "lists", "model"),
    *("nanopublication", "oai", "record"),
    "wikidata",
}


def iri(path: str) -> str:
    return BASE + path


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that knows only the world above."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder)
    with supervisor.running_engine(Settings(), folder) as running:
        yield running


def write_world(folder: Path) -> None:
    spaces = {kind: iri(f"{kind}/") for kind in ("city", "evidence", "source")}
    spaces["confidence"] = iri("vocab/confidence#")
    header = "".join(f"PREFIX {name}: <{value}>\n" for name, value in (PREFIXES | spaces).items())
    parsed = pyoxigraph.parse(header + WORLD, format=pyoxigraph.RdfFormat.TURTLE)
    lines = (f"{quad.triple} <{CURATED}> .\n" for quad in parsed)
    (folder / "citydiplomacy.nq").write_text("".join(lines), "utf-8")


@pytest.fixture(scope="module")
def entities(engine: Engine) -> Entities:
    return Entities(engine, queries.load("pages"))


def test_an_entity_is_named_in_english_first(entities: Entities) -> None:
    found = entities.find(EntityName("city", "alby"))
    assert found.label == Value("Alby", language="en")
    assert found.names == (Value("アルビー", language="ja"),)


def test_an_entity_is_of_its_most_special_class_only(entities: Entities) -> None:
    found = entities.find(EntityName("city", "alby"))
    assert [value.text for value in found.classes] == ["city"]


def test_an_entity_without_a_name_is_called_by_its_kind_and_slug(entities: Entities) -> None:
    assert entities.find(EntityName("city", "bree")).label.text == "City bree"


def test_an_unknown_entity_is_an_error_that_names_it(entities: Entities) -> None:
    with pytest.raises(UnknownEntityError, match="city/atlantis"):
        entities.find(EntityName("city", "atlantis"))


def test_a_retired_entity_names_its_successor(entities: Entities) -> None:
    assert entities.find(EntityName("city", "oldtown")).successor == iri("city/alby")


def test_a_retired_entity_without_successor_is_gone(entities: Entities) -> None:
    with pytest.raises(RetiredEntityError, match="Gone") as caught:
        entities.find(EntityName("city", "gone"))
    assert caught.value.status == 410


def test_the_kinds_are_those_of_the_ontology_that_have_entities(entities: Entities) -> None:
    kinds = entities.kinds
    assert list(kinds) == ["city"]
    assert (kinds["city"].count, kinds["city"].definition) == (3, "A municipality.")


def test_an_entity_of_two_classes_is_counted_and_listed_once(entities: Entities) -> None:
    kind, table = entities.of_kind("city")
    listed = [row.values[0].iri for row in table.rows if row.values[0]]
    assert listed.count(iri("city/dual")) == 1
    assert len(listed) == kind.count


def test_an_entity_has_its_names_in_one_order(entities: Entities) -> None:
    found = entities.find(EntityName("city", "dual"))
    names = [found.label.text, *(name.text for name in found.names)]
    assert names == ["Dual", "Aardvark", "デュアル", "双"]


def test_a_document_of_terms_has_its_title_in_english(engine: Engine) -> None:
    document = terms.read(engine, queries.load("pages"), iri("vocab/confidence#all"))
    assert document.title == "All of it"


def test_labels_are_found_for_those_that_have_one(entities: Entities) -> None:
    found = entities.labels({iri("city/alby"), iri("city/bree")})
    assert found == {iri("city/alby"): Value("Alby", iri("city/alby"), "en")}


# --------------------------------------------------------------------------------- tables


def test_a_label_column_names_the_column_before_it(engine: Engine) -> None:
    table = tables.ask(
        engine,
        "SELECT ?partnerCity ?partnerCityLabel ?since WHERE {"
        " VALUES (?partnerCity ?partnerCityLabel ?since)"
        ' { (<https://example.org/a> "A"@en 1961) } }',
    )
    assert table.headings == ("Partner city", "Since")
    assert table.rows[0].values[0] == Value("A", "https://example.org/a", "en")


def test_rows_that_differ_only_in_evidence_are_one_row(engine: Engine) -> None:
    table = tables.ask(
        engine,
        "SELECT ?x ?evidence WHERE { VALUES (?x ?evidence)"
        " { (1 <a:1>) (1 <a:2>) (2 <a:1>) (1 <a:1>) (3 UNDEF) } }",
    )
    assert [(row.values[0], row.evidence) for row in table.rows] == [
        (Value("1", datatype=f"{PREFIXES['xsd']}integer"), ("a:1", "a:2")),
        (Value("2", datatype=f"{PREFIXES['xsd']}integer"), ("a:1",)),
        (Value("3", datatype=f"{PREFIXES['xsd']}integer"), ()),
    ]


def test_a_column_keeps_its_place_when_the_first_rows_leave_it_empty(engine: Engine) -> None:
    table = tables.ask(
        engine, "SELECT ?a ?b ?c WHERE { VALUES (?a ?b ?c) { (1 UNDEF 3) (1 2 3) } }"
    )
    assert table.columns == ("a", "b", "c")
    assert table.rows[0].values[1] is None


def test_an_ask_query_is_a_table_with_one_answer(engine: Engine) -> None:
    table = tables.ask(engine, "ASK {}")
    assert (table.columns, table.rows) == (("answer",), (TableRow((Value("yes"),)),))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("BNODE('b')", "_:"),
        ("TRIPLE(<a:s>, <a:p>, 'o')", "<<( a:s a:p o )>>"),
        ("TRIPLE(<a:s>, <a:p>, TRIPLE(<a:s>, <a:p>, 1))", "<<( a:s a:p <<( a:s a:p 1 )>> )>>"),
    ],
)
def test_terms_that_only_a_query_makes_have_a_text(engine: Engine, term: str, text: str) -> None:
    (row,) = tables.ask(engine, f"SELECT ({term} AS ?x) {{}}").rows
    assert row.values[0] is not None
    assert row.values[0].text.startswith(text)


def test_iris_without_a_label_can_be_given_one_later(engine: Engine, entities: Entities) -> None:
    found = tables.ask(engine, f"SELECT ?x WHERE {{ VALUES ?x {{ <{iri('city/alby')}> <a:b> }} }}")
    table = found.labelled(entities.labels(found.unlabelled))
    assert [row.values[0].text for row in table.rows if row.values[0]] == ["Alby", "a:b"]


# ---------------------------------------------------------------------------------- notes


def test_evidence_of_one_passage_shares_one_note(entities: Entities) -> None:
    pieces = tuple(iri(f"evidence/e{number}") for number in (2, 1, 3))
    table = tables.Table(("x",), (TableRow((None,), pieces),))
    notes = entities.notes([table])
    assert [notes[piece].number for piece in pieces] == [1, 1, 2]
    assert notes[pieces[0]].evidence == (iri("evidence/e1"), iri("evidence/e2"))


def test_a_note_names_all_works_that_the_passage_cites(entities: Entities) -> None:
    piece = iri("evidence/e3")
    notes = entities.notes([tables.Table(("x",), (TableRow((None,), (piece,)),))])
    assert [work.told for work in notes[piece].passage.cited] == ["The Letter", "The Map"]


# --------------------------------------------------------------------------------- panels


def panel_query(name: str, header: dict[str, str]) -> NamedQuery:
    text = "SELECT ?x WHERE { VALUES ?entity { <a:a> } ?entity <a:never> ?x }"
    return NamedQuery(name, {"title": "Nothing"} | header, text)


def test_a_panel_with_nothing_to_say_is_left_out(engine: Engine) -> None:
    assert panels.answered(engine, [panel_query("city/10-nothing", {})], "a:b") == []


def test_a_panel_may_say_that_it_has_nothing_to_say(engine: Engine) -> None:
    query = panel_query("city/10-nothing", {"empty": "No tie is recorded yet."})
    (panel,) = panels.answered(engine, [query], "a:b")
    assert (panel.name, panel.empty) == ("nothing", "No tie is recorded yet.")


def test_a_panel_with_a_limit_tells_whether_it_reached_it(engine: Engine) -> None:
    text = "SELECT ?x WHERE { VALUES ?entity { <a:a> } VALUES ?x { 1 2 3 } }"
    given = [NamedQuery("a/1-x", {"title": "X", "limit": limit}, text) for limit in ("3", "4")]
    assert [panel.is_cut for panel in panels.answered(engine, given, "a:b")] == [True, False]


def test_a_panel_leads_to_where_all_of_it_stands(engine: Engine) -> None:
    query = panel_query("country/1-x", {"empty": "None.", "more": "/city/?country={slug}"})
    (panel,) = panels.answered(engine, [query], iri("country/norland"))
    assert panel.more == "/city/?country=norland"


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in queries.load("pages")
        if "/" in name and name.partition("/")[0] not in STANDING
    ],
)
def test_a_panel_of_an_entity_says_its_limit(name: str) -> None:
    query = queries.load("pages")[name]
    _, _, limit = query.text.partition("\nLIMIT ")
    assert query.header.get("limit", "") == limit.strip()


def test_a_kind_without_panels_of_its_own_gets_the_generic_ones() -> None:
    known = {name: panel_query(name, {}) for name in ("any/10-a", "city/10-b", "cityhall/10-c")}
    assert [query.name for query in panels.of_kind(known, "city")] == ["city/10-b"]
    assert [query.name for query in panels.of_kind(known, "award")] == ["any/10-a"]


def test_a_panel_of_several_kinds_stands_on_the_pages_of_each() -> None:
    both = NamedQuery("several/20-b", {"title": "B", "kinds": "city network"}, "")
    known = {"several/20-b": both, "any/10-a": panel_query("any/10-a", {})}
    assert [query.name for query in panels.of_kind(known, "network")] == ["several/20-b"]
    assert [query.name for query in panels.of_kind(known, "award")] == ["any/10-a"]


def test_every_kind_gets_the_shared_panels_among_its_own() -> None:
    known = {name: panel_query(name, {}) for name in ("any/10-a", "city/90-b", "every/50-c")}
    assert [query.name for query in panels.of_kind(known, "city")] == ["every/50-c", "city/90-b"]
    assert [query.name for query in panels.of_kind(known, "award")] == ["any/10-a", "every/50-c"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in queries.load("pages")
        if "/" in name and name.partition("/")[0] not in STANDING
    ],
)
def test_every_panel_of_a_kind_asks_about_the_entity_it_is_given(name: str) -> None:
    assert "entity" in queries.load("pages")[name].parameters


@pytest.mark.parametrize("name", [name for name in queries.load("pages") if "/" in name])
def test_the_view_of_every_panel_has_its_template(name: str) -> None:
    view = queries.load("pages")[name].header.get("view", "table")
    templates = Path(supervisor.__file__).parent / "web" / "templates" / "panels"
    assert (templates / f"{view}.html").is_file()


SHARED_OR_STANDING = {"every", "several", *STANDING}
WITH_PANELS = {name.partition("/")[0] for name in queries.load("pages") if "/" in name}


@pytest.mark.parametrize("kind", sorted(WITH_PANELS - SHARED_OR_STANDING))
def test_no_two_panels_of_a_page_have_the_same_name(kind: str) -> None:
    names = [query.slug.partition("-")[2] for query in panels.of_kind(queries.load("pages"), kind)]
    assert len(names) == len(set(names))


def test_a_cut_is_noticed_where_rows_agree_but_for_their_evidence(engine: Engine) -> None:
    text = (
        "SELECT ?x ?evidence WHERE { VALUES ?entity { <a:a> } VALUES (?x ?evidence) { "
        "(1 <a:1>) (1 <a:2>) (2 <a:3>) } }"
    )
    given = [NamedQuery("a/1-x", {"title": "X", "limit": "3"}, text)]
    panel = panels.answered(engine, given, "a:b")[0]
    assert (len(panel.table.rows), panel.is_cut) == (2, True)


def test_what_another_panel_leads_to_is_not_mentioned_again(engine: Engine) -> None:
    def listing(name: str, view: str, *values: str) -> NamedQuery:
        entries = " ".join(f"<{BASE}{value}>" for value in values)
        text = f"SELECT ?x WHERE {{ VALUES ?entity {{ <a:a> }} VALUES ?x {{ {entries} }} }}"
        return NamedQuery(name, {"title": name, "view": view}, text)

    given = [
        listing("a/1-own", "table", "city/alby"),
        listing("a/9-all", "rest", "city/alby", "city/dunmere"),
    ]
    found = panels.answered(engine, given, "a:b")[-1].table.rows
    assert [row.values[0].iri for row in found if row.values[0]] == [f"{BASE}city/dunmere"]


@pytest.mark.parametrize(
    "name", [name for name, query in queries.load("pages").items() if query.needs]
)
def test_what_a_panel_needs_is_what_it_finds_something_by(engine: Engine, name: str) -> None:
    """About a few entities that have nothing of it, the panel finds nothing."""
    query = queries.load("pages")[name]
    (row,) = select(engine, _without(query.needs))
    iris = row["entities"].value.split()
    assert len(iris) > 1
    assert tables.ask(engine, query.about(entity=iris)).rows == ()


def _without(needs: frozenset[str]) -> str:
    """Return a query for all entities with none of these relations, in one long text."""
    patterns = [
        f"FILTER NOT EXISTS {{ ?o <{each[1:]}> ?e }}"
        if each.startswith("^")
        else f"FILTER NOT EXISTS {{ ?e <{each}> ?o }}"
        for each in sorted(needs)
    ]
    return f"""
        SELECT (GROUP_CONCAT(STR(?e); separator=" ") AS ?entities) {{
          SELECT DISTINCT ?e {{
            GRAPH ?graph {{ ?e a ?class }}
            FILTER(STRSTARTS(STR(?e), "{BASE}") && !CONTAINS(STR(?e), "#"))
            {" ".join(patterns)}
          }}
        }}"""
