"""Where mail goes, read from one address like `smtp://user:password@host:587`. Pure; Django's mail backends are the door."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_EXAMPLE = "EMAIL_URL must look like smtp://user:password@host:587, smtps://…, smtp+plain://…, file:///folder or console:"


@dataclass(frozen=True, slots=True)
class Mail:
    """One way to send mail. `sends` is false when there is none: nothing may then wait for a mail to arrive."""

    backend: str
    sends: bool = True
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    folder: str = ""


def settings_of(url: str) -> Mail:
    """The way that `url` names; raises ImproperlyConfigured, without repeating the address: it may hold a password."""
    if not url:
        return Mail("django.core.mail.backends.dummy.EmailBackend", sends=False)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(_EXAMPLE) from None
    if parts.scheme == "console":
        return Mail("django.core.mail.backends.console.EmailBackend")
    if parts.scheme == "file" and parts.path:
        return Mail("django.core.mail.backends.filebased.EmailBackend", folder=unquote(parts.path))
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured(_EXAMPLE)
    return Mail(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
    )
