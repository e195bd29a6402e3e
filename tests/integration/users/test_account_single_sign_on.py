"""Single sign-on against a live OpenID Connect provider, over allauth's headless addresses and our outbound door."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache

from arena import outbound
from arena.outbound import requests_door
from arena.users.models import User
from tests import oidc
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, ROOT, Account, guest, member, visitor
from tests.integration.users.wallet import Wallet, link, linked

pytestmark = pytest.mark.django_db
CALLBACK = "/accounts/oidc/sso/login/callback/"


@pytest.fixture
def provider(arena: Arena, settings: Any) -> Iterator[oidc.Provider]:
    cache.clear()
    with oidc.serving() as found:
        app = {
            "provider_id": "sso",
            "name": "ID",
            "client_id": oidc.CLIENT,
            "secret": oidc.SECRET,
            "settings": {"server_url": found.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield found


def leave(who: Account, callback: str = "/account") -> str:
    """Where the page sends the browser to sign in: the provider's address."""
    form = {"provider": "sso", "process": "login", "callback_url": callback, "csrfmiddlewaretoken": who.client.cookies["csrftoken"].value}
    reply = who.client.post(f"{ROOT}/auth/provider/redirect", form)
    assert reply.status_code == 200, reply.content
    return str(reply.json()["data"]["location"])


def come_back(who: Account, address: str) -> str:
    """Follow the provider's redirect to the arena's callback; where that leads."""
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    assert urlsplit(back).path == CALLBACK
    reply = who.client.get(f"{CALLBACK}?{urlsplit(back).query}")
    assert reply.status_code == 302, reply.content
    return str(reply["Location"])


def test_a_guest_signs_in_at_the_provider_and_keeps_what_is_theirs(provider: oidc.Provider) -> None:
    ada = guest()
    battle, id = ada.open()["id"], ada.id
    address = leave(ada)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert urlsplit(come_back(ada, address)).path == "/account"
    assert (ada.id, ada.me["user"]["is_guest"], ada.me["user"]["email"]) == (id, False, "ada@example.org")
    assert ada.me["user"]["has_password"] is False
    assert ada.get(f"battles/{battle}").status_code == 200
    assert provider.asked[-3:] == ["/.well-known/openid-configuration", "/token", "/userinfo"]


def test_a_wallet_that_a_guest_had_linked_is_left_behind_by_signing_up_at_the_provider(provider: oidc.Provider) -> None:
    ada = guest()
    assert link(ada, Wallet.of("gold")).status_code == 200
    id = ada.id
    come_back(ada, leave(ada))
    assert (ada.id, linked(ada)) == (id, None)


def test_a_session_alone_gives_whoever_has_the_provider_alone_no_other_way_in(provider: oidc.Provider) -> None:
    ada = visitor()
    come_back(ada, leave(ada))
    id = ada.id
    ada.grown_old()
    for path, body in (
        ("account/password/change", {"new_password": PASSWORD}),
        ("account/email", {"email": "eve@example.org"}),
        ("account/authenticators/totp", {"code": "000000"}),
        ("auth/provider/redirect", {"provider": "sso", "process": "connect", "callback_url": "/account"}),
        ("auth/provider/token", {"provider": "sso", "process": "connect", "token": {"client_id": oidc.CLIENT, "id_token": "x"}}),
    ):
        reply = ada.auth("POST", path, body)
        assert (reply.status_code, reply.json()["data"]["flows"]) == (401, [{"id": "provider_reauthenticate"}]), path
    assert not User.objects.get().has_usable_password()
    come_back(ada, leave(ada))  # who signs in there once more has proved it
    assert ada.id == id
    assert ada.auth("POST", "account/password/change", {"new_password": PASSWORD}).status_code in (200, 401)
    assert User.objects.get().has_usable_password()


def test_whoever_has_a_provider_and_a_password_may_prove_it_by_either(provider: oidc.Provider) -> None:
    ada = visitor()
    come_back(ada, leave(ada))
    ada.auth("POST", "account/password/change", {"new_password": PASSWORD})
    come_back(ada, leave(ada))
    ada.grown_old()
    reply = ada.auth("POST", "account/email", {"email": "b@example.org"})
    assert (reply.status_code, [way["id"] for way in reply.json()["data"]["flows"]]) == (401, ["reauthenticate", "provider_reauthenticate"])
    come_back(ada, leave(ada))
    assert ada.auth("POST", "account/email", {"email": "b@example.org"}).status_code == 200
    assert ada.auth("GET", "account/authenticators/webauthn").status_code == 200


def test_to_connect_a_provider_takes_a_proof(provider: oidc.Provider) -> None:
    ada = member()
    ada.grown_old()
    token = ada.client.cookies["csrftoken"].value
    form = {"provider": "sso", "process": "connect", "callback_url": "/account", "csrfmiddlewaretoken": token}
    assert ada.client.post(f"{ROOT}/auth/provider/redirect", form).status_code == 401
    assert ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    reply = ada.client.post(f"{ROOT}/auth/provider/redirect", {**form, "csrfmiddlewaretoken": ada.client.cookies["csrftoken"].value})
    assert reply.status_code == 200
    come_back(ada, str(reply.json()["data"]["location"]))
    assert str(SocialAccount.objects.get().user_id) == ada.id


