"""Verbs about people."""

import uuid

from django.db import IntegrityError, transaction

from arena import clock
from arena.errors import Conflict, ConsentOutdated, InvalidInput
from arena.users import queries, terms
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
    queries.check_policy(user)
    person = user or create_guest()
    accept_terms(user=person, version=version, hash=hash, of_age=of_age, publish=publish)
    return person


@transaction.atomic
def choose_publication(*, user: User, publish: bool) -> Consent:
    """Change the choice whether conversations from now on may be published. Raises ConsentRequired or ConsentOutdated."""
    held = queries.require_consent(user)
    return accept_terms(user=user, version=held.terms_version, hash=held.terms_hash, of_age=True, publish=publish)


@transaction.atomic
def register(*, guest_id: uuid.UUID | None, email: str, password: str) -> User:
    """Give a person an account: the guest's own row when there is one, so that battles, points and consent stay theirs.

    `password` is stored as given, which is hashed (or marked unusable) already. Raises Conflict when the address was taken, or the
    guest registered, a moment ago by another request.
    """
    if guest_id is None:
        user = User(id=clock.new_id())
    else:
        user = User.objects.select_for_update(no_key=True).get(pk=guest_id)
        if not user.is_guest or not user.is_active:
            raise Conflict("This session has an account already. Reload the page, then sign in.")
    user.username, user.email, user.password = f"person-{user.pk.hex}", email, password
    user.is_guest, user.registered_at = False, clock.now()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("There is an account with this e-mail address already. Sign in, or reset its password.") from error
    return user
