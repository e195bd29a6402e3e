"""Second factors at rest: whoever reads a backup cannot make codes. They are encrypted with a key that is made of SECRET_KEY."""

import base64
import hashlib

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

# What allauth has us encrypt, of an authenticator app and of recovery codes. A passkey has nothing to hide.
_SECRETS = ("secret", "seed")


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def opened(token: str) -> str:
    """Raises InvalidToken when it was stored with another SECRET_KEY, and with none of SECRET_KEY_FALLBACKS either."""
    return _box().decrypt(token.encode()).decode()


@transaction.atomic
def rotate() -> tuple[int, int]:
    """Encrypt them all anew by SECRET_KEY; gives how many, and how many nothing opens: these are left as they are."""
    box, done, locked = _box(), 0, 0
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        sealed = {name: row.data[name] for name in _SECRETS if name in row.data}
        try:
            fresh = {name: box.rotate(token.encode()).decode() for name, token in sealed.items()}
        except InvalidToken:
            locked += 1
        else:
            Authenticator.objects.filter(pk=row.pk).update(data=row.data | fresh)
            done += bool(fresh)
    return done, locked


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(b"arena.mfa:" + str(key).encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
