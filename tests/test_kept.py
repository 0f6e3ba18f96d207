"""What takes long to get is got once, whoever asks for it at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from benchmarks import kept

SEVERAL = 4


def written(scratch: Path) -> Path:
    file = scratch / "made"
    file.write_text("all of it", "utf-8")
    return file


def making(made: list[Path]) -> Callable[[Path], Path]:
    def make(scratch: Path) -> Path:
        made.append(scratch)
        return written(scratch)

    return make


def test_of_several_who_want_it_at_the_same_time_one_makes_it(tmp_path: Path) -> None:
    made: list[Path] = []
    together = Barrier(SEVERAL)

    def ask(_: int) -> str:
        together.wait()
        return kept.once(tmp_path / "new" / "place", making(made)).read_text("utf-8")

    with ThreadPoolExecutor(SEVERAL) as pool:
        assert [*pool.map(ask, range(SEVERAL))] == ["all of it"] * SEVERAL
    assert len(made) == 1
    assert not made[0].exists()


def test_what_could_not_be_got_is_not_there_and_is_tried_again(tmp_path: Path) -> None:
    def fail(_: Path) -> Path:
        raise OSError("There is no network.")

    with pytest.raises(OSError, match="no network"):
        kept.once(tmp_path / "place", fail)
    assert not (tmp_path / "place").exists()
    assert kept.once(tmp_path / "place", written).read_text("utf-8") == "all of it"
