"""The packages that others use for the same sums, in a Python environment of their own under var/, made when first asked for."""

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / "var/peers"
PINNED = HERE / "requirements-peers.txt"


def python() -> Path:
    """The interpreter of the peers' environment, made anew when what is pinned has changed. Asks the package index then."""
    made, pinned = HOME / "pinned", hashlib.sha256(PINNED.read_bytes()).hexdigest()
    found = HOME / "bin/python"
    if not made.exists() or made.read_text() != pinned:
        print("(making the peers' environment: about a minute, 900 MB)", file=sys.stderr)
        shutil.rmtree(HOME, ignore_errors=True)
        venv.create(HOME, with_pip=True, symlinks=True)
        install = [str(found), "-m", "pip", "install", "-qqq", "--disable-pip-version-check", "--require-hashes", "-r", str(PINNED)]
        subprocess.run(install, check=True)
        made.write_text(pinned)
    return found


def ask(peer: str, folder: Path) -> dict[str, Any]:
    """What a peer finds in the folder's arrays, and how long it takes. Raises CalledProcessError when it fails."""
    command = [str(python()), str(HERE / "peer_child.py"), peer, str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])
    return found
