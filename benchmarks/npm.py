"""What comes from npm: once, into the user's cache, with the Node that it needs.

What is run then does not depend on the Node of the machine.
"""

import fcntl
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import synthetic
from benchmarks.peers import PeerError

NODE = "22.23.3"
_INSTALL_SECONDS = 1800
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def installed(package: str, version: str) -> Path:
    """Return the folder of modules that holds a package and Node, installed where it is not yet.

    Raises:
        PeerError: there is no npm, or it fails.
    """
    parent = synthetic.cache_folder()
    name = package.rpartition("/")[2]
    folder = parent / f"{name}-{version}-node-{NODE}"
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=parent, prefix=".installing-") as scratch:
                _install(f"{package}@{version}", Path(scratch) / folder.name).rename(folder)
    return folder / "node_modules"


def node(modules: Path) -> Path:
    """Return the Node that stands among the modules."""
    return modules / _node_package() / "bin" / "node"


def _install(wanted: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise PeerError("npm is not installed: apt-get install npm.")
    # No script of any package is run: Node is a file in its package, not one that is downloaded.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    print(f"Installing {wanted} from npm", file=sys.stderr)
    folder.mkdir()
    told = subprocess.run(
        [npm, "install", *options, "--prefix", folder, wanted, f"{_node_package()}@{NODE}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
    )
    if told.returncode:
        raise PeerError(f"{wanted} cannot be installed: {told.stderr}")
    return folder


def _node_package() -> str:
    processor = platform.machine().lower()
    return f"node-{sys.platform}-{_PROCESSORS.get(processor, processor)}"
