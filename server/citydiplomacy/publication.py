"""Publishing a version of the data: checked against all that was published, and kept for good."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from citydiplomacy import (
    building,
    differences,
    dumps,
    durable,
    manifests,
    paths,
    published,
    release,
)
from citydiplomacy.building import Made
from citydiplomacy.catalogue import MODIFIED
from citydiplomacy.differences import State
from citydiplomacy.errors import CheckFailedError, Problem, VersionError
from citydiplomacy.namespaces import BASE, IMPORTED, ONTOLOGY_GRAPH
from citydiplomacy.paths import DUMP
from citydiplomacy.published import ADDED, CHANGED, JSON, NQUADS, PATCH, RETIRED, Published
from citydiplomacy.settings import Settings
from citydiplomacy.versions import Version

CHANGES = "CHANGES.md"
_WORKSHOP, _SCRATCH = ".releasing", "release-"
_DATASET = f"{BASE}dataset"
_FILE = Path("data/dataset.ttl")
_NAMED_AT_MOST = 50

Progress = Callable[[str], None]


def publish(
    settings: Settings,
    name: str,
    root: Path | None = None,
    progress: Progress = lambda _step: None,
) -> Published:
    """Publish what lies below the root as a version, let it be served, and return it.

    One version is published at a time; who comes second waits. To publish again what was
    published under the same name changes nothing.

    Raises:
        CheckFailedError: something is wrong with the files; nothing was published.
        DamagedReleaseError: an earlier version is not what was published.
        VersionError: the name is no version, not greater than all before, or taken.
    """
    root = root or paths.root()
    version = Version.read(name)
    folder = paths.versions(root)
    with durable.scratch(root / _WORKSHOP, _SCRATCH) as scratch:
        versions = published.load(folder)
        _refuse_unless_next(version, versions)
        taken = versions.get(name)
        inputs = release.inputs(root)
        made = building.make(root, inputs, progress, "" if taken else name)
        if taken:
            _refuse_unless_same(taken, made)
        else:
            progress("Comparing with what was published")
            kept = _kept(made, version, versions)
            _keep(scratch / folder.name, folder, kept)
        release.put(settings.release_dir, made.contents, made.manifest)
    return published.find(folder, name)


def _refuse_unless_next(version: Version, versions: dict[str, Published]) -> None:
    newest = next(reversed(versions.values()), None)
    if newest and version < newest.version and str(version) not in versions:
        raise VersionError(
            f"{version} does not come after {newest.name}, which is published. "
            f"Choose a greater one."
        )


def _refuse_unless_same(taken: Published, made: Made) -> None:
    if made.manifest["content"] != taken.manifest["content"]:
        raise VersionError(
            f"{taken.name} is published, and what stands here is not the same. "
            "A published version never changes: choose a greater one."
        )


def _kept(made: Made, version: Version, versions: dict[str, Published]) -> dict[str, bytes]:
    """Return the files of a new version, and the changelog with it, by name.

    Raises:
        CheckFailedError: it may not be published so.
    """
    previous = next(reversed(versions.values()), None)
    dump = made.contents[DUMP]
    before, after = previous.nquads() if previous else b"", differences.state(dump)
    problems = [*_date_problems(made, previous), *_gone(after, versions)]
    if previous and made.manifest["content"] == previous.manifest["content"]:
        message = f"nothing has changed since {previous.name}."
        problems.append(Problem(Path("data"), None, message, "There is nothing to publish."))
    if problems:
        raise CheckFailedError(problems)
    files = {f"{version}{NQUADS}": made.contents[f"{DUMP}.gz"]}
    if previous:
        patch = differences.patch(before, dump, (previous.name, str(version)))
        files[f"{version}{PATCH}"] = dumps.compressed(patch)
    entities, terms = after.counts()
    told = {
        "previous": previous.name if previous else "",
        "manifest": made.manifest,
        "kept": {name: manifests.facts(content) for name, content in files.items()},
        "entities": entities,
        "terms": terms,
        "changes": differences.between(differences.state(before), after) if previous else {},
    }
    files[f"{version}{JSON}"] = published.written(told)
    return files


def _date_problems(made: Made, previous: Published | None) -> Iterator[Problem]:
    """Yield why the date of the data is not that of a new version."""
    modified = made.manifest["modified"]
    document = next((each for each in made.tree.dataset if each.file == _FILE), None)
    line = document.line_of(_DATASET, MODIFIED) if document else None
    repair = "Let dcterms:modified of the dataset say when the data was last changed"
    try:
        is_day = date.fromisoformat(modified).isoformat() == modified
    except ValueError:
        is_day = False
    if not is_day:
        message = f"{modified} is no day." if modified else "it is not said when the data changed."
        yield Problem(_FILE, line, message, f'{repair}: "2026-11-22"^^xsd:date.')
    elif previous and modified < previous.modified:
        message = f"{modified} is before {previous.modified}, the date of {previous.name}."
        yield Problem(_FILE, line, message, f"{repair}.")


def _gone(after: State, versions: dict[str, Published]) -> Iterator[Problem]:
    """Yield what was published once, and would be there no more."""
    told: set[str] = set()
    for earlier in reversed(versions.values()):
        before = differences.state(earlier.nquads())
        for iri in differences.vanished(before, after):
            if iri not in told:
                told.add(iri)
                yield Problem(
                    _home(iri, before.graphs[iri]),
                    None,
                    f"{iri.removeprefix(BASE)} was published in {earlier.name} and is gone.",
                    "Put it back, and if nobody shall use it any more, retire it: owl:deprecated "
                    "true, and dcterms:isReplacedBy where something took its place.",
                )


def _home(iri: str, graph: str) -> Path:
    """Return where a reader would look for the description of an entity or term."""
    kind = differences.kind(iri)
    if graph == ONTOLOGY_GRAPH:
        within = iri.removeprefix(BASE).partition("#")[0]
        return Path("ontology") if kind == "ontology" else Path("ontology") / f"{within}.ttl"
    if graph.startswith(IMPORTED):
        return Path("data/imported") / graph.removeprefix(IMPORTED)
    return Path("data") / f"{iri.removeprefix(BASE)}.ttl"


def _keep(scratch: Path, folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files beside those of the versions before, all at one stroke."""
    scratch.mkdir()
    for file in folder.iterdir() if folder.exists() else ():
        _link(file, scratch / file.name)
    for name, content in files.items():
        # What a killed run left under that name, if anything, may be the same file: a new one.
        (scratch / name).unlink(missing_ok=True)
        durable.write(scratch / name, content)
    (scratch / CHANGES).unlink(missing_ok=True)
    changelog = changes(published.load(scratch))
    durable.write(scratch / CHANGES, changelog.encode())
    durable.sync(scratch)
    durable.supplant(scratch, folder)


