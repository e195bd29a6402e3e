"""Secrets at rest: encrypted with keys that the environment alone knows (`SECRETS_KEYS`), opened where they are sent and nowhere else.

Any model may have a `SealedField`: `rotate` encrypts all of them anew, and `locked` finds those that cannot be opened.
A token is Fernet's (AES-128-CBC and HMAC-SHA-256, https://github.com/fernet/spec): it says when it was made, and no more.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import Error, models, transaction

from arena.errors import SecretsLocked
from arena.outbound import Secret


class SealedField(models.TextField):  # type: ignore[type-arg]
    """A token, or nothing. It is in no form and no serializer; whoever needs the secret asks `opened` for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": "", "db_default": "", "blank": True, "editable": False, **options})


def seal(secret: Secret) -> str:
    """The token of a secret, by the newest key; empty for an empty one."""
    return _keys(tuple(settings.SECRETS_KEYS)).encrypt(secret.reveal().encode()).decode() if secret else ""


def opened(token: str) -> Secret:
    """The secret behind a token; empty for none. Raises SecretsLocked when no key opens it."""
    if not token:
        return Secret()
    try:
        return Secret(_keys(tuple(settings.SECRETS_KEYS)).decrypt(token).decode())
    except (InvalidToken, ValueError):
        raise SecretsLocked(
            "A stored key cannot be opened with the arena's SECRETS_KEYS. Who runs its machines can put them right."
        ) from None


def locked() -> list[str]:
    """What has a secret that no key opens, one line each."""
    return [_about(row, field) for row, field in _sealed() if not _opens(getattr(row, field.attname))]


def trouble() -> str:
    """Why the arena must not start: some stored secret cannot be opened, and what to do. Empty when all can, or the database is away."""
    try:
        lines = locked()
    except Error:
        return ""
    if not lines:
        return ""
    return (
        f"SECRETS_KEYS does not open {len(lines)} stored secrets: {', '.join(lines)}. Set the keys that they were made with (they are kept"
        " apart from backups, see docs/OPERATIONS.md). If those are lost, `manage.py rotate_secrets --forget` deletes what cannot be"
        " opened; the secrets are then to be entered again."
    )


@transaction.atomic
def rotate() -> int:
    """Encrypt every secret anew, by the newest key; gives how many. All or nothing; raises SecretsLocked when one cannot be opened."""
    keys, done = _keys(tuple(settings.SECRETS_KEYS)), 0
    for row, field in _sealed(held=True):
        try:
            fresh = keys.rotate(getattr(row, field.attname)).decode()
        except (InvalidToken, ValueError):
            raise SecretsLocked(f"No key opens the secret of {_about(row, field)}; nothing was changed.") from None
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: fresh})
        done += 1
    return done


@transaction.atomic
def forget_locked() -> list[str]:
    """Delete the secrets that no key opens; gives what they were of."""
    found = [(row, field) for row, field in _sealed(held=True) if not _opens(getattr(row, field.attname))]
    for row, field in found:
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: ""})
    return [_about(row, field) for row, field in found]


@lru_cache(maxsize=4)
def _keys(given: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in given])


def _opens(token: str) -> bool:
    try:
        return bool(opened(token))
    except SecretsLocked:
        return False


def _sealed(*, held: bool = False) -> Iterator[tuple[models.Model, SealedField]]:
    """Every row with a secret, and the field that has it; `held` against others until the transaction ends."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                rows = model._base_manager.exclude(**{field.attname: ""}).order_by("pk")
                for row in rows.select_for_update() if held else rows:
                    yield row, field


def _about(row: models.Model, field: SealedField) -> str:
    return f"{row._meta.verbose_name} {row}"
