"""Making a release in memory: every file of it, from what lies below a root."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import (
    catalogue,
    checks,
    dumps,
    evaluation,
    exports,
    manifests,
    paths,
    published,
)
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.evaluation import Graphs
from citydiplomacy.files import Tree
from citydiplomacy.manifests import Manifest
from citydiplomacy.namespaces import META
from citydiplomacy.paths import DUMP

REPORT = "shacl-report.nt"
_TITLE = "N-Quads: everything, canonical, as the service loads it"
_REPORT_TITLE = "SHACL validation report: what the rules say of all data"


class Made(NamedTuple):
    """A release that stands nowhere yet: its files by name, its manifest, what it was read from."""

    contents: dict[str, bytes]
    manifest: Manifest
    tree: Tree


def make(
    root: Path,
    inputs: str,
    progress: Callable[[str], None] = lambda _step: None,
    version: str = "",
) -> Made:
    """Return the release of what lies below the root.

    Where its content is that of a published version, it is that version, and its N-Quads are those
    that were published. What the release is to be called can be given instead.

    Raises:
        CheckFailedError: something is wrong with the files.
        DamagedReleaseError: a published version is not what it was.
    """
    report = checks.run(root, reason=False, progress=progress)
    if report.problems:
        raise CheckFailedError(report.problems)
    progress("Writing the release")
    data = evaluation.store(report.graphs)
    wholes = {DUMP: _TITLE} | {dump.file: dump.title for dump in dumps.DUMPS}
    others = exports.titles(root, data) | {REPORT: _REPORT_TITLE}
    graphs = catalogue.with_meta(report.tree, report.graphs, data, wholes, others)
    content = catalogue.canonical(graphs)
    digest = hashlib.sha256(content).hexdigest()
    versions = published.load(paths.versions(root))
    same = None if version else published.same(versions, digest)
    version = version or published.name_of(versions, digest)
    build = catalogue.of_build(version, inputs)
    dump = same.nquads() if same else catalogue.with_build(content, build)
    counts = same.manifest["graphs"] if same else _counts(graphs, build)
    contents = {
        DUMP: dump,
        **dumps.of(dump),
        **{part.file: part.content for part in exports.of(root, data, version)},
        REPORT: catalogue.canonical_triples(report.shacl),
    }
    told = manifests.made(
        contents,
        counts,
        version=version,
        modified=catalogue.modified(report.tree),
        inputs=inputs,
        content=digest,
    )
    return Made(contents, told, report.tree)


def _counts(graphs: Graphs, build: Sequence[ox.Triple]) -> dict[str, int]:
    counts = {name: len(triples) for name, triples in graphs.items()}
    return counts | {META: counts[META] + len(build)}
