"""The pages about the model: every term, concept and rule stands there, as its file states it."""

import re
from functools import cache
from html import escape, unescape
from itertools import combinations

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from citydiplomacy import files, model, paths, shapes, terms
from citydiplomacy.citation import Citation
from citydiplomacy.engine import Engine
from citydiplomacy.files import Document
from citydiplomacy.model import Example, Model, Module
from citydiplomacy.namespaces import BASE, CD, PREFIXES, SHAPES, SHAPES_GRAPH
from citydiplomacy.release import Release
from citydiplomacy.shapes import Rule, Shape
from citydiplomacy.tables import Value
from citydiplomacy.terms import Term, TermDocument
from citydiplomacy.web.pictures.diagram import Diagram, diagram
from citydiplomacy.web.pictures.worldmap import Box
from common import BROWSER, select

DEFINED_BY = f"{PREFIXES['rdfs']}isDefinedBy"
DEFINITION = f"{PREFIXES['skos']}definition"
MESSAGE = f"{PREFIXES['sh']}message"
MODULES = ["core", "agreement", "network", "action", "undertaking", "claim", "evidence"]
MODULES += ["statistics", "wikidata"]
HOSTILE = '"><script>alert(1)</script>'


@cache
def page_of(app: Flask, path: str) -> str:
    answer = app.test_client().get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def anchors(page: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', page))


def section_of(page: str, anchor: str) -> str:
    """Return in words what the page says below an anchor, up to the end of the section."""
    section = page.partition(f' id="{anchor}"')[2].partition("</section>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", section)).split())


def defined(documents: tuple[Document, ...], by: str) -> dict[str, str]:
    """Return the definitions of the terms of files, by the fragment of their IRIs."""
    found = {}
    for document in documents:
        for iri in document.subjects:
            if document.objects(iri, by):
                found[iri.partition("#")[2]] = document.objects(iri, DEFINITION)[0]
    return found


@pytest.fixture(scope="module")
def tree() -> files.Tree:
    return files.read(paths.root())


@pytest.fixture(scope="module")
def described(app: Flask, engine: Engine) -> Model:
    return model.read(engine, app.extensions["citydiplomacy"].pages)


@pytest.fixture(scope="module")
def diagrams(described: Model) -> dict[str, Diagram]:
    drawn = {module.anchor: diagram(module) for module in described.modules}
    return {name: picture for name, picture in drawn.items() if picture}


def test_every_class_and_property_stands_on_the_page_with_its_definition(
    app: Flask, tree: files.Tree
) -> None:
    page = page_of(app, "/ontology.html")
    wanted = defined(tree.ontology, DEFINED_BY)
    assert len(wanted) > 150
    assert wanted.keys() - anchors(page) == set()
    missing = [name for name, text in wanted.items() if text not in section_of(page, name)]
    assert missing == []


def test_every_term_is_part_of_the_module_of_its_file(tree: files.Tree, described: Model) -> None:
    assert [module.anchor for module in described.modules] == [f"module-{m}" for m in MODULES]
    of_file = {
        iri: f"module-{document.file.stem}"
        for document in tree.ontology
        for iri in document.subjects
        if document.objects(iri, DEFINED_BY)
    }
    of_page = {term.name.iri: m.anchor for m in described.modules for term in m.terms}
    assert of_page == of_file


def test_a_term_says_what_uses_it_and_shows_an_example_from_the_data(app: Flask) -> None:
    page = page_of(app, "/ontology.html")
    agreement = section_of(page, "Agreement")
    assert "Kinds of it city partnership agreement , memorandum" in agreement
    assert "Rules agreement" in agreement
    assert re.search(r"In the data \d+ in this release, such as", agreement)
    party = section_of(page, "hasParty")
    assert "Says something about agreement Its value is actor" in party
    assert re.search(r"In the data \d+ statements, such as: .+ has party", party)
    assert "Close to gist:hasParty Near P1891 (www.wikidata.org)" in party


def test_every_example_is_one(engine: Engine, described: Model) -> None:
    classes = {t.name.iri for m in described.modules for t in m.sections.get(terms.CLASSES, [])}
    assert len(described.examples) > 150
    wrong = []
    for iri, example in described.examples.items():
        subject = f"<{example.subject.iri}>"
        said = f"{subject} a <{iri}>" if iri in classes else f"{subject} <{iri}> ?any"
        if not select(engine, f"SELECT * {{ {said} }} LIMIT 1"):
            wrong.append(iri)
    assert wrong == []


def test_the_version_of_the_ontology_leads_to_it_and_no_other_does(client: FlaskClient) -> None:
    told = client.get("/ontology/0.1.0", headers={"Accept": "text/turtle"})
    assert (told.status_code, told.headers["Location"]) == (303, "/ontology.ttl")
    unknown = client.get("/ontology/9.9.9")
    assert unknown.status_code == 404
    assert "Version 0.1.0 is." in unknown.text


def test_every_scheme_shows_its_concepts_with_definition_and_use(
    app: Flask, tree: files.Tree
) -> None:
    assert len(tree.vocabularies) > 15
    for document in tree.vocabularies:
        page = page_of(app, f"/vocab/{document.file.stem}.html")
        concepts = defined((document,), f"{PREFIXES['skos']}inScheme")
        assert concepts
        for name, definition in concepts.items():
            section = section_of(page, name)
            assert definition in section
            assert "Used for" in section


def test_a_concept_is_shown_with_those_it_is_said_of(app: Flask) -> None:
    section = section_of(page_of(app, "/vocab/agreement-status.html"), "in-force")
    assert re.search(r"Used for status \d+ times: \S+", section)


