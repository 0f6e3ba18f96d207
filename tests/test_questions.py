"""The public questions: exact answers in the example world, the sources' answers in the data."""

import csv
import functools
import io
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from citydiplomacy import declarations, derivation, paths, queries
from citydiplomacy.namespaces import BASE

ROOT = paths.root()
EXPECTED = Path(__file__).parent / "expected"
ARTICLES = {file.stem for file in (ROOT / "data" / "source").glob("*.toml")}
QUESTIONS = queries.load("questions")

# What each question asks about in the example world, where it can be asked about anything.
IN_THE_EXAMPLE = {
    "after-an-event": {"event": ["context-event/flood"]},
    "diplomatic-style": {"city": ["city/alby", "city/dunmere"]},
    "fields-of-partnerships": {"city": ["city/alby"]},
    "first-year-of-a-tie": {"city": ["city/alby"], "partner": ["city/bruckheim"]},
    "founded-and-hosted": {"city": ["city/alby"]},
    "founders-and-early-members": {"network": ["network/rivers", "network/bridges"]},
    "members-of-a-network": {"network": ["network/rivers"]},
    "networks-in-common": {"city": ["city/alby"], "other": ["city/cedarport"]},
    "networks-in-common-by-date": {"city": ["city/alby"], "other": ["city/bruckheim"]},
    "oldest-and-newest-sister-city": {"city": ["city/alby"]},
    "pairs-with-reasons": {"country": ["country/norland"], "otherCountry": ["country/suedmark"]},
    "partners-in-common": {"city": ["city/alby"], "other": ["city/cedarport"]},
    "projects-of-a-programme": {"programme": ["programme/alby-port"]},
    "sister-cities-in-the-same-network": {"city": ["city/alby"]},
    "source-of-a-tie": {"city": ["city/alby"], "partner": ["city/bruckheim"]},
    "supporters-of-a-programme": {"programme": ["programme/alby-port"]},
    "ties-by-country-and-decade": {"city": ["city/alby", "city/cedarport"]},
    "ties-of-two-countries": {"country": ["country/norland"], "otherCountry": ["country/suedmark"]},
    "ties-suspended-or-ended": {"country": ["country/norland"]},
    "ties-touching-a-country": {"country": ["country/suedmark"]},
    "what-a-visit-led-to": {"visit": ["action/bruckheim-visit-2010"]},
    "what-is-claimed-about": {"topic": ["vocab/city-trait#port-city"]},
}

