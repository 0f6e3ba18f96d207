"""What comes from npm: once, into the user's cache, with the Node that it needs.

What is run then does not depend on the Node of the machine.
"""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import kept, synthetic
from benchmarks.peers import PeerError

NODE = "22.23.3"
_INSTALL_SECONDS = 1800
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def installed(package: str, version: str) -> Path:
    """Return the folder of modules that holds a package and Node, installed where it is not yet.

    Raises:
        PeerError: there is no npm, or it fails.
    """
    name = f"{package.rpartition('/')[2]}-{version}-node-{NODE}"
    folder = kept.once(
        synthetic.cache_folder() / name,
        lambda scratch: _install(f"{package}@{version}", scratch / name),
    )
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
