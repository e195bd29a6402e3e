"""Reading about people."""

import hashlib
import hmac
import ipaddress
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import connection

from arena import clock
from arena.errors import ConsentOutdated, ConsentRequired, NotSignedIn, SignatureExpired, SignatureInvalid, SignInRequired
from arena.users import siwe, terms
from arena.users.models import Consent, Merge, User, Wallet, WalletChallenge


def consent_of(user: User) -> Consent | None:
    """The consent that holds, whether or not the terms have changed since."""
    return user.consents.order_by("-id").first()


def selves(user: User) -> list[uuid.UUID]:
    """This person and the guests that they were before they signed in: all whose battles and points are theirs."""
    return [user.pk] if user.is_guest else [user.pk, *Merge.objects.filter(into=user).values_list("guest_id", flat=True)]


def merged_into(id: uuid.UUID) -> uuid.UUID | None:
    """The person whom this guest turned out to be."""
    return Merge.objects.filter(guest=id).values_list("into_id", flat=True).first()


def hold_present(user: User) -> None:
    """Keep this person from being deleted or merged until the transaction ends; raises NotSignedIn when they already are.

    FOR SHARE, so that two requests of one person do not wait for each other, while deletion and merging wait for both.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_active FROM users_user WHERE id = %s FOR SHARE", [user.pk])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise NotSignedIn("This session has ended; sign in again.")


def hold_whoever_it_is_now(id: uuid.UUID) -> uuid.UUID | None:
    """The person whom this one turned out to be, kept from being deleted or merged until the transaction ends; None for a closed account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_active FROM users_user WHERE id = %s FOR SHARE", [id])
        (active,) = cursor.fetchone() or (False,)
    if active:
        return id
    person = merged_into(id)
    return None if person is None else hold_whoever_it_is_now(person)


def check_policy(user: User | None) -> None:
    """Raises SignInRequired for a guest, or a guest to be, where the arena is for people with an account."""
    if settings.SIGN_IN == "required" and (user is None or user.is_guest):
        raise SignInRequired("This arena is for people with an account. Sign in first; nothing was changed.")


def require_consent(user: User) -> Consent:
    """The consent to the terms in force; raises SignInRequired, ConsentRequired or ConsentOutdated."""
    check_policy(user)
    consent = consent_of(user)
    if consent is None:
        raise ConsentRequired("Accept the terms before your first prompt.")
    if consent.terms_hash != terms.current().hash:
        raise ConsentOutdated("The terms have changed; read and accept them before going on.")
    return consent


def wallet_of(user: User) -> Wallet | None:
    """The wallet that is linked to this person now."""
    return Wallet.objects.filter(user=user, unlinked_at=None).first()


def challenge(*, nonce: str, purpose: WalletChallenge.Purpose, user: User | None, session: str, domain: str) -> WalletChallenge:
    """The text that this session was given to sign for this purpose. Raises SignatureInvalid, SignatureExpired.

    One that was used already is given as well: what that means is for the action to say, which holds it while it looks.
    """
    again = "Nothing was changed; ask for a new text and sign that."
    asked = WalletChallenge.objects.filter(nonce=nonce).first()
    if asked is None:
        raise SignatureInvalid(f"This arena has not asked for this signature, or long ago. {again}")
    if asked.session != session:
        raise SignatureInvalid(f"The text that you signed was given to another session, or before this one was renewed. {again}")
    if asked.user_id != (user and user.pk):
        raise SignatureInvalid(f"The text that you signed was given to another person. {again}")
    if asked.purpose != purpose:
        raise SignatureInvalid(f"The text that you signed is for another purpose: linking a wallet and signing in are two things. {again}")
    if asked.chain_id != settings.CHAIN_ID:
        raise SignatureInvalid(f"The text that you signed is for another chain. {again}")
    if not siwe.is_of(domain, asked.text):
        raise SignatureInvalid(f"The text that you signed is for another address of this arena than the one you are at. {again}")
    if asked.used_at is None and asked.expires_at <= clock.now():
        raise SignatureExpired(f"You took too long to sign. {again}")
    return asked


def address_of(meta: Mapping[str, Any]) -> str:
    """The address a request came from, believing as many X-Forwarded-For hops as the operator says stand before us."""
    forwarded = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    depth = settings.PROXY_DEPTH
    return forwarded[-depth] if 0 < depth <= len(forwarded) else str(meta.get("REMOTE_ADDR", ""))


def network_of(meta: Mapping[str, Any]) -> str:
    """A salted hash of today and the caller's network (IPv4 /24, IPv6 /48): groups within a day, says nothing the day after."""
    return _hashed(f"network:{clock.now().date()}:{_network(meta)}")


def lasting_network_of(meta: Mapping[str, Any]) -> str:
    """The same on every day: never stored as it is, only what has been made of it for one matter and says nothing in another."""
    return _hashed(f"lasting:{_network(meta)}")


def _network(meta: Mapping[str, Any]) -> str:
    try:
        address = ipaddress.ip_address(address_of(meta))
        # A server that listens on both families sees IPv4 as ::ffff:a.b.c.d: one /48 would hold all of it.
        address = getattr(address, "ipv4_mapped", None) or address
        prefix = 24 if address.version == 4 else 48
        return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        return "unknown"


def _hashed(message: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), message.encode(), hashlib.sha256).hexdigest()[:32]