# The files whose loss has to be noticed.
FACTS = [
    ("actions-in-a-context", "action/dutch-municipalities-balkans"),
    ("actions-in-a-context", "action/us-sister-city-movement-founding"),
    ("actions-in-a-context", "action/yokohama-support-odesa"),
    ("actions-in-a-context", "context-event/balkans-conflict-1990s"),
    ("after-an-event", "action/california-joins-goarn"),
    ("after-an-event", "context-event/us-withdrawal-from-who"),
    ("aid", "action/chicago-kyiv-fundraising"),
    ("aid", "action/los-angeles-assists-kyiv"),
    ("aid", "action/undp-yokohama-odesa"),
    ("aid", "action/yokohama-aid-odesa"),
    ("awards-to-members", "action/yokohama-c40-award-2016"),
    ("awards-to-members", "group/yscp-company-partners"),
    ("awards-to-members", "membership/yokohama--c40-cities"),
    ("awards-to-non-members", "action/taipei-c40-award-2014"),
    ("awards-to-non-members", "membership/taipei--c40-cities"),
    ("citations-unlike-the-list", "source/yokohama-2021"),
    ("citations-unlike-the-list", "source/yokohama-2023"),
    ("cities-by-number-of-ties", "agreement/krakow--kyiv"),
    ("cities-by-number-of-ties", "imported/wikipedia-lists/agreement/lima--taipei"),
    ("cities-in-networks", "membership/abidjan--c40-cities"),
    ("cities-in-networks", "membership/taipei--c40-cities"),
    ("cities-in-networks", "membership/yokohama--cnca"),
    ("comparison-table", "characterisation/shared-climate-change"),
    ("comparison-table", "event/mayors-summit-paris"),
    ("comparison-table", "figure/yokohama-sister-cities"),
    ("comparison-table", "membership/taipei--uclg"),
    ("conflicting-figures", "discrepancy/taipei-sister-cities"),
    ("conflicting-figures", "figure/taipei-sister-cities-52"),
    ("conflicting-figures", "figure/yokohama-sister-cities-counted"),
    ("counts-of-ties", "figure/taipei-friendship-cities"),
    ("counts-of-ties", "figure/taipei-sister-cities-counted"),
    ("counts-of-ties", "figure/yokohama-sister-cities"),
    ("dates-outside-a-stated-span", "agreement/basseterre--taipei"),
    ("dates-outside-a-stated-span", "tie-set/taipei"),
    ("diplomatic-style", "characterisation/taipei-diplomatic-style"),
    ("diplomatic-style", "characterisation/yokohama-diplomatic-style"),
    ("facilities", "event/creative-expo-taiwan"),
    ("facilities", "facility/songshan-park"),
    ("festivals-and-joint-events", "event/china-time-festival"),
    ("festivals-and-joint-events", "event/expo-milano-2015"),
    ("fields-of-partnerships", "agreement/milan--shanghai"),
    ("fields-of-partnerships", "agreement/rotterdam--shanghai"),
    ("fields-of-partnerships", "tie-set/shanghai-europe"),
    ("figures-unlike-the-work-cited", "figure/world-urban-share-68"),
    ("figures-unlike-the-work-cited", "figure/world-urban-share-70"),
    ("first-year-of-a-tie", "agreement/chicago--kyiv"),
    ("founded-and-hosted", "event/scse"),
    ("founded-and-hosted", "network/go-smart"),
    ("founders-and-early-members", "membership/caracas--c40-cities"),
    ("founders-and-early-members", "membership/portland-oregon--cnca"),
    ("founders-of-programmes", "action/us-sister-city-movement-founding"),
    ("founders-of-programmes", "figure/us-sister-city-movement-age"),
    ("largest-existing-tie", "agreement/los-angeles--st-petersburg"),
    ("largest-existing-tie", "figure/los-angeles--st-petersburg-population-rank"),
    ("leading-roles-in-networks", "membership/hiroshima--mayors-for-peace-president"),
    ("leading-roles-in-networks", "membership/taipei--uclg-aspac"),
    ("liaison-offices", "facility/hamburg-liaison-office-shanghai"),
    ("measures-and-reasons", "claim/netherlands-sees-national-security-at-stake"),
    ("measures-and-reasons", "government-measure/swedish-discussions-on-ties-with-china"),
    ("measures-and-reasons", "government-measure/uk-university-partnership-rules"),
    ("members-of-a-network", "membership/cairo--c40-cities"),
    ("members-of-a-network", "membership/taipei--c40-cities"),
    ("members-of-a-network", "membership/yokohama--c40-cities"),
    ("networks-in-common", "membership/taipei--citynet"),
    ("networks-in-common", "membership/yokohama--citynet"),
    ("networks-in-common-by-date", "membership/hanoi--c40-cities"),
    ("networks-in-common-by-date", "membership/seoul--citynet-2013"),
    ("oldest-and-newest-sister-city", "agreement/basseterre--taipei"),
    ("oldest-and-newest-sister-city", "agreement/houston--taipei"),
    ("oldest-tie-of-each-country", "agreement/eilat--los-angeles"),
    ("oldest-tie-of-each-country", "agreement/kyiv--tampere"),
    ("pairs-with-reasons", "agreement/charlotte--voronezh"),
    ("pairs-with-reasons", "agreement/dikson--dixon-illinois"),
    ("pairs-with-reasons", "claim/kalamazoo-honours-russian-culture"),
    ("partners-in-common", "agreement/liverpool--shanghai"),
    ("partners-in-common", "agreement/odesa--yokohama"),
    ("partnerships-without-start", "agreement/los-alamos--sarov"),
    ("partnerships-without-start", "imported/wikipedia-lists/agreement/albany--tula"),
    ("populations", "figure/dikson-population"),
    ("populations", "figure/taipei-population"),
    ("populations", "figure/vladimir-population"),
    ("populations", "figure/yokohama-population"),
    ("projects-of-a-programme", "programme/y-port-program"),
    ("projects-of-a-programme", "project/thailand-solar"),
    ("proposed-not-concluded", "action/kyiv--los-angeles-proposal"),
    ("proposed-not-concluded", "action/los-angeles-council-votes-for-kyiv"),
    ("proposed-not-concluded", "agreement/kyiv--los-angeles"),
    ("research-questions", "question/can-city-diplomacy-help-ukraine"),
    ("research-questions", "question/links-of-placemaking-between-sister-cities"),
    ("sister-cities-in-the-same-network", "agreement/mumbai--yokohama"),
    ("sister-cities-in-the-same-network", "membership/vancouver--cnca"),
    ("source-of-a-tie", "agreement/houston--taipei"),
    ("stated-against-counted", "agreement/manila--taipei"),
    ("stated-against-counted", "figure/russian-partner-cities"),
    ("stated-against-counted", "figure/taipei-sister-cities-counted"),
    ("strategies", "strategy/yokohama-cooperation-on-global-problems"),
    ("strategies", "strategy/yokohama-international-strategy"),
    ("supporters-of-a-programme", "organisation/adb"),
    ("supporters-of-a-programme", "programme/y-port-program"),
    ("suspected-errors", "discrepancy/normal-in-idaho"),
    ("suspected-errors", "discrepancy/ussr-collapse-1989"),
    ("suspended-agreements", "action/chicago-suspends-moscow"),
    ("suspended-agreements", "action/sarasota-suspends-vladimir"),
    ("suspended-agreements", "office-holding/mayor-of-chicago"),
    ("tie-set-figures", "figure/alaska-sister-city-ties"),
    ("tie-set-figures", "figure/russian-partner-cities-counted"),
    ("tie-set-figures", "figure/us-cities-with-russian-sisters"),
    ("ties-by-country-and-decade", "agreement/houston--taipei"),
    ("ties-by-country-and-decade", "imported/wikipedia-lists/agreement/oklahoma-city--taipei"),
    ("ties-by-number-of-sources", "agreement/odesa--yokohama"),
    ("ties-by-number-of-sources", "imported/wikipedia-lists/agreement/balikpapan--yokohama"),
    ("ties-of-two-countries", "agreement/gurye--hoa-vang-labour"),
    ("ties-of-two-countries", "agreement/gyeonggi-province--ho-chi-minh-city"),
    ("ties-of-two-countries", "imported/wikipedia-lists/agreement/hanoi--seoul"),
    ("ties-suspended-or-ended", "action/dallas-ends-saratov"),
    ("ties-suspended-or-ended", "action/kyiv-ends-minsk"),
    ("ties-suspended-or-ended", "discrepancy/des-moines-stavropol-suspended-or-severed"),
    ("ties-touching-a-country", "action/yokohama-support-odesa"),
    ("ties-touching-a-country", "agreement/chicago--kyiv"),
    ("ties-touching-a-country", "imported/wikipedia-lists/agreement/ankara--kyiv"),
    ("ties-with-differing-sources", "action/dallas-ends-saratov"),
    ("ties-with-differing-sources", "discrepancy/chicago-sao-paulo-start"),
    ("what-a-visit-led-to", "action/odesa-mayor-visit-2023"),
    ("what-a-visit-led-to", "agreement/odesa--yokohama-mou-2023"),
    ("what-is-claimed-about", "claim/internationalisation-as-survival-strategy"),
    ("what-is-claimed-about", "claim/what-shapes-the-need-for-migration"),
    ("when-ties-were-formed", "tie-set/russia-united-states"),
    ("when-ties-were-formed", "tie-set/taipei"),
    ("when-ties-were-formed", "tie-set/yokohama"),
    ("works-never-cited", "source/tcg-education-2018"),
    ("works-shared-by-sources", "source/amiri-sevin-2020"),
    ("works-shared-by-sources", "source/vanderpluijm-melissen-2007"),
]

