"""Proposed links to Wikidata: made from a list, answered by a person, written as links are."""

import json
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest

from citydiplomacy import files, queries
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.namespaces import PREFIXES
from citydiplomacy.reconciliation.geography import Point
from citydiplomacy.wikidata import candidates, matching, proposals
from citydiplomacy.wikidata.matching import Description
from common import spoil
from wikidata_world import checkout, server, started

LIST = """\
item,label,aliases,country,latitude,longitude,type
Q900201,Ålby,Alby|City of Alby,NO,59.3,17.7,city
Q900202,Albi,,FR,43.9,2.1,commune
Q900203,Dunmere,,NO,,,city
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A checkout of the made-up world in which Alby and Dunmere are not linked yet."""
    root = checkout(tmp_path / "checkout")
    for slug, item in (("alby", "Q900101"), ("dunmere", "Q900102")):
        file = root / f"data/city/{slug}.ttl"
        spoil(file, f'    cd:wikidataId "{item}" ;\n', "")
        spoil(file, f"    schema:sameAs <http://www.wikidata.org/entity/{item}> ;\n", "")
        spoil(file, "cd:inCountry , cd:wikidataId , schema:sameAs", "cd:inCountry")
        text = file.read_text("utf-8").replace(f" , evidence:register-{slug}", "")
        file.write_text(text.partition("\nevidence:register-")[0] + "", "utf-8")
    spoil(root / "data/country/norland.ttl", '"Norland"@en', '"Norland"@en ; cd:isoCode "NO"')
    return root


def run(world: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with started(world, *arguments) as process:
        told = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, *told)


def listed(folder: Path, text: str, name: str = "list.csv") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def answered(folder: Path, *lines: str) -> Path:
    return listed(folder, "\n".join(["\t".join(proposals.COLUMNS), *lines, ""]), "answers.tsv")


def test_the_likeliest_items_are_proposed_with_reasons(world: Path, tmp_path: Path) -> None:
    tree = files.read(world)
    found = proposals.propose(proposals.unlinked(tree), candidates.read(listed(tmp_path, LIST)))
    rows = [line.split("\t") for line in proposals.written(found).splitlines()]
    assert rows[0] == list(proposals.COLUMNS)
    assert [(row[1], row[3], row[6]) for row in rows[1:]] == [
        ("city/alby", "Q900201", "100"),
        ("city/dunmere", "Q900203", "90"),
    ]
    assert [row[7] for row in rows[1:]] == [
        "the name Alby is the same; both are in NO; 6 km apart",
        "the name Dunmere is the same; both are in NO; where one lies is not known",
    ]
    assert {row[0] for row in rows[1:]} == {""}


def test_what_is_confirmed_is_written_as_links_are(world: Path, tmp_path: Path) -> None:
    proposed = run(world, "link", "--candidates", str(listed(tmp_path, LIST)))
    assert "Entities without a link: 4; with a proposal: 2." in proposed.stdout
    table = world / "link-proposals.tsv"
    spoil(table, "\tcity/alby\t", "y\tcity/alby\t")
    told = run(world, "link", "--confirmed", str(table))
    assert told.returncode == 0, told.stderr
    text = (world / "data/city/alby.ttl").read_text("utf-8")
    assert '    cd:wikidataId "Q900201" ;\n' in text
    assert "    schema:sameAs <http://www.wikidata.org/entity/Q900201> ;\n" in text
    assert "    cd:confidence confidence:editorial ;\n" in text
    assert "Q900203" not in (world / "data/city/dunmere.ttl").read_text("utf-8")


@pytest.mark.drill
def test_the_rules_of_the_data_accept_a_link(world: Path, tmp_path: Path) -> None:
    file = answered(tmp_path, "y\tcity/alby\tAlby\tQ900201")
    assert run(world, "link", "--confirmed", str(file)).returncode == 0
    checked = run(world, "check", "--no-reasoning", "data/city/alby.ttl")
    assert checked.returncode == 0, checked.stdout


def test_links_that_were_confirmed_together_rest_on_one_decision(
    world: Path, tmp_path: Path
) -> None:
    file = answered(tmp_path, "y\tcity/dunmere\tDunmere\tQ900203", "yes\tcity/alby\tAlby\tQ900201")
    assert run(world, "link", "--confirmed", str(file)).returncode == 0
    alby, dunmere = ((world / f"data/city/{slug}.ttl").read_text() for slug in ("alby", "dunmere"))
    assert "evidence:editors-8 a cd:Evidence" in alby
    assert "evidence:editors-8 a cd:Evidence" not in dunmere
    assert "cd:evidence evidence:editors-8 ," in dunmere


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["y\tcity/alby\tAlby\tQ900103"], "Q900103 is linked with city/kelling already."),
        (["y\tcity/kelling\tKelling\tQ900201"], "city/kelling is linked already"),
        (["y\tcity/atlantis\tAtlantis\tQ900201"], "city/atlantis is linked already, or not"),
        (["y\tcity/alby\tAlby\t900201"], "'900201' is no identifier of Wikidata."),
        (
            ["y\tcity/alby\tAlby\tQ900201", "y\tcity/alby\tAlby\tQ900202"],
            "line 2 confirms city/alby too.",
        ),
        (
            ["y\tcity/alby\tAlby\tQ900201", "y\tcity/dunmere\tDunmere\tQ900201"],
            "line 2 confirms Q900201 too.",
        ),
    ],
)
def test_lines_that_clash_are_refused_and_nothing_is_written(
    lines: list[str], words: str, world: Path, tmp_path: Path
) -> None:
    tree = files.read(world)
    file = answered(tmp_path, *lines)
    problems = [str(each) for each in proposals.clashes(file, proposals.confirmed(file), tree)]
    assert [problem for problem in problems if words in problem]
    assert all(problem.startswith(f"{file}:") for problem in problems)


