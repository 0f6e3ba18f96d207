"""The guard: what a query's text must not be."""

import re
import time
from dataclasses import replace
from random import Random

import pytest

from citydiplomacy import queries
from citydiplomacy.engine import Form, guard, tokens
from citydiplomacy.engine.guard import Kind
from citydiplomacy.engine.tokens import Token
from citydiplomacy.errors import (
    QueryRefusedError,
    QuerySyntaxError,
    QueryTooComplexError,
    QueryTooLongError,
    UpdateRefusedError,
)
from citydiplomacy.settings import Settings

SETTINGS = Settings()
PREFIX = "PREFIX ex: <http://example.org/> "


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "select"),
        ("ask { ?s ?p ?o }", "ask"),
        ("BASE <http://example.org/> PREFIX : <#> CONSTRUCT WHERE { :a :b ?c }", "construct"),
        ("# SELECT\nDESCRIBE <http://example.org/SELECT>", "describe"),
        ("PREFIX select: <http://example.org/> ASK { select:a ?p ?o }", "ask"),
        ("PREFIX:<http://example.org/> ASK{:a ?p ?o}", "ask"),
    ],
)
def test_the_form_of_a_query_is_its_first_keyword_after_the_prologue(text: str, form: Form) -> None:
    assert guard.check(text, SETTINGS) == form


@pytest.mark.parametrize("name", sorted(queries.load()))
def test_every_query_of_the_project_passes(name: str) -> None:
    assert guard.check(queries.load()[name].text, SETTINGS) in {"select", "ask", "construct"}


@pytest.mark.parametrize(
    "pattern",
    [
        "SERVICE <http://127.0.0.1/> {}",
        "service silent <http://127.0.0.1/> {}",
        "SERVICE ?endpoint {}",
        "SERVICE\n#comment\n<http://127.0.0.1/>{}",
        "?s ?p 1SERVICE<http://127.0.0.1/>{}",
        "?s ?p trueSERVICE<http://127.0.0.1/>{}",
        "?s ?p true.SERVICE<http://127.0.0.1/>{}",
        "?s ?p 'quote\\'s'. SERVICE <http://127.0.0.1/> {}",
        '?s ?p """a " b""". SERVICE <http://127.0.0.1/> {}',
        "{ SELECT * { OPTIONAL { sErViCe <http://127.0.0.1/> {} } } }",
    ],
)
def test_no_query_may_ask_another_service(pattern: str) -> None:
    with pytest.raises(QueryRefusedError):
        guard.check(f"SELECT * {{ {pattern} }}", SETTINGS)


