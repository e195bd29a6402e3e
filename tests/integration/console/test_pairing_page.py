"""The pairing page says what holds, and another rule holds from the next battle on."""

from typing import Any

import pytest
from django.core.cache import cache

from arena.battles import queries
from arena.battles.models import Battle, PairingPolicy
from tests.cast import Arena
from tests.integration.console.staff import registered, staff
from tests.integration.users.account import Account

pytestmark = pytest.mark.django_db
FIGURES = {
    "name": "uniform",
    "uniform_share": "1",
    "contender_floor": "0",
    "contender_cap": "1",
    "vendor_floor": "0",
    "vendor_cap": "1",
    "reason": "A fair start.",
}


@pytest.fixture(autouse=True)
def _arena(arena: Arena) -> None:
    cache.clear()


@pytest.fixture
def olga() -> Account:
    return staff("operator")


def test_another_rule_holds_from_the_next_battle_on(olga: Account) -> None:
    told = olga.post("operator/pairing", FIGURES)
    assert (told.status_code, told.json()["pairing"]["name"]) == (201, "uniform")
    assert told.json()["history"][0]["by"] == "operator@example.org"
    ada = registered("ada@example.org")
    ada.consent()
    ada.open()
    assert Battle.objects.get().policy == queries.pairing_policy().label


@pytest.mark.parametrize(
    "changed", [{"contender_floor": "0.6", "contender_cap": "0.5"}, {"uniform_share": "0"}, {"name": "named"}, {"vendor_cap": "2"}]
)
def test_figures_that_do_not_fit_together_are_refused(olga: Account, changed: dict[str, Any]) -> None:
    assert olga.post("operator/pairing", {**FIGURES, **changed}).status_code == 400
    assert not PairingPolicy.objects.exists()


def test_the_page_shows_boards_rules_and_shares(olga: Account) -> None:
    told = olga.get("operator/pairing").json()
    assert [board["slug"] for board in told["boards"]] == ["overall"]
    assert {rule["name"] for rule in told["rules"]} >= {"uniform", "contested"}
    assert len(told["contenders"]) == 4
    assert told["can_change"] is True
    assert staff("auditor").get("operator/pairing").json()["can_change"] is False
