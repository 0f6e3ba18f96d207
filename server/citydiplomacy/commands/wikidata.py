"""Wikidata on the command line: harvest."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from citydiplomacy import paths, terminal
from citydiplomacy.commands.options import quiet_option
from citydiplomacy.wikidata import ENDPOINT

if TYPE_CHECKING:  # what --help would load for nothing
    from citydiplomacy.wikidata.harvest import Report

# Commands import what only they need: `--help` would otherwise wait for libraries it never uses.
# ruff: noqa: PLC0415


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


COMMANDS = (harvest,)