def test_the_same_person_again_is_the_same_account(provider: oidc.Provider) -> None:
    first, second = visitor(), visitor()
    come_back(first, leave(first))
    come_back(second, leave(second))
    assert first.id == second.id
    assert SocialAccount.objects.get().uid == oidc.ADA["sub"]
    first.sign_out()
    assert not first.signed_in()
    assert second.signed_in()


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another client"}, {"iss": "http://127.0.0.1:1"}, {"exp": 1}],
    ids=["for another client", "of another issuer", "too old"],
)
def test_a_token_that_is_not_for_us_signs_nobody_in(provider: oidc.Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    who = visitor()
    assert "error" in come_back(who, leave(who))
    assert not who.signed_in()
    assert not User.objects.exists()


@pytest.mark.parametrize("fault", ["declines", "is broken", "leads inside"])
def test_a_provider_that_fails_signs_nobody_in_and_takes_nothing_from_a_guest(provider: oidc.Provider, fault: str) -> None:
    provider.faults = {fault}
    ada = guest()
    battle = ada.open()["id"]
    assert "error" in come_back(ada, leave(ada))
    assert ada.me["user"]["is_guest"]
    assert ada.get(f"battles/{battle}").status_code == 200
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("fault", ["is away", "tells nothing", "is not there"])
def test_a_provider_that_cannot_be_asked_is_no_fault_of_ours(provider: oidc.Provider, settings: Any, fault: str) -> None:
    provider.faults = {fault}
    server = {"is away": "http://127.0.0.1:9", "is not there": f"{provider.issuer}/nowhere"}.get(fault, provider.issuer)
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = server
    who = visitor()
    form = {"provider": "sso", "process": "login", "callback_url": "/account", "csrfmiddlewaretoken": who.client.cookies["csrftoken"].value}
    reply = who.client.post(f"{ROOT}/auth/provider/redirect", form)
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/busy")
    assert reply["Retry-After"] == "5"
    assert not who.signed_in()


def test_a_reply_of_the_provider_that_nobody_asked_for_signs_nobody_in(provider: oidc.Provider) -> None:
    ada, eve = visitor(), visitor()
    back = requests.get(leave(eve), allow_redirects=False, timeout=10).headers["Location"]
    forged = [urlsplit(back).query, urlsplit(back).query.replace("state=", "state=x"), "code=x", "code=x&state=y", "state=%00", ""]
    for query in forged:
        reply = ada.client.get(f"{CALLBACK}?{query}")
        assert reply.status_code < 500, query
        assert not ada.signed_in(), query
    assert not User.objects.exists()


def test_a_code_is_good_once(provider: oidc.Provider) -> None:
    ada = visitor()
    back = requests.get(leave(ada), allow_redirects=False, timeout=10).headers["Location"]
    address = f"{CALLBACK}?{urlsplit(back).query}"
    assert ada.client.get(address).status_code == 302
    assert ada.signed_in()
    ada.sign_out()
    assert ada.client.get(address).status_code < 500
    assert not ada.signed_in()


@pytest.mark.parametrize("verified", [True, False])
def test_a_provider_that_names_anothers_address_does_not_open_their_account(provider: oidc.Provider, verified: bool) -> None:
    owner = member("ada@example.org")
    provider.person = {"sub": "another", "email": "ada@example.org", "email_verified": verified}
    eve = visitor()
    come_back(eve, leave(eve))
    assert not eve.signed_in()
    assert User.objects.filter(email="ada@example.org").count() == 1
    assert owner.signed_in()


def test_a_provider_brings_in_nobody_of_another_domain(provider: oidc.Provider, settings: Any) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    who = visitor()
    come_back(who, leave(who))
    assert not who.signed_in()
    assert not User.objects.exists()


@pytest.mark.parametrize("callback", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site_afterwards(provider: oidc.Provider, callback: str) -> None:
    who = visitor()
    form = {"provider": "sso", "process": "login", "callback_url": callback, "csrfmiddlewaretoken": who.client.cookies["csrftoken"].value}
    reply = who.client.post(f"{ROOT}/auth/provider/redirect", form)
    assert not reply.content.decode().count("authorize")
    assert "evil.example" not in reply.content.decode()
    assert not provider.asked


def test_the_provider_is_reached_through_the_door(provider: oidc.Provider, settings: Any) -> None:
    outbound.configure(outbound.Limits(allow=()))
    try:
        with pytest.raises(requests.ConnectionError, match="OUTBOUND_ALLOW"):
            requests_door.session().get(f"{provider.issuer}/keys")
    finally:
        outbound.configure(None)
    assert not provider.asked
    assert requests_door.session().get(f"{provider.issuer}/keys").json() == provider.keys()
