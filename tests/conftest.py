"""What tests share: one release of the repository's data, its engine, the web over it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citydiplomacy import release as releases
from citydiplomacy import supervisor
from citydiplomacy.engine import Engine
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from citydiplomacy.web import create_app

START_SECONDS = 30


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail in CI what a contributor may skip for want of a tool."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(release_dir=tmp_path_factory.mktemp("releases"), port=_free_port())


@pytest.fixture(scope="session")
def release(settings: Settings) -> Release:
    return releases.build(settings)


@pytest.fixture(scope="session")
def engine(settings: Settings, release: Release) -> Iterator[Engine]:
    with supervisor.running_engine(settings, release.folder) as running:
        yield running


@pytest.fixture(scope="session")
def app(settings: Settings, engine: Engine, release: Release) -> Flask:
    return create_app(settings, engine, release)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def service(
    settings: Settings, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real service, started as a user would start it."""
    log = tmp_path_factory.mktemp("service") / "log.txt"
    script = Path(sys.executable).with_name("citydiplomacy")
    command = [str(script), "serve", "--port", str(settings.port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=os.environ | to_environment(settings), stdout=output, stderr=output
        )
    try:
        _wait(settings.port, process, log)
        yield f"http://127.0.0.1:{settings.port}"
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port):
            return
        time.sleep(0.1)
    pytest.fail(f"The service does not answer.\n{log.read_text()}")


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except ConnectionError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
