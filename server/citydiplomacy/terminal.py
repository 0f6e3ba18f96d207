"""How the command line speaks: problems, progress, errors."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from citydiplomacy.errors import CityDiplomacyError, Problem, RequestError

if TYPE_CHECKING:  # the engine would be loaded for --help
    from rich.progress import TaskID

    from citydiplomacy.coverage import Coverage


_WIDTH = 60
_WIDE = 200


class Commands(click.Group):
    """Commands whose expected errors end in one readable message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Return what the command returns."""
        try:
            return super().invoke(ctx)
        except CityDiplomacyError as error:
            raise click.ClickException(_told(error)) from error
        except BrokenPipeError:  # click ends quietly when nobody reads on
            raise
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give what shows the steps of long work and how long each takes, on a terminal."""
    # rich takes longer to import than `--help` to answer.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as steps:

        def begin(step: str) -> None:
            end()
            steps.add_task(step, total=1)

        def end() -> None:
            for task_id in steps.task_ids[-1:]:
                steps.update(task_id, completed=1)

        yield begin
        end()


@contextmanager
def counted(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Give what shows how far each step of long work has come, on a terminal.

    It is told the step, and how much of how much of it is done; nothing of nothing where that is
    not known.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as steps:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, whole: int) -> None:
            if step not in tasks:
                end()
                tasks[step] = steps.add_task(step, total=None)
            steps.update(tasks[step], completed=done, total=whole or None)

        def end() -> None:
            for task in steps.tasks[-1:]:
                steps.update(task.id, completed=task.total or 1, total=task.total or 1)

        yield show
        end()


def show(problems: Sequence[Problem], *, err: bool = False) -> None:
    """Print each problem on a line of its own."""
    for problem in problems:
        click.echo(str(problem), err=err)


def show_coverage(coverage: "Coverage") -> None:
    """Print a table of how complete the data is, and one of where its evidence comes from."""
    click.echo("Coverage (more at /gaps)")
    for what, have, whole in coverage.shares:
        percent = round(100 * have / whole) if whole else 0
        click.echo(f"  {what:<{_WIDTH + 2}}{have:>6} of {whole:>6}{percent:>5} %")
    click.echo("Evidence, by source")
    for source, pieces in coverage.sources:
        click.echo(f"  {_cut(source):<{_WIDTH + 2}}{pieces:>6}")
    if coverage.others:
        click.echo(f"  {f'{coverage.others} other sources':<{_WIDTH + 2}}{coverage.left:>6}")


def show_table(
    headings: Sequence[str], rows: Sequence[Sequence[str | int]], title: str = ""
) -> None:
    """Print a table, its columns as wide as the terminal allows, numbers to the right."""
    # rich takes longer to import than `--help` to answer.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    # What is read by a program, or paged, is not cut to the width of nothing.
    console = Console() if Console().is_terminal else Console(width=_WIDE)
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        is_number = all(isinstance(row[place], int) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else cell) for cell in row))
    console.print(table)


def count(problems: Sequence[Problem]) -> str:
    """Return how many problems there are, in words."""
    return {0: "no problem", 1: "1 problem"}.get(len(problems), f"{len(problems)} problems")


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _told(error: CityDiplomacyError) -> str:
    parts = [str(error)]
    if isinstance(error, RequestError):
        parts.append(error.repair)
    return " ".join(part for part in parts if part)