def test_an_answer_is_yes_or_no(tmp_path: Path) -> None:
    file = answered(tmp_path, "perhaps\tcity/alby\tAlby\tQ900201", "n\tcity/alby\tAlby\tQ1", "")
    with pytest.raises(CheckFailedError, match=r"'perhaps' is no answer\. Write y or n"):
        proposals.confirmed(file)


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError, match="the columns are not those of a table"):
        proposals.confirmed(listed(tmp_path, "name\titem\nAlby\tQ1\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("label\nAlby\n", "there is no column item."),
        ("item,label\nQ0,Alby\n", "'Q0' is no identifier of Wikidata."),
        ("item,label\nQ1,\n", "Q1 has no label."),
        ("item,label\nQ1,Alby\nQ1,Alby\n", "Q1 stands here twice."),
        ("item,label,country\nQ1,Alby,Norland\n", "'Norland' is no code of a country."),
        ("item,label,latitude,longitude\nQ1,Alby,north,1\n", "no two numbers"),
        ("item,label,latitude,longitude\nQ1,Alby,91,1\n", "no place on the globe"),
        ("item,label\n", "the file lists no item."),
        ("", "there is no column item and label."),
        ('{"item": "Q1"', "the line is no JSON."),
        ('{"item": 1, "label": "Alby"}', "item is no text."),
        ('{"item": "Q1", "label": "Alby", "aliases": [1]}', "aliases are no list of names."),
        ('{"item": "Q1", "label": "Alby"}\n[]', "the line is no JSON object."),
    ],
)
def test_a_list_that_cannot_be_used_is_told_where_and_why(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckFailedError) as refused:
        candidates.read(listed(tmp_path, text))
    assert words in str(refused.value)


def test_a_list_may_be_lines_of_json(tmp_path: Path) -> None:
    told = {"item": "Q1", "label": "Alby", "aliases": ["Ålby"], "latitude": 1, "longitude": 2.5}
    (found,) = candidates.read(listed(tmp_path, json.dumps(told) + "\n"))
    assert found.description == Description(("Alby", "Ålby"), "", Point(1.0, 2.5))


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [
        (
            Description(("Alby",), "NO", Point(59, 17)),
            Description(("Ålby",), "NO", Point(59, 17)),
            100,
        ),
        (Description(("Alby",), "NO"), Description(("Alby",), "NO"), 90),
        (Description(("Alby",), "NO"), Description(("Alby",), "FR"), 36),
        (
            Description(("Alby",), "NO", Point(59, 17)),
            Description(("Alby",), "NO", Point(62, 17)),
            40,
        ),
        (Description(("Alby",)), Description(()), 0),
    ],
)
def test_a_score_weighs_name_country_and_place(
    one: Description, other: Description, percent: int
) -> None:
    assert matching.compare(one, other).percent == percent


@pytest.mark.drill
def test_the_commands_work_together(world: Path, tmp_path: Path) -> None:
    with server(tmp_path) as endpoint:
        told = run(world, "harvest", "wikidata", "--endpoint", endpoint)
    assert told.returncode == 0, told.stderr
    assert "Statements on twinning: 5." in told.stdout
    assert "Q900107 was merged into Q900102: correct the link." in told.stdout
    assert run(world, "compare", "wikidata").stderr.startswith("Error: There is no release yet.")
    assert run(world, "harvest", "wikidata", "--resume").returncode == 2
    assert run(world, "link").returncode == 2


def test_candidates_are_what_wikidata_calls_by_the_same_name(world: Path, tmp_path: Path) -> None:
    with server(tmp_path) as endpoint:
        told = run(world, "harvest", "candidates", "--endpoint", endpoint)
    assert "items with one of their names: 3." in told.stdout, told.stderr
    lines = (world / "candidates.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines][:1] == [
        {
            "item": "Q900101",
            "label": "Alby",
            "aliases": ["Alby"],
            "type": "town",
            "country": "NO",
            "latitude": 59.25,
            "longitude": 17.75,
        }
    ]
    proposed = run(world, "link", "--candidates", "candidates.jsonl")
    # Dunmere has the name of an item that lies elsewhere.
    assert "with a proposal: 1." in proposed.stdout
    best = (world / "link-proposals.tsv").read_text("utf-8").splitlines()[1]
    assert best.startswith("\tcity/alby\tAlby\tQ900101\tAlby\ttown\t100\t")


def test_a_name_is_asked_for_and_never_runs() -> None:
    query = queries.load("wikidata")["namesakes"]
    nasty = queries.Literal('Alby"@en } ?s ?p ?o . { \\ \n {', "en")
    text = query.about(name=[nasty, queries.Literal("Alby", "en")])
    data = ox.Store()
    alby, label = ox.NamedNode("urn:alby"), ox.NamedNode(f"{PREFIXES['rdfs']}label")
    for name in ("Alby", "Dunmere", nasty.text):
        node = ox.NamedNode(f"urn:{len(name)}") if name != "Alby" else alby
        data.add(ox.Quad(node, label, ox.Literal(name, language="en")))
    found = data.query(text)
    assert isinstance(found, ox.QuerySolutions)
    assert {row["label"].value for row in found} == {"Alby", nasty.text}


def test_a_name_in_no_language_is_not_asked_for() -> None:
    query = queries.load("wikidata")["namesakes"]
    with pytest.raises(queries.UnusableQueryError, match="'en ' is not a language"):
        query.about(name=[queries.Literal("Alby", "en ")])
