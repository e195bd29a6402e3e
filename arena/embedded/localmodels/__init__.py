"""Small language models that run on this machine, so that an arena without any key has real answers.

To the arena they are ordinary providers at addresses of this machine. `install` fetches them once, `serve`
runs them, `status` tells what there is.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from arena.embedded import locks
from arena.embedded.localmodels.catalogue import find_models, home
from arena.embedded.localmodels.installing import install, is_installed
from arena.embedded.localmodels.serving import serve

__all__ = ["Status", "install", "serve", "status"]


@dataclass(frozen=True)
class Status:
    """`served` are the entries of `served.json`, empty unless they are being served at this moment."""

    installed: bool
    serving: bool
    available: list[str] = field(default_factory=list)
    served: list[dict[str, object]] = field(default_factory=list)


def status(environ: Mapping[str, str] = os.environ) -> Status:
    """What is installed and what is served now. A `served.json` left behind by a kill is not believed."""
    folder = home(environ)
    serving = locks.is_held(folder / "serve.lock")
    served: list[dict[str, object]] = []
    if serving:
        try:
            served = json.loads((folder / "served.json").read_text())
        except FileNotFoundError:
            pass
    return Status(is_installed(environ), serving, [model.slug for model in find_models(environ)], served)
