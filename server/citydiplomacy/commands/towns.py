"""The command that imports tables of towns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from citydiplomacy import paths, terminal

# Commands import what only they need: `--help` would otherwise wait for libraries it never uses.
# ruff: noqa: PLC0415


@click.group("import")
def group() -> None:
    """Read what others list into a graph of its own."""


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", required=True, metavar="NAME", help="Folder below data/imported/.")
@click.option("--licence", default="", metavar="IRI", help="Under which the table may be used.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Which column holds a field, such as a_name; without a column, the field is left out.",
)
@click.option("--source", default="", metavar="SLUG", help="The source that the table is.")
@click.option("--as-of", default="", metavar="DATE", help="When the table was so: 2026-02.")
@click.option("--encoding", default="", help="Of the file, where it is not UTF-8.")
@click.option("--delimiter", default="", help="Between cells, where the header does not tell.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="CSV file for what became of each row.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Decide and report, but import nothing.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def towns(
    mapping: Sequence[str], report: Path | None, is_dry: bool, quiet: bool, **told: Any
) -> None:
    """Import pairs of twin towns from FILE, a CSV that may be compressed by gzip.

    A place is matched with a city that the graph has, or becomes a new one; who might be somebody
    of ours but is not safely so is left out, and so are rows that make no sense. Nothing is
    changed that editors wrote. An earlier import of that name is replaced as a whole.
    """
    from citydiplomacy.importing import towns as importing
    from citydiplomacy.importing.decisions import Outcome

    request = importing.Request(mapping=_mapping(mapping), report=report, is_dry=is_dry, **told)
    with terminal.counted(quiet) as progress:
        imported = importing.run(paths.root(), request, progress)
    terminal.show_table(
        ("", "ties", "places"),
        [(str(each), imported.counts.ties[each], imported.counts.places[each]) for each in Outcome],
    )
    if reasons := imported.counts.often():
        terminal.show_table(("left out, because", "times"), reasons)
    click.echo(f"Read: {', '.join(f'{field} from {name}' for field, name in imported.columns)}.")
    read_back, judged = imported.checked
    click.echo(
        f"Checked: {read_back:,} nodes read back, their names and values; {judged:,} of them by "
        "the shapes. `citydiplomacy check` judges all."
    )
    made = ", ".join(f"{number:,} {kind}" for kind, number in imported.written.items())
    if is_dry:
        click.echo(f"Nothing was imported; it would be {made or 'nothing'}.")
    else:
        click.echo(f"Imported into data/imported/{request.into}: {made or 'nothing'}.")
    if not report:
        click.echo("--report FILE tells what became of each row.")


def _mapping(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in given]
    for field, sign, _ in pairs:
        if not sign:
            raise click.UsageError(f"--map {field}: write it as FIELD=COLUMN.")
    return {field.strip(): column for field, _, column in pairs}