def _link(file: Path, copy: Path) -> None:
    """Let a file be there twice, at no cost where the file system can do that."""
    try:
        os.link(file, copy)
    except OSError:
        durable.write(copy, file.read_bytes())


def changes(versions: dict[str, Published]) -> str:
    """Return what changed from version to version, as Markdown; the newest stands first."""
    head = (
        "# Versions of the data\n\nMade by `citydiplomacy release` from the JSON beside it. What "
        "is stated is counted and named here; what follows from that is not.\n"
    )
    return head + "".join(_chapter(each) for each in reversed(versions.values()))


def _chapter(version: Published) -> str:
    told = version.told
    since = f"What is new since {told['previous']}." if told["previous"] else "The first version."
    lines = ["", f"## {version.name} ({version.modified})", since, ""]
    became = [each for each in (ADDED, CHANGED, RETIRED) if told["previous"]]
    lines.append(f"| kind | there are |{''.join(f' {each} |' for each in became)}")
    lines.append(f"|---|--:|{'--:|' * len(became)}")
    for kind, count in {**told["entities"], **told["terms"]}.items():
        numbers = (len(told["changes"].get(each, {}).get(kind, ())) for each in became)
        lines.append(f"| {kind} | {count} |{''.join(f' {number} |' for number in numbers)}")
    for each in became:
        iris = [iri for named in told["changes"].get(each, {}).values() for iri in named]
        if iris:
            lines += ["", f"{each.capitalize()}: {_named(iris)}."]
    return "".join(f"{line}\n" for line in lines)


def _named(iris: list[str]) -> str:
    names = ", ".join(f"`{iri.removeprefix(BASE)}`" for iri in iris[:_NAMED_AT_MOST])
    more = len(iris) - _NAMED_AT_MOST
    return f"{names}, and {more} more" if more > 0 else names
