"""What the arena's mails say: its own name, what to do, and nothing of how it calls people inside."""

import re
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account.adapter import get_adapter
from django.core import mail
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import RequestFactory

from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, mailed_key, member, visitor

pytestmark = pytest.mark.django_db
FOLDER = Path(allauth.__file__).parent / "templates"
MAILS = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/email/*_message.txt") if "base_" not in path.name)
INNER_NAME = re.compile(r"person-|guest-[0-9a-f]|deleted-")


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena, settings: Any) -> None:
    settings.ARENA_NAME = "The Hedge Arena"
    cache.clear()


def newest() -> str:
    message = mail.outbox[-1]
    return f"{message.subject}\n{message.body}"


def test_the_mail_after_signing_up_is_the_arenas_own() -> None:
    visitor().sign_up()
    told = newest()
    assert "Is this your e-mail address?" in told
    assert "The Hedge Arena" in told
    assert "Hello from" not in told
    assert not INNER_NAME.search(told)


def test_the_mail_for_a_new_password_is_the_arenas_own_and_its_link_works() -> None:
    member()
    ada = visitor()
    ada.auth("POST", "auth/password/request", {"email": "ada@example.org"})
    assert "A new password" in newest()
    assert "your account at The Hedge Arena" in newest()
    assert not INNER_NAME.search(newest())
    key = mailed_key("ada@example.org", "/account/reset")
    assert ada.auth("POST", "auth/password/reset", {"key": key, "password": "another long passphrase"}).status_code == 401
    assert "Your password has been reset." in newest()
    assert "Your account at The Hedge Arena was changed" in newest()


def test_a_change_of_the_password_is_told_with_where_it_came_from() -> None:
    ada = member()
    reply = ada.auth("POST", "account/password/change", {"current_password": PASSWORD, "new_password": "another long passphrase"})
    assert reply.status_code == 200
    assert "network address: 127.0.0.1" in newest()
    assert not INNER_NAME.search(newest())


@pytest.mark.parametrize("template", MAILS)
def test_no_mail_calls_a_person_by_an_inner_name(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member()
    user, request = User.objects.get(email="ada@example.org"), RequestFactory().get("/")
    assert INNER_NAME.search(user.username)
    sent: list[str] = []

    def rendering(name: str, context: dict[str, Any], *_: Any) -> str:
        sent.append(render_to_string(name, context))
        return sent[-1]

    monkeypatch.setattr("allauth.account.adapter.render_to_string", rendering)
    with allauth.core.context.request_context(request):
        context = {"user": user, "activate_url": "x", "password_reset_url": "x", "email": user.email, "ip": "x", "user_agent": "x"}
        get_adapter(request).send_mail(template.removesuffix("_message.txt"), user.email, context)
    assert "The Hedge Arena" in sent[-1]
    assert not [text for text in sent if INNER_NAME.search(text)]
