"""Verbs about people."""

from django.db import transaction

from arena import clock
from arena.errors import ConsentOutdated, InvalidInput
from arena.users import terms
from arena.users.models import Consent, User


@transaction.atomic
def create_guest() -> User:
    """A person without a name or password: a row that registering later upgrades."""
    id = clock.new_id()
    guest = User(id=id, username=f"guest-{id.hex}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    return guest


@transaction.atomic
def accept_terms(*, user: User, version: str, hash: str, of_age: bool, publish: bool) -> Consent:
    """Record that this person accepts the terms in force; the same consent again changes nothing.

    Raises InvalidInput without the age confirmation, ConsentOutdated when another version or text was shown.
    """
    if not of_age:
        raise InvalidInput("You must be 18 or older to take part.", errors=[{"field": "of_age", "message": "must be true"}])
    now = terms.current()
    if (version, hash) != (now.version, now.hash):
        raise ConsentOutdated("The terms have changed; reload the page and read them again.")
    User.objects.select_for_update().get(pk=user.pk)
    latest = user.consents.order_by("-id").first()
    if latest and (latest.terms_version, latest.terms_hash, latest.publish) == (version, hash, publish):
        return latest
    return Consent.objects.create(user=user, terms_version=version, terms_hash=hash, publish=publish, at=clock.now())


@transaction.atomic
def accept_terms_as(user: User | None, *, version: str, hash: str, of_age: bool, publish: bool) -> User:
    """Accept the terms as this person, or as a new guest; nobody is made when the consent is refused."""
    person = user or create_guest()
    accept_terms(user=person, version=version, hash=hash, of_age=of_age, publish=publish)
    return person
