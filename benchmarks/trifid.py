"""Trifid, the peer for pages: it renders as HTML what an Oxigraph server says about an IRI.

It comes from npm, once, into the user's cache, with the Node that it needs: what it was measured
with does not depend on the machine. It asks the Oxigraph server directly, not through the proxy
that it offers to visitors, and has no other part of it loaded than the one that renders entities:
nothing that we measure is held up by what a page does not need.
"""

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import peers, processes, synthetic
from benchmarks.peers import PeerError, Server
from citydiplomacy.namespaces import BASE

TRIFID, NODE = "5.3.0", "22.23.3"
_INSTALL_SECONDS = 1800
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@contextmanager
def trifid(data: Path) -> Iterator[Server]:
    """Yield Trifid over an Oxigraph server that holds a release.

    Its pages have the addresses of ours without the suffix.

    Raises:
        PeerError: it cannot be had, or does not start.
    """
    modules = _installed() / "node_modules"
    port = processes.free_port()
    with (
        peers.oxigraph(data) as store,
        tempfile.TemporaryDirectory(prefix="benchmark-trifid-") as folder,
    ):
        # Trifid reads YAML, and JSON is YAML.
        configuration = Path(folder) / "config.yaml"
        configuration.write_text(json.dumps(_configuration(store, port)))
        log = Path(folder) / "log"
        command: list[str | Path] = [
            modules / _node_package() / "bin" / "node",
            modules / "trifid" / "server.js",
            "-c",
            configuration,
        ]
        environment = os.environ | {"NODE_ENV": "production"}
        with processes.running(command, log, environment) as process:
            # At / it would render all that has an IRI below it.
            peers.wait(port, process, log, "/nothing")
            version = f"trifid {TRIFID}, node {NODE}, over {store.version}"
            address = f"http://127.0.0.1:{port}/"
            yield Server("trifid", version, address, process.pid)


def _configuration(store: Server, port: int) -> dict[str, object]:
    renderer = {"module": "@zazuko/trifid-entity-renderer", "paths": ["/*"]}
    return {
        "server": {
            "listener": {"host": "127.0.0.1", "port": port},
            "logLevel": "warn",  # a line for each request would cost time
        },
        "globals": {"datasetBaseUrl": BASE, "endpoints": {"default": {"url": store.endpoint}}},
        "plugins": {"entity-renderer": renderer},
    }


def _installed() -> Path:
    """Return the folder with Trifid and Node, installed when they are not in the user's cache."""
    parent = synthetic.cache_folder()
    folder = parent / f"trifid-{TRIFID}-node-{NODE}"
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / ".trifid.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=parent, prefix=".installing-") as scratch:
                _install(Path(scratch) / folder.name).rename(folder)
    return folder


def _install(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise PeerError("npm is not installed: apt-get install npm.")
    # No script of any package is run: Node is a file in its package, not one that is downloaded.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    wanted = [f"trifid@{TRIFID}", f"{_node_package()}@{NODE}"]
    print(f"Installing Trifid {TRIFID} from npm", file=sys.stderr)
    folder.mkdir()
    told = subprocess.run(
        [npm, "install", *options, "--prefix", folder, *wanted],
        check=False,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
    )
    if told.returncode:
        raise PeerError(f"Trifid cannot be installed: {told.stderr}")
    return folder


def _node_package() -> str:
    processor = platform.machine().lower()
    return f"node-{sys.platform}-{_PROCESSORS.get(processor, processor)}"
