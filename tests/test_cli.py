"""The command line, as people and programs meet it: real processes in a small checkout."""

import contextlib
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from citydiplomacy import __version__, paths
from common import SMALL, spoil

ALBY = "data/city/alby.ttl"
TIE = "data/agreement/alby--dunmere.ttl"
COMMAND = [sys.executable, "-c", "from citydiplomacy.cli import main; main()"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the project with a small world in place of the real one."""
    return check_out(tmp_path)


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = check_out(tmp_path_factory.mktemp("built"))
    assert run(checkout, "build").returncode == 0
    return checkout


@pytest.fixture
def published(built_once: Path, tmp_path: Path) -> Path:
    """A checkout with a release."""
    return shutil.copytree(built_once, tmp_path / "checkout", symlinks=True)


def check_out(folder: Path) -> Path:
    root = shutil.copytree(SMALL, folder / "checkout")
    (root / "server").symlink_to(paths.root() / "server")
    return root


def served_release(checkout: Path) -> str:
    return (checkout / ".release" / "current").readlink().name


def surroundings(checkout: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(checkout / "server"), "PYTHONDONTWRITEBYTECODE": "1"}


def run(checkout: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=checkout,
        env=surroundings(checkout),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status(address: str) -> int:
    """Return the HTTP status of an address, asked until somebody answers."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
                code: int = answer.status
                return code
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def serving(checkout: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port)],
        env=surroundings(checkout),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)


def on_a_terminal(checkout: Path, *arguments: str) -> str:
    """Return what a person sees who runs the command on a terminal."""
    ours, theirs = pty.openpty()
    environment = surroundings(checkout) | {"TERM": "xterm-256color"}
    with subprocess.Popen([*COMMAND, *arguments], env=environment, stdout=theirs, stderr=theirs):
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while chunk := os.read(ours, 10_000):
                seen += chunk
    os.close(ours)
    return seen.decode()


def test_help_lists_the_commands(checkout: Path) -> None:
    asked = run(checkout, "--help")
    assert asked.returncode == 0
    assert [word for word in ("check", "build", "serve", "query") if word not in asked.stdout] == []


def test_help_waits_for_no_library_that_it_never_uses(checkout: Path) -> None:
    script = "import citydiplomacy.cli, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        env=surroundings(checkout),
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"rdflib", "pyshacl", "owlready2", "pyoxigraph", "flask", "rich"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_the_version_is_told(checkout: Path) -> None:
    assert run(checkout, "--version").stdout.strip().endswith(__version__)


def test_a_clean_check_says_how_much_it_looked_at(checkout: Path) -> None:
    checked = run(checkout, "check")
    assert checked.returncode == 0
    assert checked.stdout == "Checked 9 files, 2 shapes, 1 checks: no problem.\n"
    assert checked.stderr == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            ALBY,
            "city:alby a",
            "city:alby an",
            f"{ALBY}:5: an is not a valid predicate. Mend the Turtle at column 11.",
            id="broken Turtle",
        ),
        pytest.param(
            TIE,
            "city:alby , city:dunmere",
            "city:alby",
            f"{TIE}:9: An agreement has at least two parties. Name at least two parties.",
            id="shape violation",
        ),
        pytest.param(
            ALBY,
            "city:alby a",
            "city:dunmere a",
            f"{ALBY}:5: subject is city/dunmere. Rename the file to dunmere.ttl.",
            id="subject that differs from the file name",
        ),
        pytest.param(
            "data/city/dunmere.ttl",
            "city:dunmere a",
            "city:alby a cd:City . city:dunmere a",
            "data/city/dunmere.ttl:5: city/alby is described in data/city/alby.ttl too. "
            "Keep one of the two, or give this one an IRI of its own.",
            id="duplicate IRI",
        ),
        pytest.param(
            TIE,
            "cd:startYear 1961",
            "cd:startYeer 1961",
            f"{TIE}:11: cd:startYeer is not defined. Do you mean cd:startYear?",
            id="unknown term",
        ),
    ],
)
def test_bad_input_is_named_and_never_published(
    published: Path, file: str, old: str, new: str, problem: str
) -> None:
    good = served_release(published)
    spoil(published / file, old, new)
    checked, built = run(published, "check"), run(published, "build")
    assert problem in checked.stdout.splitlines()
    assert problem in built.stderr.splitlines()
    assert (checked.returncode, built.returncode) == (1, 1)
    assert f"nothing was built. Release {good} stays the one that is served." in built.stderr
    assert served_release(published) == good


def test_one_file_is_checked_alone(checkout: Path) -> None:
    spoil(checkout / TIE, "city:alby , city:dunmere", "city:alby")
    assert run(checkout, "check", ALBY).returncode == 0
    assert run(checkout, "check", TIE).returncode == 1
    assert run(checkout, "check", "data/agreement").returncode == 1


def test_a_changed_shape_concerns_every_file(checkout: Path) -> None:
    spoil(checkout / "shapes/agreement.ttl", "sh:minCount 2", "sh:minCount 3")
    checked = run(checkout, "check", "--no-reasoning", "shapes/agreement.ttl")
    assert checked.stdout.startswith(f"{TIE}:9: An agreement has at least two parties.")


def test_the_checkout_as_a_folder_is_everything(checkout: Path) -> None:
    assert run(checkout, "check", ".").stdout == run(checkout, "check").stdout