@pytest.mark.parametrize(
    "pattern",
    [
        "?s ex:service ?o",
        "?service ?insert $delete",
        '?s ?p "SERVICE <http://127.0.0.1/> { INSERT DATA"@en',
        "?s ?p '''it's a \"SERVICE\"'''",
        "?s ?p ?o # SERVICE <http://127.0.0.1/> {}",
        "<http://example.org/SERVICE#SERVICE> a ex:service.desk",
        "?s ?p _:SERVICE",
        '?s ?p "texte"@service',
    ],
)
def test_a_name_or_a_text_may_contain_any_word(pattern: str) -> None:
    assert guard.check(f"{PREFIX} SELECT * {{ {pattern}\n }}", SETTINGS) == "select"


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX ex: <http://example.org/> delete where { ?s ?p ?o }",
        "# SELECT * {}\nLOAD <http://127.0.0.1/>",
        "WITH <http://example.org/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DROP ALL",
        "CLEAR DEFAULT",
        "COPY DEFAULT TO <http://example.org/g>",
    ],
)
def test_an_update_is_told_that_the_endpoint_only_reads(text: str) -> None:
    with pytest.raises(UpdateRefusedError):
        guard.check(text, SETTINGS)


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\ud800", "\udfff"])
def test_a_character_that_no_text_has_is_named_with_its_place(character: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        guard.check(f'ASK\n{{ ?s ?p "{character}" }}', SETTINGS)
    assert (caught.value.line, caught.value.column) == (2, 10)
    assert f"U+{ord(character):04X}" in caught.value.detail


def test_the_length_of_a_query_is_counted_in_bytes() -> None:
    settings = replace(SETTINGS, query_length=40)
    assert guard.check('ASK { ?s ?p "横浜" }'.ljust(36), settings) == "ask"
    with pytest.raises(QueryTooLongError) as caught:
        guard.check('ASK { ?s ?p "横浜" }'.ljust(37), settings)
    assert caught.value.extras() == {"setting": "query_length", "limit": 40}


def test_a_prefix_that_is_not_declared_is_named_with_the_line_to_add() -> None:
    with pytest.raises(QuerySyntaxError, match="begin with PREFIX skos: <http") as caught:
        guard.check("SELECT *\n{ ?s skos:prefLabel ?name }", SETTINGS)
    assert (caught.value.line, caught.value.column) == (2, 6)


@pytest.mark.parametrize(
    ("text", "place"),
    [("", (1, 1)), ("Which cities?", (1, 1)), ("PREFIX ex: <http://example.org/>\n {}", (1, 1))],
)
def test_a_text_that_is_no_query_is_told_how_queries_begin(
    text: str, place: tuple[int, int]
) -> None:
    with pytest.raises(QuerySyntaxError, match="begins with SELECT, ASK") as caught:
        guard.check(text, SETTINGS)
    assert (caught.value.line, caught.value.column) == place


def flat(joint: str, part: str, count: int) -> str:
    return joint.join([part] * count)


# Each ends a process, or keeps one busy for ever, in an engine without a guard.
KILLERS = {
    "groups": ("query_depth", "ASK " + "{" * 2240 + "}" * 2240),
    "function calls": ("query_depth", f"ASK {{ FILTER({'STR(' * 960}1{')' * 960}) }}"),
    "NOT EXISTS": ("query_depth", f"ASK {'{ FILTER NOT EXISTS ' * 864}{{}}{'}' * 864}"),
    "sub-selects": ("query_depth", f"ASK {'{ SELECT * ' * 1184}{{}}{'}' * 1184}"),
    "parentheses": ("query_depth", f"ASK {{ FILTER({'(' * 4736}1{')' * 4736}) }}"),
    "negations": ("query_operators", f"ASK {{ FILTER({'!' * 9472}true) }}"),
    "IN": ("query_depth", f"ASK {{ FILTER({'1 IN(' * 6912}1{')' * 6912}) }}"),
    "inverse paths": ("query_depth", f"ASK {{ ?s {'^(' * 2000}<a:a>{')' * 2000} ?o }}"),
    "nested lists": ("query_depth", f"ASK {{ ?s ?p {'(' * 256}{')' * 256} }}"),
    "nested blank nodes": ("query_depth", f"ASK {{ ?s ?p {'[<a:a> ' * 256}1{']' * 256} }}"),
    "triple terms": ("query_depth", f"ASK {{ ?s ?p {'<<( ?s ?p ' * 256}1{')>>' * 256} }}"),
    "sums": ("query_operators", f"ASK {{ FILTER({flat('+', '1', 6912)}) }}"),
    "alternatives": ("query_operators", f"ASK {{ FILTER({flat('||', '?x=1', 4096)}) }}"),
    "path alternatives": ("query_operators", f"ASK {{ ?s {flat('|', '<a:a>', 5000)} ?o }}"),
    "path steps": ("query_patterns", f"ASK {{ ?s {flat('/', '<a:a>', 512)} ?o }}"),
    "unions": ("query_operators", f"ASK {{ {flat('UNION', '{}', 6656)} }}"),
    "MINUS": ("query_operators", f"ASK {{ {flat(' ', 'MINUS{}', 2688)} }}"),
    "BIND": ("query_operators", f"ASK {{ {flat(' ', 'BIND(1 AS ?x)', 2688)} }}"),
    "empty groups": ("query_operators", f"ASK {{ {flat(' ', '{}', 2688)} }}"),
    "selected values": ("query_operators", f"SELECT {flat(' ', '(1 AS ?x)', 2688)} {{}}"),
    "members of IN": ("query_operators", f"ASK {{ FILTER(?x IN ({flat(',', '1', 4096)})) }}"),
    "patterns": ("query_patterns", f"ASK {{ {flat('. ', '?s ?p ?o', 500)} }}"),
    "predicates": ("query_patterns", f"ASK {{ ?s {flat(';', '?p ?o', 500)} }}"),
    "objects": ("query_patterns", f"ASK {{ ?s ?p {flat(',', '?o', 500)} }}"),
    "blank nodes": ("query_patterns", f"ASK {{ {flat(' ', '[?p ?o].', 500)} }}"),
    "members": ("query_patterns", f"ASK {{ ?s ?p ({flat(' ', '1', 500)}) }}"),
    "lists of lists": ("query_patterns", f"ASK {{ ?s ?p ({flat(' ', '(1)', 500)}) }}"),
    "OPTIONAL": ("query_optionals", f"ASK {{ {flat(' ', 'OPTIONAL{}', 220)} }}"),
}


@pytest.mark.parametrize("name", KILLERS)
def test_what_would_kill_an_engine_is_refused_by_the_name_of_its_limit(name: str) -> None:
    setting, text = KILLERS[name]
    started = time.perf_counter()
    with pytest.raises(QueryTooComplexError) as caught:
        guard.check(text, replace(SETTINGS, query_length=10**6))
    assert time.perf_counter() - started < 0.5
    assert caught.value.setting == setting
    assert caught.value.limit == getattr(SETTINGS, setting)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ VALUES ?x {{ {flat(' ', '<http://example.org/a>', 2000)} }} }}",
        f"SELECT * {{ VALUES (?x ?y) {{ {flat(' ', '(1 -2)', 5000)} }} }}",
        f"ASK {{ VALUES (?x) {{ {flat(' ', '((1))', 300)} }} {flat('. ', '?s ?p ?o', 99)} }}",
        f"CONSTRUCT {{ {flat('. ', '?s ?p ?o', 300)} }} WHERE {{ ?s ?p ?o }}",
        f"ASK {{ {flat('. ', '?s ?p ?o', 100)} }}",
        f"ASK {'{' * 100}{'}' * 100}",
        f"ASK {{ {flat(' ', 'OPTIONAL { ?s ?p ?o }', 100)} }}",
        f"{PREFIX} ASK {{ FILTER({flat('||', 'ex:year(?x)=ex:year(?y)', 100)}) }}",
    ],
)
def test_long_lists_of_values_and_large_but_honest_queries_pass(text: str) -> None:
    assert guard.check(text, SETTINGS)


