"""Who may take part: anonymous first, people with an account only, addresses of certain domains only."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import RequestFactory

from arena.accounts.adapters import SocialAccountAdapter
from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import guest, member, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def test_the_arena_tells_its_policy() -> None:
    assert visitor().get("arena").json()["sign_in"] == {
        "policy": "anonymous_first",
        "domains": [],
        "oidc": None,
        "email_verification": "optional",
        "mail": True,
    }


def test_the_arena_tells_what_single_sign_on_is_called(settings: Any) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.org", "Example ID"
    assert visitor().get("arena").json()["sign_in"]["oidc"] == "Example ID"


def test_where_an_account_is_required_a_guest_is_refused_and_none_is_made(settings: Any) -> None:
    settings.SIGN_IN = "required"
    reply = visitor().consent()
    assert (reply.status_code, reply.json()["type"]) == (403, "/problems/sign-in-required")
    assert not User.objects.exists()
    assert member().post("battles", {"prompt": "Why?"}).status_code == 201


def test_a_guest_of_before_is_refused_from_then_on_and_may_register(settings: Any) -> None:
    ada = guest()
    battle = ada.open()["id"]
    settings.SIGN_IN = "required"
    assert ada.post("battles", {"prompt": "Why?"}).json()["type"] == "/problems/sign-in-required"
    assert ada.get(f"battles/{battle}").status_code == 200
    assert ada.sign_up().status_code == 200
    assert ada.post("battles", {"prompt": "Why?"}).status_code == 201


@pytest.mark.parametrize("address", ["ada@example.com", "ada@evil-example.org", "ada@sub.example.org", "ada@example.org.evil.net"])
def test_another_domain_is_refused_with_a_sentence(settings: Any, address: str) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.org"]
    reply = visitor().sign_up(address)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["message"] == "This arena takes e-mail addresses of example.org only."


def test_an_allowed_domain_is_taken_in_any_case(settings: Any) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.org"]
    assert visitor().sign_up("Ada@Example.ORG").status_code == 200


# Single sign-on: what follows once the provider has answered


def _request(user: Any = None) -> Any:
    request: Any = RequestFactory().get("/accounts/oidc/sso/login/callback/")
    request.session, request.user = SessionStore(), AnonymousUser()
    if user is not None:
        request.arena_guest = user
    return request


def _answer(email: str) -> SocialLogin:
    account = SocialAccount(provider="sso", uid="1", extra_data={})
    return SocialLogin(user=User(email=email), account=account, email_addresses=[EmailAddress(email=email, verified=True, primary=True)])


def test_a_guest_who_signs_up_by_a_provider_keeps_their_row() -> None:
    ada = guest()
    row = User.objects.get(pk=ada.id)
    made = SocialAccountAdapter().save_user(_request(row), _answer("ada@example.org"))
    assert made.pk == row.pk
    row.refresh_from_db()
    assert (row.is_guest, row.email, row.has_usable_password()) == (False, "ada@example.org", False)
    assert SocialAccount.objects.get().user_id == row.pk
    assert EmailAddress.objects.get().verified


def test_a_provider_brings_in_nobody_of_another_domain(settings: Any) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.org"]
    adapter = SocialAccountAdapter()
    assert adapter.is_open_for_signup(_request(), _answer("ada@example.org"))
    assert not adapter.is_open_for_signup(_request(), _answer("ada@example.com"))
