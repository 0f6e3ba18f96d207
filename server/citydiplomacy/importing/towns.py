"""The import of a table of twin towns: what it makes is there whole or not at all."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from citydiplomacy import durable, files
from citydiplomacy.errors import CheckFailedError, TableError
from citydiplomacy.files import Tree
from citydiplomacy.importing import checking, decisions, mentions, places, survey, table, world
from citydiplomacy.importing.countries import Countries, Country
from citydiplomacy.importing.decisions import Decision, Outcome
from citydiplomacy.importing.mentions import Mention
from citydiplomacy.importing.places import Place
from citydiplomacy.importing.report import Counts, Report
from citydiplomacy.importing.survey import Survey
from citydiplomacy.importing.ties import ALONE, Ties
from citydiplomacy.importing.world import World
from citydiplomacy.importing.writing import MADE_BY, Provenance, Writer
from citydiplomacy.namespaces import SLUG, EntityName

_IMPORTED = Path("data/imported")
_SCRATCH = ".importing"
_PREFIX = "towns-"
_IRI = re.compile(r"https?://[^\s<>\"{}|^`\\]+")
_EDTF = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_CHUNK = 1 << 20
_FEW_ROWS = 500
_BETWEEN = " \N{EN DASH} "
_NO_LICENCE = "https://w3id.org/citydiplomacy/about#none"


Progress = Callable[[str, int, int], None]
"""Shows a step, and how much of how much of it is done; nothing of nothing where nobody knows."""


@dataclass(frozen=True)
class Request:
    """What is to be imported, and how."""

    file: Path
    into: str
    licence: str = ""
    source: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    as_of: str = ""
    report: Path | None = None
    is_dry: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of an import."""

    columns: Sequence[tuple[str, str]]
    """Which field was read from which column."""
    counts: Counts
    written: Mapping[str, int]
    """How many entities of each kind were made."""
    checked: tuple[int, int]
    """How many nodes were read back, and how many the shapes judged."""


@dataclass(frozen=True)
class _Plan:
    """What is to be written: the ties, the table that has them, the places of its mentions."""

    ties: Ties
    told: Survey
    found: Sequence[Place | str]


def run(root: Path, request: Request, progress: Progress) -> Imported:
    """Import a table into the tree below a root, in the place of an earlier import of that name.

    Raises:
        CheckFailedError: the tree, or what was made of the table, is not in order.
        OSError: a file cannot be read or written.
        TableError: the table cannot be imported as is asked; the message says why.
    """
    _refuse_senseless(root, request)
    columns = table.opened(request.file, request.mapping, request.encoding, request.delimiter)
    progress("Reading the files of the graph", 0, 0)
    tree = _without(files.read(root), root, request.into)
    provenance = _provenance(tree, request)
    known = world.read(tree)
    told = survey.of(columns, _every("Reading the table", progress, columns.size))
    found = _places(known, told)
    decided = _decided(known, found, progress)
    ties = Ties(known, told, decided, request.into)
    with ExitStack() as stack:
        scratch = stack.enter_context(durable.scratch(root / _SCRATCH, _PREFIX))
        folder = scratch / _IMPORTED / request.into
        report = stack.enter_context(_reported(request.report, told))
        writer = stack.enter_context(Writer(folder, provenance))
        counts = _counted(ties)
        _write(_Plan(ties, told, found), writer, report, progress)
        checked = checking.check(
            tree, scratch, folder, lambda *done: progress("Checking what was written", *done)
        )
        if not request.is_dry:
            _place(folder, root / _IMPORTED / request.into)
    return Imported(list(columns.columns.told()), counts, writer.written, checked)


def _refuse_senseless(root: Path, request: Request) -> None:
    if not SLUG.fullmatch(request.into):
        raise TableError(
            f"“{request.into}” is no name for an import: small letters, digits, single hyphens."
        )
    if not request.is_dry and not _IRI.fullmatch(request.licence):
        raise TableError(
            "Under which licence is the table? Say so by --licence and the address of the licence, "
            "for example https://creativecommons.org/licenses/by/4.0/; --dry-run needs none."
        )
    if request.as_of and not _EDTF.fullmatch(request.as_of):
        raise TableError(f"“{request.as_of}” is no date such as 2026, 2026-02 or 2026-02-08.")
    for file in sorted((root / _IMPORTED / request.into).rglob("*.*")):
        with file.open(encoding="utf-8") as opened:
            if not opened.readline().startswith(MADE_BY):
                raise TableError(
                    f"{file.relative_to(root)} was not made by this command, and would be lost. "
                    "Choose another name for the import."
                )