def test_a_notice_is_shown_and_is_no_failure(checkout: Path) -> None:
    spoil(checkout / ALBY, "rdfs:label", "rdfs:comment")
    checked = run(checkout, "check", "--no-reasoning")
    assert checked.returncode == 0
    assert "A city has a name." in checked.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "data/city/nowhere.ttl"),
        ("check", "README.md"),
        ("check", "/"),
        ("serve", "--port", "99999"),
        ("serve", "--store", "example.org/sparql"),
        ("query", "sister-citie"),
        ("query", "sister-cities", "--format", "ttl"),
        ("query", "sister-cities", "--format", "doc"),
        ("mend",),
    ],
)
def test_a_command_that_cannot_be_meant_is_a_usage_error(
    checkout: Path, arguments: tuple[str, ...]
) -> None:
    asked = run(checkout, *arguments)
    assert asked.returncode == 2
    assert asked.stdout == ""
    assert "Error: " in asked.stderr


def test_a_setting_of_the_wrong_kind_is_a_usage_error(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYDIPLOMACY_PORT", "http")
    asked = run(checkout, "build")
    assert asked.returncode == 2
    assert "CITYDIPLOMACY_PORT='http' is not int." in asked.stderr


def test_a_folder_that_cannot_be_written_is_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYDIPLOMACY_RELEASE_DIR", str(checkout / ALBY))
    built = run(checkout, "build")
    assert built.returncode == 1
    assert f"Error: {checkout / ALBY}" in built.stderr


def test_a_question_is_answered_by_name(published: Path) -> None:
    base = "https://w3id.org/citydiplomacy/city"
    assert run(published, "query", "sister-cities").stdout.splitlines() == [
        "city,other",
        f"{base}/alby,{base}/dunmere",
        f"{base}/dunmere,{base}/alby",
    ]


@pytest.mark.parametrize(
    ("arguments", "stdin", "answer"),
    [
        (("queries/questions/sister-cities.rq", "--format", "tsv"), "", "?city\t?other"),
        (("-",), "ASK {}", "true"),
        (("-", "--format", "json"), "SELECT (1 AS ?one) {}", '{"head":{"vars":["one"]}'),
        (("-",), "CONSTRUCT { <a:a> <a:b> 1 } {}", "<a:a> <a:b> 1 ."),
        (("-", "--format", "nt"), "CONSTRUCT { <a:a> <a:b> <a:c> } {}", "<a:a> <a:b> <a:c> ."),
    ],
)
def test_a_query_comes_from_a_file_or_standard_input(
    published: Path, arguments: tuple[str, ...], stdin: str, answer: str
) -> None:
    asked = run(published, "query", *arguments, stdin=stdin)
    assert asked.stdout.startswith(answer)
    assert asked.returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {\n ?a ?b }", "Line 2, column "),
        ("INSERT DATA { <a:a> <a:b> 1 }", "Error: "),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }", "Error: "),
    ],
)
def test_a_query_that_is_not_answered_says_why_on_standard_error(
    published: Path, text: str, message: str
) -> None:
    asked = run(published, "query", "-", stdin=text)
    assert asked.returncode == 1
    assert asked.stdout == ""
    assert message in asked.stderr


def test_a_query_of_an_older_release_is_answered_with_a_warning(checkout: Path) -> None:
    assert run(checkout, "build").returncode == 0
    spoil(checkout / ALBY, '"Alby"', '"Albury"')
    answered = run(checkout, "query", "-", stdin="SELECT ?name { ?city ?is ?name } LIMIT 1")
    assert answered.returncode == 0
    assert "older than the files" in answered.stderr


def test_a_query_without_a_release_says_how_to_make_one(checkout: Path) -> None:
    asked = run(checkout, "query", "sister-cities")
    assert asked.returncode == 1
    assert "Make one with `citydiplomacy build`." in asked.stderr


def test_serving_begins_with_a_release_of_its_own(checkout: Path) -> None:
    port = free_port()
    with serving(checkout, port) as process:
        assert status(f"http://127.0.0.1:{port}/healthz") == 200
    assert process.returncode == 0
    assert (checkout / ".release" / "current").exists()


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (ALBY, f"{ALBY}:1: "),
        pytest.param(
            "data/releases/0.1.0.json", "0.1.0.json cannot be read", marks=pytest.mark.drill
        ),
    ],
)
def test_serving_goes_on_with_the_last_good_release_and_a_warning(
    published: Path, file: str, fault: str
) -> None:
    good = served_release(published)
    (published / file).parent.mkdir(exist_ok=True)
    (published / file).write_text("zzz")
    port = free_port()
    with serving(published, port) as process:
        assert status(f"http://127.0.0.1:{port}/healthz") == 200
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert fault in said
    assert f"WARNING: nothing was built. Release {good} stays the one that is served." in said


def test_there_is_nothing_to_serve_without_any_good_release(checkout: Path) -> None:
    (checkout / ALBY).write_text("zzz")
    served = run(checkout, "serve", "--port", str(free_port()))
    assert served.returncode == 1
    assert f"{ALBY}:1: " in served.stderr
    assert "there is no earlier release to serve" in served.stderr


def test_a_person_sees_the_steps_of_long_work(checkout: Path) -> None:
    assert "Applying the shapes" in on_a_terminal(checkout, "build")


def test_a_person_who_wants_quiet_sees_the_result_only(checkout: Path) -> None:
    assert on_a_terminal(checkout, "build", "--quiet").count("\n") == 1


def test_a_program_sees_no_progress(checkout: Path) -> None:
    assert run(checkout, "build").stderr == ""
