"""The command line: check, evidence, build, serve, query; and what `commands` adds."""

import difflib
import sys
from collections.abc import Callable
from dataclasses import Field, replace
from pathlib import Path
from typing import Any

import click

from citydiplomacy import __version__, formats, paths, queries, release, settings, terminal
from citydiplomacy.commands import release as releases
from citydiplomacy.commands import towns, wikidata
from citydiplomacy.commands.options import chosen_settings as _settings
from citydiplomacy.commands.options import quiet_option
from citydiplomacy.errors import CheckFailedError, CityDiplomacyError, NoReleaseError
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings

# Commands import what only they need: `--help` would otherwise wait for libraries it never uses.
# ruff: noqa: PLC0415

_SUFFIXES = sorted({each.suffix for each in (*formats.ROW_FORMATS, *formats.GRAPH_FORMATS)})


@click.group(cls=terminal.Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """City diplomacy as a citable knowledge graph."""


for command in (*wikidata.COMMANDS, *releases.COMMANDS, towns.group):
    main.add_command(command)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--no-reasoning", is_flag=True, help="Leave out HermiT.")
@quiet_option
def check(files: tuple[Path, ...], no_reasoning: bool, quiet: bool) -> None:
    """Tell what is wrong, where, and how to mend it: in FILES, or in everything.

    Where everything is right, say how complete it is.
    """
    from citydiplomacy import checks, coverage

    only = [_place(file) for file in files]
    # A changed term, shape or rule may concern any file.
    if not all(file.parts[:1] == ("data",) for file in only):
        only = []
    with terminal.progress(quiet) as progress:
        report = checks.run(paths.root(), only, reason=not no_reasoning, progress=progress)
    for notice in report.notices:
        click.echo(f"{notice} (notice)")
    terminal.show(report.problems)
    for left_out in report.left_out:
        click.echo(left_out)
    if report.graphs and not report.problems:
        found = coverage.of(paths.root(), report.graphs)
        if found:
            terminal.show_coverage(found)
    click.echo(f"{report.looked_at}: {terminal.count(report.problems)}.")
    sys.exit(1 if report.problems else 0)


@main.command()
@click.option(
    "--texts",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that holds the texts of the sources.",
)
def evidence(texts: Path) -> None:
    """Verify that each locator leads to the sentence whose digest is recorded."""
    from citydiplomacy import files, verification

    tree = files.read(paths.root())
    terminal.show(tree.problems)
    found = verification.verify(tree, texts)
    terminal.show(found.problems)
    for left_out in found.left_out:
        click.echo(left_out)
    click.echo(f"Digests verified: {found.verified}; {terminal.count(found.problems)}.")
    sys.exit(1 if tree.problems or found.problems or not found.verified else 0)


@main.command()
@quiet_option
def build(quiet: bool) -> None:
    """Check everything and make a release of it."""
    chosen = _settings()
    try:
        with terminal.progress(quiet) as progress:
            built = release.build(chosen, progress=progress)
    except CheckFailedError as error:
        terminal.show(error.problems, err=True)
        raise click.ClickException(
            f"{terminal.count(error.problems)}: nothing was built. {_kept(chosen)}"
        ) from error
    click.echo(f"Release {built.id} stands in {built.folder}.")


def _setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each setting."""
    for entry in reversed(settings.public()):
        dashed = entry.name.replace("_", "-")
        is_switch = isinstance(entry.default, bool)
        command = click.option(
            f"--{dashed}/--no-{dashed}" if is_switch else f"--{dashed}",
            type=_option_type(entry),
            default=None,
            help=f"{entry.metadata['help']}  [default: {settings.default_in_words(entry)}]",
        )(command)
    return command


def _option_type(entry: Field[Any]) -> Any:
    if isinstance(entry.default, bool):
        return None
    if isinstance(entry.default, int):
        numbers = entry.metadata["numbers"]
        return click.IntRange(numbers.start, numbers.stop - 1)
    return str if isinstance(entry.default, str) else click.Path(path_type=Path)


@main.command()
@_setting_options
@click.option("--version", metavar="VERSION", help="Serve a published version, and nothing newer.")
@quiet_option
def serve(quiet: bool, version: str | None, **given: Any) -> None:
    """Serve the current release; build one first where none is fresh.

    Each option may be given as an environment variable too: CITYDIPLOMACY_PORT is --port.
    """
    from citydiplomacy import supervisor

    chosen = _settings(**given)
    if chosen.store:
        _check_store(chosen.store)
    if version:
        pinned = release.unpacked(chosen.release_dir, chosen.versions, version)
        # Beside it nothing is ever current: there is no newer one to turn to.
        chosen = replace(chosen, release_dir=pinned.folder.parent)
    else:
        pinned = _servable(chosen, quiet)
    sys.exit(supervisor.serve(chosen, pinned.folder))


@main.command("query")
@click.argument("query")
@click.option("--format", "suffix", type=click.Choice(_SUFFIXES), help="Default: csv, or ttl.")
def answer(query: str, suffix: str | None) -> None:
    """Answer QUERY from the current release: a question by name, a .rq file, or - for stdin."""
    from citydiplomacy import supervisor
    from citydiplomacy.engine import Query, guard

    chosen = _settings()
    text = _query_text(query)
    is_graph = guard.check(text, chosen) in {"construct", "describe"}
    possible = formats.GRAPH_FORMATS if is_graph else (formats.CSV_ROWS, *formats.ROW_FORMATS)
    format_ = formats.by_suffix(suffix or possible[0].suffix, possible)
    if format_ is None:
        names = ", ".join(sorted({each.suffix for each in possible}))
        raise click.UsageError(f"The result of this query has no {suffix} form, only: {names}.")
    served = release.current(chosen.release_dir)
    if served is None:
        raise NoReleaseError("There is no release yet. Make one with `citydiplomacy build`.")
    if not release.is_fresh(chosen):
        click.echo(
            "The release is older than the files: `citydiplomacy build` renews it.", err=True
        )
    with supervisor.running_engine(chosen, served.folder) as engine:
        click.echo(engine.run(Query(text), format_.media_type).read(), nl=False)


def _servable(chosen: Settings, quiet: bool) -> Release:
    """Return a fresh release, or the last good one with a loud warning."""
    served = release.current(chosen.release_dir)
    try:
        if served is not None and release.is_fresh(chosen):
            return served
        with terminal.progress(quiet) as progress:
            return release.build(chosen, progress=progress)
    except (CityDiplomacyError, OSError) as error:
        click.echo(str(error), err=True)
        if served is None:
            raise NoReleaseError(
                "Nothing was built, and there is no earlier release to serve."
            ) from error
        click.secho(f"WARNING: nothing was built. {_kept(chosen)}", fg="red", bold=True, err=True)
        return served


def _kept(chosen: Settings) -> str:
    served = release.current(chosen.release_dir)
    return f"Release {served.id} stays the one that is served." if served else "There is no other."


def _check_store(store: str) -> None:
    """Refuse now what the web server would refuse when it starts."""
    from citydiplomacy.engine import credentials, inquiry

    try:
        inquiry.address(store)
        credentials.from_environment()
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _place(file: Path) -> Path:
    """Return a file or folder of Turtle relative to the root."""
    root = paths.root().resolve()
    place = file.resolve()
    if not place.is_relative_to(root):
        raise click.UsageError(f"{file} lies outside {root}.")
    if file.suffix != ".ttl" and not any(place.rglob("*.ttl")):
        raise click.UsageError(f"{file} is no Turtle file and no folder of them.")
    return place.relative_to(root)


def _query_text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode()
        if name.endswith(".rq"):
            return Path(name).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{name} is not UTF-8.") from error
    questions = queries.load("questions")
    if name in questions:
        return questions[name].text
    near = difflib.get_close_matches(name, questions, 1)
    hint = f"Do you mean {near[0]}?" if near else f"There are: {', '.join(questions)}."
    raise click.UsageError(
        f"There is no question {name}. {hint} A query of your own comes from a .rq file or from -."
    )