def _without(tree: Tree, root: Path, into: str) -> Tree:
    """Return the tree without what an earlier import of that name made."""
    folder = _IMPORTED / into
    problems = [each for each in tree.problems if not each.file.is_relative_to(folder)]
    if problems:
        raise CheckFailedError(problems)
    if not tree.data:
        raise TableError(f"There is no data below {root}.")
    return replace(
        tree,
        data=tuple(each for each in tree.data if not each.file.is_relative_to(folder)),
        dataset=tuple(each for each in tree.dataset if not each.file.is_relative_to(folder)),
        problems=(),
    )


def _provenance(tree: Tree, request: Request) -> Provenance:
    source = EntityName("source", request.source or request.into)
    is_known = source.iri in tree.homes
    if request.source and not is_known:
        raise TableError(
            f"There is no source {request.source}. Describe it in data/source/, or leave --source "
            "out: then the table is described as a source of its own."
        )
    # A source that merely has the name of the import is not meant.
    if is_known and not request.source:
        raise TableError(f"There is a source {request.into} already: is it --source that you mean?")
    digest = hashlib.sha256()
    with request.file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return Provenance(
        into=request.into,
        table=request.file.name,
        digest=digest.hexdigest(),
        source=source,
        is_new=not is_known,
        licence=request.licence or _NO_LICENCE,
        as_of=request.as_of,
    )


def _places(known: World, told: Survey) -> list[Place | str]:
    """Return for each mention of a table the place that is meant, or why there is none."""
    faults = [mentions.fault(each) for each in told.mentions]
    sound = [
        (each, line)
        for each, line, fault in zip(told.mentions, told.lines, faults, strict=True)
        if not fault
    ]
    countries = Countries(known, sound)
    placed: list[tuple[Mention, Country, int]] = []
    homeless: dict[Mention, str] = {}
    for mention, line in sound:
        country = countries.of(mention)
        if isinstance(country, str):
            homeless[mention] = country
        else:
            placed.append((mention, country, line))
    found = places.gathered(placed) | homeless
    return [fault or found[each] for each, fault in zip(told.mentions, faults, strict=True)]


def _decided(known: World, found: Iterable[Place | str], progress: Progress) -> list[Decision]:
    """Return for each mention what becomes of its place."""
    found = list(found)
    several = {id(each): each for each in found if isinstance(each, Place)}
    decided = decisions.decided(
        known,
        list(several.values()),
        lambda done: progress("Looking for its places", done, len(several)),
    )
    return [
        decisions.refused(each) if isinstance(each, str) else decided[id(each)] for each in found
    ]


def _write(plan: _Plan, writer: Writer, report: Report | None, progress: Progress) -> None:
    told, found = plan.told, plan.found
    shown = _every("Writing", progress, len(told))
    for number, tie in enumerate(plan.ties):
        shown(number, number)
        if report:
            report.add(tie)
        one, other = found[tie.row.one], found[tie.row.other]
        if tie.outcome is Outcome.CREATED and isinstance(one, Place) and isinstance(other, Place):
            names = (told.mentions[each].name for each in (tie.row.one, tie.row.other))
            writer.tie(tie, (one, other), _BETWEEN.join(names))
    writer.finish()


def _counted(ties: Ties) -> Counts:
    counts = Counts()
    # A city counts once, however it is written; what is left out, as often as it is.
    seen: set[tuple[Outcome, object]] = set()
    for tie in ties:
        counts.ties[tie.outcome] += 1
        if not tie.one or not tie.other:
            counts.left_out(tie.reason)
            continue
        for each, number in ((tie.one, tie.row.one), (tie.other, tie.row.other)):
            is_city = each.outcome in {Outcome.MERGED, Outcome.CREATED}
            seen.add((each.outcome, each.city if is_city else number))
            if not is_city and each.reason != ALONE:
                counts.left_out(each.reason)
    counts.places.update(outcome for outcome, _ in seen)
    return counts


@contextmanager
def _reported(file: Path | None, told: Survey) -> Iterator[Report | None]:
    """Give a report that takes the place of a file when all is well, and none before."""
    if file is None:
        yield None
        return
    beside = file.with_name(f".{file.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as out:
            yield Report(out, told.mentions)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _place(folder: Path, target: Path) -> None:
    durable.sync(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        durable.exchange(folder, target)
    else:
        folder.rename(target)
    durable.sync(target.parent)


def _every(step: str, progress: Progress, whole: int) -> Callable[[int, int], None]:
    """Return what shows a step after each few rows: more often would take longer than the work."""

    def shown(rows: int, done: int) -> None:
        if not rows % _FEW_ROWS:
            progress(step, done, whole)

    return shown
