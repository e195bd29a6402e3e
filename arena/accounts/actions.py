"""Verbs about a person's account as a whole: what they say, earn and are called, over all packages."""

import uuid
from collections.abc import Sequence
from importlib import import_module

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from procrastinate.contrib.django import app

from arena import clock
from arena.battles import actions as battles
from arena.errors import Conflict, InvalidInput, NotSignedIn
from arena.ledger import actions as ledger
from arena.users import actions as people
from arena.users import queries as users
from arena.users.models import Merge, User, Wallet, WalletChallenge


@transaction.atomic
def merge_guest(*, guest_id: uuid.UUID, into: User) -> None:
    """A guest has signed in to this account: battles, points and awards still waiting are theirs from now on, exactly once.

    The guest's own session and the link to their wallet end. Again it changes nothing. Raises NotSignedIn when the account was deleted meanwhile.
    """
    guest = User.objects.select_for_update(no_key=True).get(pk=guest_id)
    if not guest.is_guest or not guest.is_active:
        return  # another request was quicker: it merged, or registered, this guest
    person = User.objects.select_for_update(no_key=True).get(pk=into.pk)
    if person.is_guest or not person.is_active:
        raise NotSignedIn("This account is closed.")
    Merge.objects.create(guest=guest, into=person)
    User.objects.filter(pk=guest.pk).update(is_active=False)
    # A guest proved nothing but a session. Their wallet does not follow them: who lent the browser could sign in to this account with it.
    Wallet.objects.filter(user=guest, unlinked_at=None).update(unlinked_at=clock.now())
    Wallet.objects.filter(user=guest).update(user=person)
    ledger.merge(guest=guest.pk, into=person.pk)


@transaction.atomic
def delete_person(*, user: User) -> None:
    """Delete a person: every word of theirs, all that names them, and their points. What is left is a row without a name.

    Facts stay as they are: no vote, board or receipt changes by a bit. Again it changes nothing. Raises Conflict for the last owner of an
    organisation that has other members.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    selves = users.selves(person)
    _hand_over(person)
    battles.erase_battles_of(selves)
    for owner in selves:
        ledger.forfeit(owner=owner)
    _end_sessions(selves)
    _forget_sign_in(selves)
    User.objects.filter(pk=person.pk).update(
        username=f"deleted-{person.pk.hex}",
        email="",
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        last_login=None,
    )
    person.groups.clear()
    person.user_permissions.clear()


@transaction.atomic
def link_wallet(*, user: User, asked: WalletChallenge, kind: str) -> Wallet:
    """As `users.link_wallet`; and a mail tells the person, for whom a thief of their session would link another."""
    before = users.wallet_of(user)
    held = people.link_wallet(user=user, asked=asked, kind=kind)
    if before is None or before.pk != held.pk:
        _tell_of_wallet(user, held)
    return held


@transaction.atomic
def unlink_wallet(*, user: User) -> None:
    """Take the person's wallet away. Raises Conflict when they could never sign in again without it."""
    if not user.is_guest and users.wallet_of(user) and not _can_enter_otherwise(user):
        raise Conflict("This wallet is all that you can sign in with. Add an e-mail address and a password, or a passkey, first.")
    if people.unlink_wallet(user=user):
        _tell_of_wallet(user, None)


def _tell_of_wallet(user: User, linked: Wallet | None) -> None:
    """A job outlives its work, and perhaps the account: it names rows, and holds no address."""
    if settings.MAIL.sends and user.email:
        named = {"wallet": str(linked.pk)} if linked else {}
        app.configure_task("arena.accounts.tasks.tell_of_wallet").defer(person=str(user.pk), **named)


def _can_enter_otherwise(user: User) -> bool:
    """By e-mail address and password, by a passkey, or by a provider."""
    by_password = user.has_usable_password() and (user.email or EmailAddress.objects.filter(user=user).exists())
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    return bool(by_password) or passkeys.exists() or SocialAccount.objects.filter(user=user).exists()


def _hand_over(person: User) -> None:
    """Raises Conflict where nobody would be left to let people in and out; keys that the person made, and knows, end as they leave."""
    for mine in person.memberships.select_related("organisation").order_by("organisation"):
        members = list(mine.organisation.memberships.select_for_update(of=("self",)).order_by("pk"))
        others = [member for member in members if member.user_id != person.pk]
        if others and all(member.role != "owner" for member in others):
            raise Conflict(f"You are the last owner of {mine.organisation.name}. Make somebody else an owner first, or let the others go.")
        mine.organisation.keys.filter(by=person, revoked_at=None).update(revoked_at=clock.now())


def end_other_sessions(*, user: User, kept: str | None) -> None:
    """Sign a person out everywhere but in the session of this key."""
    _end_sessions([user.pk], kept=kept)


def _end_sessions(people: Sequence[uuid.UUID], *, kept: str | None = None) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in UserSession.objects.filter(user__in=people).exclude(session_key=kept).values_list("session_key", flat=True):
        store.delete(key)


def _forget_sign_in(people: Sequence[uuid.UUID]) -> None:
    """Addresses, authenticators, provider accounts, sessions: all that would go with the row if the row went.

    Except what a member of the staff did in the admin, which names nobody and has to stay.
    """
    for relation in User._meta.related_objects:
        model = relation.related_model
        if relation.on_delete is models.CASCADE and isinstance(model, type) and model is not LogEntry:
            model._base_manager.filter(**{f"{relation.field.name}__in": people}).delete()
    WalletChallenge.objects.filter(user__in=people).delete()  # a hidden relation, which is not listed there


def reset_link(*, email: str) -> str:
    """A link that sets a new password once, for an arena without mail. Raises InvalidInput when nobody has this address."""
    user = User.objects.filter(email__iexact=email, is_active=True, is_guest=False).exclude(email="").first()
    if user is None:
        raise InvalidInput("Nobody has an account with this e-mail address.")
    key = f"{user_pk_to_url_str(user)}-{EmailAwarePasswordResetTokenGenerator().make_token(user)}"
    return f"{settings.PUBLIC_URL}/account/reset#{key}"


def forget_ended_sessions() -> int:
    """Delete what is known of sessions that have ended (address, browser); gives how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    return int(UserSession.objects.exclude(Exists(alive)).delete()[0])