@pytest.mark.parametrize(
    "piece",
    ["a.", 'a"""\\', "'\\", "<<a", "a:a.", "_:a.", "?", "1.", "@en-", "a-", ":%2", '""" ', "\\"],
)
def test_reading_takes_time_in_proportion_to_the_text(piece: str) -> None:
    vast = 10**6
    settings = Settings(
        query_length=vast, query_operators=vast, query_depth=vast, query_patterns=vast
    )
    text = "PREFIX a: <a:> PREFIX : <a:> ASK { " + piece * (100_000 // len(piece))
    started = time.perf_counter()
    assert guard.check(text, settings) == "ask"
    assert time.perf_counter() - started < 5


def test_a_query_is_read_as_others_of_its_shape() -> None:
    forms = {guard.kind(text, SETTINGS) for text in alike("2020", "横浜", "city:a.b", "?name")}
    assert forms == {Kind("select", is_new_each_time=False)}
    assert len({tokens.shape(text) for text in alike("1", "", "city:", "?x")}) == 1


def alike(number: str, string: str, name: str, variable: str) -> list[str]:
    """Return queries that differ in constants and names, not in what they ask for."""
    return [
        f"PREFIX city: <http://example.org/{number}> SELECT * {{ {name} ?p '{string}', {variable} "
        f"FILTER ({variable} > {number}) }} # {comment}"
        for comment in ("", "{", "SERVICE")
    ]


# Whatever two texts of one shape can differ in, the guard must not see.
PIECES = r"""
    ( ) { } [ ] . ; , : <<( )>> < <= > || ! ^^ - a: :b a:b.c %2 é ?x $y _:n _: _a <a>
    1 1.5e3 .5 1. @en # A SERVICE true VALUES OPTIONAL \ ' \' ''' " \"
""".split()  # noqa: SIM905  # a list would be a page long


def test_texts_of_one_shape_have_the_same_tokens_but_for_constants() -> None:
    random = Random(20)  # noqa: S311  # texts to try, the same each time
    for _ in range(3_000):
        pieces = random.choices([*PIECES, '"""', " ", "\n"], k=random.randint(1, 12))
        text = "ASK" + "".join(pieces)
        assert outline_of_shape(text) == outline_of_tokens(text), text


def outline_of_tokens(text: str) -> list[str]:
    """Return what the guard looks at: words, symbols and prefixes, and the kind of the rest."""
    return [outline(token) for token in tokens.tokens(text)]


def outline(token: Token) -> str:
    if token.kind in {"word", "symbol"}:
        return token.text
    if token.kind == "prefixed":
        return token.text.partition(":")[0] + ":"
    return token.kind


def outline_of_shape(text: str) -> list[str]:
    found: list[str] = []
    for mark, after_number, kept in tokens.shape(text):
        if mark:
            found.append(MARKS[mark])
        elif after_number or not kept:
            found.append("number")
        elif kept.endswith(":") or not re.search(r"\w", kept):
            found.append(kept)
        else:
            found += re.findall(r"\w+", kept.upper())
    return found


MARKS = {"'": "string", '"': "string", "<": "iri", "?": "variable", "$": "variable", "_": "node"}


@pytest.mark.parametrize(
    ("expression", "is_new"),
    [
        ("NOW()", True),
        ("1+rand ( )", True),
        ("true&&StrUUID()='a'", True),
        ("'NOW()'", False),
        ("ex:now()", False),
        ("?now", False),
    ],
)
def test_a_query_that_asks_for_time_or_chance_has_a_new_answer_each_time(
    expression: str, is_new: bool
) -> None:
    kind = guard.kind(f"{PREFIX} ASK {{ FILTER({expression}) }}", SETTINGS)
    assert kind.is_new_each_time == is_new
