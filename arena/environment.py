"""Reading the environment, by helpers that fail loudly: each raises ImproperlyConfigured with a sentence that names the setting."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_Number = TypeVar("_Number", int, float, Decimal)

_MOST = 2**63 - 1  # what the database counts with
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


def number(name: str, default: int, *, least: int = 0, most: int = _MOST) -> int:
    return _within(name, int, default, least, most, "a whole number")


def seconds(name: str, default: float) -> float:
    """Up to thirty years: more, added to now, would leave the calendar."""
    return _within(name, float, default, 0.0, 1e9, "a number of seconds")


def share(name: str, default: float, *, least: float = 0.0) -> float:
    return _within(name, float, default, least, 1.0, "a number")


def money(name: str, default: int) -> Decimal:
    """Dollars, as exact as they are given."""
    return _within(name, Decimal, Decimal(default), Decimal(0), Decimal(_MOST), "a number of dollars")


def address(name: str, *, secure: bool) -> str:
    """An absolute HTTP address without a slash at its end, or nothing; HTTPS where `secure` asks for it. What is no address is not repeated:
    it may hold a key or a password."""
    value = os.environ.get(name, "").strip().rstrip("/")
    if value and not _is_address(value, ("https",) if secure else ("https", "http")):
        raise ImproperlyConfigured(f"{name} must be an address like https://id.example.org{', of HTTPS' if secure else ''}.")
    return value


def addresses(name: str) -> list[str]:
    """Several of them, HTTP or HTTPS."""
    values = [value.rstrip("/") for value in several(name)]
    for place, value in enumerate(values, 1):
        if not _is_address(value, ("https", "http")):
            raise ImproperlyConfigured(f"{name}: number {place} is not an address like https://id.example.org.")
    return values


def several(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def one_of(name: str, default: str, *allowed: str) -> str:
    """One of these words, however it is capitalised."""
    value = os.environ.get(name, "").strip() or default
    for word in allowed:
        if word.lower() == value.lower():
            return word
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")


def _within(name: str, read: Callable[[str], _Number], default: _Number, least: _Number, most: _Number, what: str) -> _Number:
    """The value as `read` reads it; raises ImproperlyConfigured for what it cannot read and for what is not from `least` to `most`."""
    value = os.environ.get(name, "").strip()
    with suppress(ValueError, ArithmeticError):  # what is not a number (NaN) lies nowhere; Decimal says so by an ArithmeticError
        result = read(value) if value else default
        if least <= result <= most:
            return result
    raise ImproperlyConfigured(f"{name} must be {what} from {least:.12g} to {most:.12g}; it is {value!r}.")


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.scheme in schemes and parts.port != 0
    except ValueError:  # brackets without an end, a port that is no number
        return False


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
