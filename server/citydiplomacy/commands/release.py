"""The commands that publish a version of the data, and verify what was made or published."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from citydiplomacy import manifests, published, release, terminal
from citydiplomacy.commands.options import chosen_settings, quiet_option
from citydiplomacy.errors import CheckFailedError, NoReleaseError, Problem
from citydiplomacy.published import ADDED, CHANGED, RETIRED, Published

# Commands import what only they need: `--help` would otherwise wait for libraries it never uses.
# ruff: noqa: PLC0415


@click.command("release")
@click.argument("version")
@quiet_option
def publish(version: str, quiet: bool) -> None:
    """Publish what stands here as VERSION of the data, such as 0.2.0.

    It is kept in data/releases/, to be committed, and is what `serve` serves from then on. Nothing
    is published when a check fails, or when something that was published before would be gone.
    """
    from citydiplomacy import publication

    chosen = chosen_settings()
    try:
        with terminal.progress(quiet) as progress:
            made = publication.publish(chosen, version, progress=progress)
    except CheckFailedError as error:
        terminal.show(error.problems, err=True)
        raise click.ClickException(
            f"{terminal.count(error.problems)}: nothing was published."
        ) from error
    _tell(made)


@click.command()
@click.argument("what", default="", metavar="[FOLDER|VERSION]")
@click.option("--all", "is_all", is_flag=True, help="Every release and every published version.")
def verify(what: str, is_all: bool) -> None:
    """Tell whether a release is what its manifest says, file by file.

    Without an argument it is the current release.
    """
    settings = chosen_settings()
    if is_all:
        found = [*_of_releases(settings.release_dir), *_of_versions(settings.versions)]
    elif not what:
        found = _of_folder(_current(settings.release_dir))
    elif Path(what).is_dir():
        found = _of_folder(Path(what))
    else:
        version = published.find(settings.versions, what)
        version.nquads()
        found = list(version.faults())
        click.echo(f"Version {what}: {', '.join(version.told['kept'])}.")
    terminal.show(found)
    click.echo(f"{terminal.count(found).capitalize()}.")
    sys.exit(1 if found else 0)


def _tell(made: Published) -> None:
    changes = made.told["changes"]
    counts = (f"{made.count(each)} {each}" for each in (ADDED, CHANGED, RETIRED) if each in changes)
    since = f"Since {made.told['previous']}: {', '.join(counts)}." if changes else ""
    click.echo(f"Version {made.name} of {made.modified} is published. {since}".rstrip())
    kept = made.told["kept"].items()
    sizes = ", ".join(f"{name} ({facts['bytes']:,} bytes)" for name, facts in kept)
    click.echo(f"Commit {made.folder}: {sizes}, {made.name}.json, CHANGES.md.")


def _current(release_dir: Path) -> Path:
    folder = release.current_folder(release_dir)
    if not folder.is_dir():
        raise NoReleaseError("There is no release yet. Make one with `citydiplomacy build`.")
    return folder


def _of_folder(folder: Path) -> list[Problem]:
    click.echo(f"{folder}: {manifests.MANIFEST} and what it names.")
    return list(manifests.faults(folder))


def _of_releases(release_dir: Path) -> Iterator[Problem]:
    for place in ("[!.]*/", f"{release.PUBLISHED}/*/"):
        for folder in sorted(release_dir.glob(place)):
            if not folder.is_symlink() and folder.name != release.PUBLISHED:
                yield from _of_folder(folder)


def _of_versions(folder: Path) -> Iterator[Problem]:
    click.echo(f"{folder}: {', '.join(sorted(each.name for each in folder.glob('*')))}.")
    yield from published.folder_faults(folder)


COMMANDS = (publish, verify)
