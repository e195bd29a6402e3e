"""An account that costs nothing to make is held by its network as guests are: limits, proof of work, and what a network earns in a day."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from pytest_django import Settings

from arena.battles.queries import reward_policy
from arena.console.rewards import try_out
from arena.settings import Limit
from arena.users import terms
from arena.users.models import User
from arena.users.vouching import vouched
from tests.cast import Arena, Person
from tests.integration.limits.conftest import Allow
from tests.integration.limits.proofs import offering, solution
from tests.integration.users.account import Account, visitor
from tests.integration.users.wallet import Wallet, sign_in

PROMPT = {"prompt": "Why is the sky blue?"}
REFUSED = (403, "/problems/proof-of-work-required")


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def thrown_away(name: str, *, consent: bool = True) -> Account:
    """An account of a key pair made a moment ago, and of nothing else."""
    who = visitor()
    assert sign_in(who, Wallet.of(name)).status_code == 200
    if consent:
        assert who.consent().status_code == 200
    return who


def earned(arena: Arena, person: Person) -> tuple[int, str]:
    battle = person.open()["id"]
    arena.answer(battle)
    points = person.vote(battle).json()["vote"]["points"]
    return points["awarded"], points["reason"]


def told(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("type", "")


def test_what_vouches_for_an_account(arena: Arena) -> None:
    def somebody(**about: Any) -> User:
        return User.objects.create(username=str(User.objects.count()), **about)

    addressed, known = somebody(email="a@example.org"), somebody()
    EmailAddress.objects.create(user=addressed, email="a@example.org", verified=False)
    SocialAccount.objects.create(user=known, provider="sso", uid="1")
    assert not vouched(somebody(is_guest=True))
    assert not vouched(somebody())
    assert not vouched(addressed)
    EmailAddress.objects.update(verified=True)
    assert vouched(User.objects.get(pk=addressed.pk))
    assert vouched(known)
    assert vouched(somebody(is_staff=True))


def test_throw_away_accounts_of_a_network_share_its_cap_with_its_guests(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.REWARD_NETWORK_CAP = 25
    one, other = thrown_away("one"), thrown_away("other")
    assert [earned(arena, person) for person in (one, ada, other, one)] == [
        (10, "flat"),
        (10, "flat"),
        (5, "network_cap"),
        (0, "network_cap"),
    ]
    other.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    assert earned(arena, other) == (10, "flat")
    tried = try_out(reward_policy())
    assert (tried["paid"], tried["paid_now"], tried["capped"]) == (35, 35, 2)
    arena.vouch(ada)
    assert earned(arena, ada) == (10, "flat")


def test_throw_away_accounts_of_a_network_share_its_limit(arena: Arena, allow: Allow) -> None:
    one, other, third = (thrown_away(name) for name in ("one", "other", "third"))
    allow(battles=Limit(0, 2, 0))
    one.open()
    other.open()
    assert told(third.post("battles", PROMPT)) == (429, "/problems/throttled")
    arena.vouch(third)
    third.open()


def test_a_throw_away_account_proves_work_as_a_guest_does(arena: Arena, easy: None) -> None:
    one = thrown_away("one", consent=False)
    assert told(one.consent()) == REFUSED
    now = terms.current()
    body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": False}
    assert one.post("me/consent", body, **offering(solution(one))).status_code == 200
    assert one.consent(publish=True).status_code == 200, "who has consented before makes nobody new"
    assert told(one.post("battles", PROMPT)) == REFUSED
    assert one.post("battles", PROMPT, **offering(solution(one))).status_code == 201
    arena.vouch(one)
    one.open()
