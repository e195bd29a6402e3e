"""Reading the environment, by helpers that fail loudly: each raises ImproperlyConfigured with a sentence that names the setting."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value of `name`; raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; it is {value!r}.")
    return value in _TRUE


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    try:
        result = int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}; it is {result}.")
    return result


def seconds(name: str, default: float) -> float:
    value = os.environ.get(name, "").strip()
    try:
        result = float(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number of seconds; it is {value!r}.") from None
    if not 0 <= result < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number of seconds, zero or more; it is {value!r}.")
    return result


def share(name: str, default: float) -> float:
    """A number from 0 to 1."""
    value = os.environ.get(name, "").strip()
    try:
        result = float(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number from 0 to 1; it is {value!r}.") from None
    if not 0 <= result <= 1:
        raise ImproperlyConfigured(f"{name} must be a number from 0 to 1; it is {value!r}.")
    return result


def address(name: str, *, secure: bool) -> str:
    """An absolute HTTP address without a slash at its end, or nothing; HTTPS where `secure` asks for it."""
    value = os.environ.get(name, "").strip().rstrip("/")
    parts = urlsplit(value)
    if value and (not parts.hostname or parts.scheme not in (("https",) if secure else ("https", "http"))):
        raise ImproperlyConfigured(f"{name} must be an address like https://id.example.org; it is {value!r}.")
    return value


def several(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def one_of(name: str, default: str, *allowed: str) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")
    return value


def made_once(path: Path, make: Callable[[], str]) -> str:
    """A developer's machine makes its secrets itself and keeps them; of several processes that do so at the same moment the first wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def secret_keys(given: list[str], *, kept: Path | None) -> list[str]:
    """Fernet keys, the newest first; without any the one that is `kept`. Raises ImproperlyConfigured, and never repeats a key."""
    if not given and kept is None:
        raise ImproperlyConfigured("Set SECRETS_KEYS (docs/OPERATIONS.md, Secrets, says how to make one): DEBUG is off.")
    keys = given or [made_once(kept, lambda: Fernet.generate_key().decode())] if kept else given
    for place, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(f"SECRETS_KEYS: number {place} is not a key of 32 bytes in base64, as Fernet has them.") from None
    return keys
