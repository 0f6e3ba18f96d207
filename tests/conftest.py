"""What tests share: one release of the repository's data, its engine, the web over it."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citydiplomacy import paths, publication, supervisor
from citydiplomacy import release as releases
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CURATED, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from citydiplomacy.web import create_app
from common import SMALL, Kept, spoil


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail in CI what a contributor may skip for want of a tool."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what came of each suite of others that was run."""
    reports = (each for group in terminalreporter.stats.values() for each in group)
    told = {line for each in reports for name, line in getattr(each, "user_properties", ())}
    for line in sorted(told):
        terminalreporter.write_line(line)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small tree of files, in order until a test spoils it."""
    return shutil.copytree(SMALL, tmp_path / "root")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    """Settings under which all who test at the same time share one release."""
    own = tmp_path_factory.getbasetemp()
    return Settings(release_dir=(own if worker_id == "master" else own.parent) / "releases")


@pytest.fixture(scope="session")
def release(settings: Settings) -> Release:
    """The release of the repository's data: whoever comes first builds it."""
    with settings.release_dir.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = releases.current(settings.release_dir)
        return found or releases.build(settings)


@pytest.fixture(scope="session")
def engine(settings: Settings, release: Release) -> Iterator[Engine]:
    with supervisor.running_engine(settings, release.folder) as running:
        yield running


@pytest.fixture(scope="session")
def past(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The published versions of the repository's data, as they can be asked."""
    with closing(Kept(settings, tmp_path_factory.mktemp("past"))) as found:
        yield found


@pytest.fixture(scope="session")
def app(settings: Settings, engine: Engine, release: Release, past: Kept) -> Flask:
    return create_app(settings, engine, release, past=past)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two versions of a small world."""
    root = shutil.copytree(SMALL, tmp_path_factory.mktemp("published") / "root")
    settings = Settings(release_dir=root / ".release")
    publication.publish(settings, "0.1.0", root)
    spoil(root / "data/city/alby.ttl", '"Alby"', '"Albi"')
    spoil(root / "data/dataset.ttl", "2026-01-31", "2026-02-28")
    publication.publish(settings, "0.2.0", root)
    return paths.versions(root)


@pytest.fixture(scope="session")
def retired(release: Release, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of an entity that was retired without a successor: the data has none yet."""
    folder: Path = tmp_path_factory.mktemp("retired")
    said = {"rdfs:label": '"Gone"@en', "owl:deprecated": f'"true"^^<{PREFIXES["xsd"]}boolean>'}
    lines = (
        f"<{BASE}city/gone> <{PREFIXES[prefix]}{name}> {value} <{CURATED}> .\n"
        for (prefix, _, name), value in ((key.partition(":"), said[key]) for key in said)
    )
    (folder / "citydiplomacy.nq").write_text("".join(lines), "utf-8")
    with supervisor.running_engine(Settings(), folder) as engine:
        client = create_app(Settings(), engine, release).test_client()
        return client.get("/city/gone.html").text


@pytest.fixture(scope="session")
def service(
    settings: Settings, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real service, started as a user would start it."""
    log = tmp_path_factory.mktemp("service") / "log.txt"
    script = Path(sys.executable).with_name("citydiplomacy")
    command = [str(script), "serve", "--port", "0"]
    environment = os.environ | to_environment(settings)
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        assert process.stdout
        announced = process.stdout.readline()
        if not announced:
            pytest.fail(f"The service does not answer.\n{log.read_text()}")
        yield announced.split()[-1].rstrip("/")
        process.terminate()
