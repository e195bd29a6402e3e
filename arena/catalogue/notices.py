"""Mails to who runs the arena."""

from django.conf import settings
from django.core.mail import send_mass_mail

from arena.contenders.models import Event
from arena.users.models import User

_WHAT = {Event.Kind.PAUSED: "was paused", Event.Kind.QUARANTINED: "is in quarantine"}
_THEN = {
    Event.Kind.PAUSED: "It is drawn for no battle until somebody brings it back; battles that were open go on.",
    Event.Kind.QUARANTINED: "It may not be what it was: no vote on it is rated until somebody clears it.",
}


def tell_operators(event: Event) -> int:
    """Mail a line of the register to everybody who may change contenders; gives to how many. No network inside a transaction."""
    people = User.objects.with_perm("contenders.change_contender", backend="django.contrib.auth.backends.ModelBackend")
    addresses = list(people.filter(is_staff=True, is_active=True).exclude(email="").values_list("email", flat=True))
    name, kind = " ".join(event.contender.name.split()), Event.Kind(event.kind)  # a vendor's own words, and a subject is one line
    subject = f"[{settings.ARENA_NAME}] {name} {_WHAT[kind]}"
    text = f"{name} {_WHAT[kind]}: {event.reason}.\n\n{_THEN[kind]}\n\n{settings.PUBLIC_URL}/operator/contenders#{event.contender.slug}\n"
    send_mass_mail([(subject, text, settings.DEFAULT_FROM_EMAIL, [address]) for address in addresses])
    return len(addresses)
