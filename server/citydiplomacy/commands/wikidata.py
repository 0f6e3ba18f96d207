"""Wikidata on the command line: harvest, compare, link."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citydiplomacy import paths, queries, release, terminal
from citydiplomacy.commands.options import chosen_settings, quiet_option
from citydiplomacy.errors import CheckFailedError, NoReleaseError
from citydiplomacy.wikidata import ENDPOINT

if TYPE_CHECKING:  # what --help would load for nothing
    from citydiplomacy.engine import Engine
    from citydiplomacy.panels import Panel
    from citydiplomacy.release import Release
    from citydiplomacy.wikidata.harvest import Report

# Commands import what only they need: `--help` would otherwise wait for libraries it never uses.
# ruff: noqa: PLC0415

_ROWS = 40
"""Rows of a comparison that a terminal shows."""


@click.group()
def harvest() -> None:
    """Bring what others say, into an imported graph of its own."""


@harvest.command("wikidata")
@click.option("--endpoint", default=ENDPOINT, show_default=True, help="The endpoint to ask.")
@click.option(
    "--resume/--anew",
    default=None,
    help="Go on with a harvest that was broken off, or begin again.  "
    "[default: go on, if it asked the same]",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the records.  [default: data/imported/wikidata]",
)
@quiet_option
def harvest_wikidata(endpoint: str, resume: bool | None, into: Path | None, quiet: bool) -> None:
    """Bring what Wikidata says of our cities and regions.

    Twin towns and memberships with their ranks, dates and references; labels and coordinates. What
    was brought is kept batch by batch: after an interruption the same command goes on from there.
    """
    from citydiplomacy.wikidata import harvest as harvesting
    from citydiplomacy.wikidata.source import Endpoint

    root, work = paths.root(), paths.harvests() / harvesting.ORIGIN
    if resume and not harvesting.is_under_way(work):
        raise click.UsageError("There is no harvest to go on with.")
    target = into or root / "data" / "imported" / harvesting.ORIGIN
    planned = harvesting.Harvest(Endpoint(endpoint), work, target, root)
    with terminal.progress(quiet) as progress:
        report = harvesting.run(planned, anew=resume is False, progress=progress)
    _tell(report)
    click.echo(f"The records stand in {target}; `citydiplomacy build` makes a release with them.")


@harvest.command("candidates")
@click.option("--endpoint", default=ENDPOINT, show_default=True, help="The endpoint to ask.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("candidates.jsonl"),
    show_default=True,
    help="Where the list is written.",
)
@quiet_option
def harvest_candidates(endpoint: str, output: Path, quiet: bool) -> None:
    """List the items of Wikidata that are called as what is not linked yet, for `link`."""
    from citydiplomacy import durable, files
    from citydiplomacy.wikidata import namesakes, proposals
    from citydiplomacy.wikidata.source import Endpoint

    asked = Endpoint(endpoint)
    entities = proposals.unlinked(files.read(paths.root()))
    query = queries.load("wikidata")["namesakes"]
    with terminal.progress(quiet) as progress:
        found = namesakes.find(asked, query, entities, progress)
    durable.replace(output, namesakes.written(found).encode())
    click.echo(
        f"Entities without a link: {len(entities)}; items with one of their names: {len(found)}. "
        f"Now: citydiplomacy link --candidates {output}"
    )


def _tell(report: "Report") -> None:
    if report.resumed:
        click.echo(f"Batches that were there already: {report.resumed}.")
    for name, count in report.statements.items():
        click.echo(f"Statements on {name}: {count}.")
    click.echo(f"Items: {report.items}; deprecated statements: {report.deprecated}.")
    if report.vague:
        click.echo(f"Statements with a date that is too coarse to be written: {report.vague}.")
    for identifier in report.unknown:
        click.echo(f"Wikidata has nothing under {identifier}: correct the link.")
    for identifier, other in report.merged.items():
        click.echo(f"{identifier} was merged into {other}: correct the link.")


@click.group()
def compare() -> None:
    """Compare the current release with what others say."""


@compare.command("wikidata")
@click.option("--csv", "form", flag_value="csv", help="All rows, as one table in CSV.")
@click.option(
    "--quickstatements",
    "form",
    flag_value="quickstatements",
    help="What only the graph has, as commands of QuickStatements; nothing is sent.",
)
def compare_wikidata(form: str | None) -> None:
    """Compare the current release with the harvest of Wikidata that it holds."""
    from citydiplomacy import spreadsheets
    from citydiplomacy.wikidata import comparison, quickstatements

    pages = queries.load("pages")
    with _current() as (served, engine):
        if form and not comparison.is_harvested(served):
            raise NoReleaseError(f"The release holds no harvest. {_HOW}")
        if form == "quickstatements":
            click.echo(quickstatements.written(engine, pages["quickstatements"]), nl=False)
            return
        asked = comparison.whole(pages) if form else pages
        found = comparison.compared(engine, asked, served)
    if form == "csv":
        click.echo(spreadsheets.written(comparison.joined(found)), nl=False)
        return
    for panel in found:
        _show(panel)
    if not comparison.is_harvested(served):
        click.echo(f"\nThe release holds no harvest of Wikidata. {_HOW}")


_HOW = "Make one with `citydiplomacy harvest wikidata`, then `citydiplomacy build`."


@contextmanager
def _current() -> Iterator[tuple["Release", "Engine"]]:
    """Give the current release, and an engine that answers queries about it."""
    from citydiplomacy import supervisor

    chosen = chosen_settings()
    served = release.current(chosen.release_dir)
    if served is None:
        raise NoReleaseError("There is no release yet. Make one with `citydiplomacy build`.")
    with supervisor.running_engine(chosen, served.folder) as engine:
        yield served, engine


def _show(panel: "Panel") -> None:
    rows = panel.table.rows
    more = " or more" if panel.is_cut else ""
    title = panel.title if panel.name == "extent" else f"\n{panel.title}: {len(rows)}{more}"
    if not rows:
        click.echo(f"{title}. {panel.empty}")
        return
    shown = [[value.text if value else "" for value in row.values] for row in rows[:_ROWS]]
    terminal.show_table(panel.table.headings, shown, title)
    if len(rows) > _ROWS:
        click.echo(f"… and {len(rows) - _ROWS} more; --csv has all of them.")


@click.command()
@click.option(
    "--candidates",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="List of items of Wikidata: CSV or JSON lines, with item and label, and, where known, "
    "aliases, country, latitude, longitude and type.",
)
@click.option(
    "--confirmed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Table of proposals in which somebody wrote y or n into the first column.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("link-proposals.tsv"),
    show_default=True,
    help="Where the table of proposals is written.",
)
def link(candidates: Path | None, confirmed: Path | None, output: Path) -> None:
    """Propose items of Wikidata for what is not linked, or write what was confirmed.

    With --candidates a table is written, in which a curator answers line by line; with --confirmed
    the links that were answered with yes are written into the curated files, all or none.
    """
    if bool(candidates) == bool(confirmed):
        raise click.UsageError("Give either --candidates or --confirmed.")
    if candidates:
        _propose(candidates, output)
    elif confirmed:
        _link(confirmed)


def _propose(candidates: Path, output: Path) -> None:
    from citydiplomacy import durable, files
    from citydiplomacy.wikidata import candidates as lists
    from citydiplomacy.wikidata import proposals

    entities = proposals.unlinked(files.read(paths.root()))
    found = list(proposals.propose(entities, lists.read(candidates)))
    durable.replace(output, proposals.written(found).encode())
    proposed = len({each.entity.name for each in found})
    click.echo(
        f"Entities without a link: {len(entities)}; with a proposal: {proposed}. "
        f"Write y or n into the first column of {output}, then: "
        f"citydiplomacy link --confirmed {output}"
    )


def _link(confirmed: Path) -> None:
    from citydiplomacy import files
    from citydiplomacy.wikidata import linking, proposals

    tree = files.read(paths.root())
    answers = proposals.confirmed(confirmed)
    problems = tree.problems or tuple(proposals.clashes(confirmed, answers, tree))
    if problems:
        raise CheckFailedError(problems)
    for file in linking.link(tree, answers):
        click.echo(f"{file} is linked.")
    click.echo(f"Links written: {len(answers)}. Now: citydiplomacy check")


COMMANDS = (harvest, compare, link)