Rows = list[dict[str, str]]


@functools.cache
def parsed(file: Path) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(path=str(file)))


def triples(files: Iterable[Path]) -> frozenset[ox.Triple]:
    return frozenset().union(*map(parsed, files))


def store(files: Iterable[Path]) -> ox.Store:
    ontology = ROOT / "ontology"
    stated = triples([*ontology.glob("*.ttl"), *ontology.glob("vocab/*.ttl"), *files])
    full = ox.Store()
    full.extend(ox.Quad(*triple) for triple in stated)
    derivation.complete(ROOT, full)
    return full


def answer(world: ox.Store, text: str) -> Rows:
    result = world.query(text)
    assert isinstance(result, ox.QuerySolutions)
    serialised = result.serialize(format=ox.QueryResultsFormat.CSV)
    assert serialised is not None
    return list(csv.DictReader(io.StringIO(serialised.decode())))


def expected(folder: str, name: str) -> Rows:
    with (EXPECTED / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contains(found: Rows, wanted: Rows) -> bool:
    """Tell whether each wanted row is found; a wanted row may leave columns out."""
    return bool(wanted) and all(
        any(row.items() <= each.items() for each in found) for row in wanted
    )


@pytest.fixture(scope="module")
def example() -> ox.Store:
    return store([Path(__file__).parent / "example" / "world.ttl"])


@pytest.fixture(scope="module")
def data_files() -> list[Path]:
    return sorted((ROOT / "data").rglob("*.ttl"))


@pytest.fixture(scope="module")
def curated(data_files: list[Path]) -> ox.Store:
    return store(data_files)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_exact_answers_in_the_example_world(name: str, example: ox.Store) -> None:
    about = {
        variable: [f"https://w3id.org/citydiplomacy/{path}" for path in entities]
        for variable, entities in IN_THE_EXAMPLE.get(name, {}).items()
    }
    assert answer(example, QUESTIONS[name].about(**about)) == expected("example", name)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_data_gives_the_answer_of_the_sources(name: str, curated: ox.Store) -> None:
    assert contains(answer(curated, QUESTIONS[name].text), expected("sources", name))


@pytest.mark.drill
@pytest.mark.parametrize(("name", "fact"), FACTS)
def test_the_answer_is_lost_with_the_fact(name: str, fact: str, data_files: list[Path]) -> None:
    gone = ROOT / "data" / f"{fact}.ttl"
    rest = store(file for file in data_files if file != gone)
    assert gone in data_files
    assert not contains(answer(rest, QUESTIONS[name].text), expected("sources", name))


def test_every_question_notices_the_loss_of_a_fact() -> None:
    assert {name for name, _ in FACTS} == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_says_who_asks_it_and_what_the_sources_answer(name: str) -> None:
    assert {"title", "reader", "who", "answer"} <= set(QUESTIONS[name].header)


def test_a_question_can_be_asked_about_another_city() -> None:
    question = QUESTIONS["oldest-and-newest-sister-city"]
    assert question.parameters == {"city": ("https://w3id.org/citydiplomacy/city/taipei",)}
    assert "VALUES ?city { <https://example.org/x> }" in question.about(
        city="https://example.org/x"
    )


def test_a_question_about_all_can_be_asked_about_one(curated: ox.Store) -> None:
    question = QUESTIONS["ties-by-number-of-sources"]
    japan = answer(curated, question.about(country=f"{BASE}country/japan"))
    assert "country" not in question.parameters
    assert japan == [
        row for row in answer(curated, question.text) if row["countryLabel"] == "Japan"
    ]
    assert len(japan) > 1


def test_a_question_can_be_asked_with_another_number(curated: ox.Store) -> None:
    question = QUESTIONS["cities-by-number-of-ties"]
    all_ = answer(curated, question.text)
    few = answer(curated, question.about(fewest=20))
    assert few == [row for row in all_ if int(row["partners"]) >= 20]
    assert 1 < len(few) < len(all_)


def test_the_oldest_tie_can_be_sought_from_a_year_on(curated: ox.Store) -> None:
    question = QUESTIONS["oldest-tie-of-each-country"]
    found = answer(curated, question.about(**{"from": 1990}))
    assert found
    assert min(row["startDate"] for row in found) >= "1990"


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_article_is_named_where_the_answer_rests_on_it(name: str, curated: ox.Store) -> None:
    question = QUESTIONS[name]
    found = answer(curated, question.text)
    sources = {row[column] for row in found for column in row if "ource" in column}
    in_source = ox.NamedNode(f"{BASE}ontology#inSource")
    for evidence in {row["evidence"] for row in found if row.get("evidence")}:
        (statement,) = curated.quads_for_pattern(ox.NamedNode(evidence), in_source, None)
        sources.add(str(statement.object).strip("<>"))
    articles = {source.removeprefix(f"{BASE}source/") for source in sources} & ARTICLES
    assert articles <= set(declarations.listed(question, "article"))


@pytest.mark.parametrize("value", ["https://example.org/> } #", "a b", ""])
def test_only_an_iri_can_be_put_into_a_question(value: str) -> None:
    with pytest.raises(queries.UnusableQueryError, match="not an IRI"):
        QUESTIONS["oldest-and-newest-sister-city"].about(city=value)


def test_a_query_file_without_title_is_refused(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "untitled.rq").write_text("SELECT * WHERE {}")
    with pytest.raises(queries.UnusableQueryError, match="Begin the file with a line"):
        queries.load(root=tmp_path)