def test_every_shape_stands_on_its_page_with_all_its_messages(app: Flask, tree: files.Tree) -> None:
    page = page_of(app, "/shapes.html")
    assert len(tree.shapes) > 15
    for document in tree.shapes:
        named = {iri.partition("#")[2] for iri in document.subjects if "#" in iri}
        assert named - anchors(page) == set()
        messages = {
            triple.object.value
            for triple in document.triples
            if triple.predicate.value == MESSAGE and not hasattr(triple.object, "subject")
        }
        assert [text for text in messages if text not in unescape(page)] == []


def test_a_rule_says_how_many_of_what_and_how_to_mend_it(app: Flask) -> None:
    page = page_of(app, "/shapes.html")
    rule = section_of(page, "Agreement")
    assert "Holds for every agreement ." in rule
    assert (
        "has party at least 2 an actor Otherwise: “The agreement does not have two parties.” "
        "Relate it by cd:hasParty to at least two different actors."
    ) in rule
    assert "at least 1 of them: either a city , or a subnational unit , or an organisation" in rule
    assert "what leads to it by award given at least 1" in section_of(page, "Award")
    assert "warning" in section_of(page, "Source")


def test_class_and_shape_lead_to_each_other(app: Flask) -> None:
    assert 'href="/shapes#City"' in page_of(app, "/ontology.html")
    assert 'href="/ontology#City"' in page_of(app, "/shapes.html")


def test_the_shapes_are_those_that_the_release_was_held_to(
    client: FlaskClient, tree: files.Tree, release: Release
) -> None:
    stated = sum(len(document.triples) for document in tree.shapes)
    assert release.manifest["graphs"][SHAPES_GRAPH] == stated
    lines = client.get("/shapes.nt").text.splitlines()
    about_graph = [line for line in lines if line.startswith(f"<{SHAPES_GRAPH}>")]
    assert len(lines) - len(about_graph) == stated


@pytest.mark.parametrize("name", MODULES)
def test_nothing_in_a_diagram_meets_or_is_cut_off(diagrams: dict[str, Diagram], name: str) -> None:
    picture = diagrams[f"module-{name}"]
    boxes = [each.frame for each in (*picture.classes, *picture.targets)]
    frames = boxes + [relation.frame for relation in picture.relations]
    assert [pair for pair in combinations(frames, 2) if pair[0].meets(pair[1])] == []
    assert all(Box(0, 0, picture.width, picture.height).holds(frame) for frame in frames)
    for each in (*picture.classes, *picture.targets):
        texts = [each.name.text, *(f"{a.name.text}: {a.type}" for a in each.attributes)]
        # Letters of 13 pixels are 7 wide where the text is as wide as words are.
        assert max(map(len, texts)) * 7 <= each.frame.width - 2 * picture.padding


def test_a_diagram_shows_classes_kinds_and_properties(diagrams: dict[str, Diagram]) -> None:
    picture = diagrams["module-agreement"]
    frames = {each.name.text: each.frame for each in picture.classes}
    partnership, sister = frames["city partnership agreement"], frames["sister city agreement"]
    assert sister.x > partnership.x
    assert sister.y > partnership.y
    assert "has party" in {relation.name.text for relation in picture.relations}
    assert {"actor", "concept"} <= {each.name.text for each in picture.targets}
    assert "type as stated" in {a.name.text for each in picture.classes for a in each.attributes}


def hostile_model() -> Model:
    name = Value(HOSTILE, f"{CD}{HOSTILE}")
    said = {role: [name] for role in ("Definition", terms.DOMAIN, terms.RANGE)}
    sections = (terms.CLASSES, terms.PROPERTIES, terms.ATTRIBUTES)
    every = tuple(Term(name, section, said) for section in sections)
    document = TermDocument(BASE, HOSTILE, HOSTILE, HOSTILE, {"Classes": list(every)})
    module = Module(name, HOSTILE, every, every)
    known = {name.iri: [name]}
    examples = {name.iri: Example(1, name, name)}
    return Model(document, (module,), every, examples, known, known, known, known)


@pytest.mark.parametrize("template", ["ontology.html", "scheme.html", "shapes.html"])
def test_hostile_text_is_shown_and_not_obeyed(app: Flask, template: str) -> None:
    hostile = hostile_model()
    name = hostile.modules[0].name
    rule = Rule((name,), HOSTILE, ((name,), (Value(HOSTILE),)), HOSTILE, HOSTILE, HOSTILE)
    with app.test_request_context():
        page = render_template(
            template,
            model=hostile,
            introduction=hostile.modules[0].terms,
            document=hostile.document,
            narrower=hostile.kinds,
            uses={name.iri: [model.ConceptUse(name, 2, (name,))]},
            shapes=[Shape(name, ((name,),), (rule,))],
            citation=Citation(HOSTILE, HOSTILE, HOSTILE),
        )
    assert escape(HOSTILE).replace("&quot;", "&#34;") in page
    assert "<script>" not in page


def test_every_shape_has_rules_in_words(engine: Engine, app: Flask) -> None:
    found = shapes.read(engine, app.extensions["citydiplomacy"].pages)
    assert {f"{SHAPES}#City", f"{SHAPES}#Evidence"} <= {shape.name.iri for shape in found}
    assert all(shape.rules for shape in found)
    words = [word for s in found for r in s.rules for each in r.constraints for word in each]
    assert [word.text for word in words if word.text.startswith("_:")] == []
