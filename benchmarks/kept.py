"""What takes long to get: got once, and kept in the user's cache."""

import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path


def once(place: Path, make: Callable[[Path], Path]) -> Path:
    """Return a file or folder, made in a scratch folder and moved there when it is not there yet.

    Of several who want it at the same time, one makes it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as scratch:
                make(Path(scratch)).rename(place)
    return place
