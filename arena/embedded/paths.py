"""Where the embedded services keep their files."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/evenhand")


def checkout() -> Path:
    """The folder that holds `manage.py`."""
    return Path(__file__).resolve().parents[2]


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for the database and the local models of this checkout.

    `EVENHAND_DATA_DIR` wins. An ordinary user keeps the data in the checkout. Root does not: PostgreSQL
    refuses to run as root, and the account that runs it instead must be able to reach its files without
    anybody's home being opened to it.
    """
    chosen = environ.get("EVENHAND_DATA_DIR", "")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return SYSTEM_FOLDER / hashlib.sha256(str(checkout()).encode()).hexdigest()[:12]
    return checkout() / "var"


def models_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder into which an operator drops `*.gguf` files: `models` in the data folder when that was
    chosen, else `var/models` of the checkout (for root too: people look for it there)."""
    if environ.get("EVENHAND_DATA_DIR", ""):
        return data_dir(environ) / "models"
    return checkout() / "var" / "models"
