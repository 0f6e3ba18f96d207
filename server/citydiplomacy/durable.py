"""Files and folders that are there whole or not at all, whatever ends the process."""

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Of Linux: what a path is relative to, and that two names change places.
_HERE, _EXCHANGE = -100, 2


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a folder to build in; one build works at a time, and killed ones leave nothing."""
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in parent.glob(f"{prefix}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as made:
            yield Path(made)


def place(folder: Path, target: Path) -> None:
    """Put a folder in its place; of one that is there already the files are renewed."""
    if not target.exists():
        folder.rename(target)
        return
    renewed = set()
    for file in list(folder.iterdir()):
        renewed.add(file.replace(target / file.name))
    for other in set(target.iterdir()) - renewed:
        shutil.rmtree(other) if other.is_dir() else other.unlink()
    os.utime(target)


def supplant(folder: Path, target: Path) -> None:
    """Put a folder in its place at one stroke, whether one is there already or not."""
    if target.exists():
        exchange(folder, target)
    else:
        folder.rename(target)
    sync(target.parent)


def replace(file: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, in the place of an earlier one."""
    part = file.with_name(f".{file.name}.part")
    write(part, content)
    part.replace(file)
    sync(file.parent)


def exchange(folder: Path, target: Path) -> None:
    """Put a folder in the place of another at one stroke; that one stands where it was then.

    Where the system cannot do that, there is a moment in which neither is in place.
    """
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2:
        names = os.fsencode(folder), os.fsencode(target)
        if not renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE):
            return
        number = ctypes.get_errno()
        if number not in {errno.EINVAL, errno.ENOSYS}:
            raise OSError(number, os.strerror(number), str(target))
    aside = folder.with_name(f"{folder.name}-before")
    target.rename(aside)
    folder.rename(target)


def write(file: Path, content: bytes) -> None:
    """Write a file and make its content last."""
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    with _opened(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from what only one may do with a folder at a time.

    Raises:
        BlockingIOError: somebody else does it now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder from being removed by others for as long as the block lasts.

    Raises:
        OSError: there is no such folder.
    """
    with _opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield


def remove(folder: Path) -> None:
    """Remove a folder, unless somebody holds it."""
    with _opened(folder) as descriptor, suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
