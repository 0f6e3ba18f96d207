"""Trifid, the peer for pages: it renders as HTML what an Oxigraph server says about an IRI.

It comes from npm, once, into the user's cache, with the Node that it needs: what it was measured
with does not depend on the machine. It asks the Oxigraph server directly, not through the proxy
that it offers to visitors, and has no other part of it loaded than the one that renders entities:
nothing that we measure is held up by what a page does not need.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import npm, peers, processes
from benchmarks.npm import NODE
from benchmarks.peers import Server
from citydiplomacy.namespaces import BASE

TRIFID = "5.3.0"


@contextmanager
def trifid(data: Path) -> Iterator[Server]:
    """Yield Trifid over an Oxigraph server that holds a release.

    Its pages have the addresses of ours without the suffix.

    Raises:
        PeerError: it cannot be had, or does not start.
    """
    modules = npm.installed("trifid", TRIFID)
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
            npm.node(modules),
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
