"""Where allauth asks the arena: who may sign up, into which row, and what follows from signing in."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, JsonResponse

from arena import transactions
from arena.accounts import actions, factors
from arena.accounts.edge import end_guest_session, guest_of
from arena.errors import ArenaError
from arena.outbound import requests_door
from arena.users import actions as users
from arena.users import proof
from arena.users.models import User
from arena.users.queries import address_of
from arena.users.staff import FACTORS

log = structlog.get_logger("arena.accounts")
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def clean_email(self, email: str) -> str:
        """Raises ValidationError, with the sentence for the person, for a domain that may not sign up."""
        if not allowed(email):
            domains = ", ".join(settings.ALLOWED_EMAIL_DOMAINS)
            raise ValidationError(f"This arena takes e-mail addresses of {domains} only.", code="domain")
        return email

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> User:
        """The row that the guest has had all along, or a new one; see `users.register`."""
        blank = User()
        blank.set_password(form.cleaned_data.get("password") or None)
        return registered(request, form.cleaned_data.get("email", ""), blank.password)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Start the session; a guest who turns out to be this person brings their battles and points along."""
        if guest := guest_of(request):
            actions.merge_guest(guest_id=guest.pk, into=user)
            end_guest_session(request)
        super().login(request, user)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """The same law as the edge's and the arena's own: allauth's would take neither a fresh sign-in nor a visit to the provider."""
        return not proof.proved_lately(self.request, self.request.user)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Nobody is asked for a name, and none is made of the address: `users.register` gives one that says nothing."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "arena": settings.ARENA_NAME})

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request.META) or "0.0.0.0"  # noqa: S104 (a socket without an address)  # nosec B104


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def get_requests_session(self) -> Any:
        """To the provider by our own door; what it says of itself is looked at, because allauth would stumble over what is missing."""
        transactions.let_go()
        session = requests_door.session()
        session.hooks["response"].append(_check_discovery)
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return all(allowed(address.email) for address in sociallogin.email_addresses) and allowed(sociallogin.user.email)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Sign up by a provider: the same row as `AccountAdapter.save_user`, without a password."""
        blank = User()
        blank.set_unusable_password()
        email = form.cleaned_data.get("email", "") if form else sociallogin.user.email
        sociallogin.user = registered(request, email, blank.password)
        sociallogin.save(request)
        return sociallogin.user


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return factors.opened(encrypted_text)
        except InvalidToken as error:
            log.error(
                "mfa.unreadable", told="SECRET_KEY is not the one that this second factor was stored with, nor among SECRET_KEY_FALLBACKS."
            )
            raise self.validation_error("incorrect_code") from error


@receiver(authenticator_added)
def _end_sessions_of_before(request: HttpRequest, user: User, authenticator: Authenticator, **options: Any) -> None:
    """Sessions that were opened with a password alone end when the first second factor comes: none of them was asked for it.

    Of two that come at once the one that was stored first is the first.
    """
    if authenticator.type in FACTORS and not Authenticator.objects.filter(user=user, type__in=FACTORS, pk__lt=authenticator.pk).exists():
        actions.end_other_sessions(user=user, kept=request.session.session_key)


def _check_discovery(response: Any, *args: Any, **options: Any) -> None:
    if response.ok and "/.well-known/" in response.url:
        told = response.json()
        if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ENDPOINTS):
            raise requests_door.Failure("the provider does not say where its endpoints are")


def display_name(user: User) -> str:
    """What allauth calls a person; its own way would be the inner name."""
    return user.display_name


def allowed(email: str) -> bool:
    """Whether this address may sign up."""
    domains = settings.ALLOWED_EMAIL_DOMAINS
    return not domains or email.lower().rpartition("@")[2] in domains


def registered(request: HttpRequest, email: str, password: str) -> User:
    """The row of somebody who signs up now. allauth's endpoints keep their shape, so a refusal is told in it."""
    guest = guest_of(request)
    try:
        user = users.register(guest_id=guest.pk if guest else None, email=email.lower(), password=password)
    except ArenaError as error:
        told = {"status": 409, "errors": [{"message": error.detail, "code": error.code, "param": "email"}]}
        raise ImmediateHttpResponse(JsonResponse(told, status=409)) from error
    if guest:
        # The row is this person's now, its session not yet: it may still wait for a mail to be answered.
        end_guest_session(request)
        del request.arena_guest  # type: ignore[attr-defined]
    return user
