"""Whoever waits for somebody outside waits without a connection to the database."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from arena import transactions
from arena.accounts.adapters import SocialAccountAdapter
from arena.credits import actions as credits
from arena.moderation import actions as moderation
from arena.moderation import remote
from arena.moderation.categories import CATEGORIES, Finding
from tests.cast import Arena
from tests.integration.credits.stage import member
from tests.integration.users.account import guest
from tests.integration.users.wallet import Wallet, link

pytestmark = pytest.mark.django_db(transaction=True)
held: list[bool] = []


@pytest.fixture(autouse=True)
def _nobody_yet() -> None:
    held.clear()


def look(*_: Any, **__: Any) -> None:
    held.append(connection.connection is not None)


def eligible(*_: Any) -> str | None:
    look()
    return None


def test_the_checker_of_prompts_is_asked_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Arena.seeded()
    chosen = {name: {"prompt": category.prompt, "answer": category.answer} for name, category in CATEGORIES.items()}
    more: dict[str, Any] = {"words": {}, "remote": True, "on_failure": "open", "timeout_ms": 500}
    moderation.set_rules(based_on=0, actions=chosen, by=None, reason="A test", **more)
    settings.MODERATION_URL = "http://127.0.0.1:9/v1/moderations"

    def ask(text: str, rules: Any) -> Sequence[Finding]:
        look()
        return ()

    monkeypatch.setattr(remote, "ask", ask)
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And why?"}).status_code == 201
    assert held == [False, False]


def test_a_contract_is_asked_so_whether_it_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    Arena.seeded()

    def check(**_: Any) -> str:
        look()
        return "contract"

    monkeypatch.setattr("arena.accounts.api.wallet.check_signature", check)
    assert link(guest(), Wallet.of("gold")).status_code == 200
    assert held == [False]


def test_the_operators_own_check_is_asked_so(settings: Settings) -> None:
    settings.CONVERSION_CHECK = "tests.integration.database.test_outside.eligible"
    assert credits.check_eligible(person=member("ada"), points=1)
    assert held == [False]


def test_the_provider_of_single_sign_on_is_asked_so() -> None:
    member("ada")
    SocialAccountAdapter().get_requests_session()
    look()
    assert held == [False]


def test_an_open_transaction_keeps_its_connection() -> None:
    with transaction.atomic():
        member("ada")
        transactions.let_go()
        look()
    assert held == [True]
