"""What votes earn, through the API: caps, holds, and the person's own statement."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.battles.models import Vote
from arena.ledger import actions as ledger
from arena.ledger import queries
from arena.ledger.models import Hold, Kind, Transfer
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.http.threads import results
from tests.integration.ledger.issuance import issued


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    # Else every client looks at every static file once.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "servestatic" not in name]


def guest(address: str) -> Person:
    """A guest with this address."""
    person = Person(Client(enforce_csrf_checks=True, REMOTE_ADDR=address))
    person.get("me")
    assert person.consent().status_code == 200
    return person


def ready(arena: Arena, person: Person) -> str:
    """A battle that waits for the person's vote."""
    battle = person.open()["id"]
    arena.answer(battle)
    return str(battle)


def earn(arena: Arena, person: Person, outcome: str = "a") -> tuple[int, str]:
    points = person.vote(ready(arena, person), outcome).json()["vote"]["points"]
    return points["awarded"], points["reason"]


def sums(lines: list[dict[str, Any]]) -> dict[str, int]:
    """What the lines of a statement add up to, by account."""
    found = {"pending": 0, "available": 0, "converted": 0}
    for change in (change for line in lines for change in line["changes"]):
        found[change["account"]] += change["amount"]
    return found


def test_the_award_before_the_daily_cap_is_cut_to_what_is_left(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.REWARD_DAILY_CAP = 25
    earned = [earn(arena, ada) for _ in range(4)]
    assert earned == [(10, "flat"), (10, "flat"), (5, "daily_cap"), (0, "daily_cap")]
    mine = ada.get("me").json()["points"]
    assert (mine["pending"] + mine["available"], mine["today"], mine["daily_cap"]) == (25, 25, 25)
    assert Transfer.objects.count() == 3


def test_the_cap_is_a_days(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.REWARD_DAILY_CAP = 10
    now = clock.now().replace(hour=12)
    with clock.frozen(now):
        assert [earn(arena, ada), earn(arena, ada)] == [(10, "flat"), (0, "daily_cap")]
    with clock.frozen(now + timedelta(hours=12)):
        assert earn(arena, ada) == (10, "flat")
        assert ada.get("me").json()["points"]["today"] == 10


def test_guests_of_one_network_share_its_cap(arena: Arena, settings: Settings) -> None:
    settings.REWARD_NETWORK_CAP = 25
    one, two, elsewhere = guest("203.0.113.5"), guest("203.0.113.200"), guest("198.51.100.5")
    earned = [earn(arena, person) for person in (one, two, one, two)]
    assert earned == [(10, "flat"), (10, "flat"), (5, "network_cap"), (0, "network_cap")]
    assert earn(arena, elsewhere) == (10, "flat")


def test_a_skip_earns_nothing_and_takes_nothing_from_the_cap(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.REWARD_DAILY_CAP = 10
    assert earn(arena, ada, "skip") == (0, "skip")
    assert not Transfer.objects.exists()
    assert earn(arena, ada) == (10, "flat")


@pytest.mark.parametrize("outcome", ["a", "b", "tie", "both_bad"])
def test_every_judgement_earns_the_same(outcome: str, arena: Arena, ada: Person) -> None:
    assert earn(arena, ada, outcome) == (10, "flat")


def test_points_wait_and_then_are_available(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.HOLD_SECONDS = 3600
    reply = ada.vote(ready(arena, ada)).json()["vote"]
    voted = datetime.fromisoformat(reply["cast_at"])
    assert datetime.fromisoformat(reply["points"]["available_at"]) == voted + timedelta(hours=1)
    assert ledger.release_due() == 0
    assert ada.get("me/points").json()["balances"] == {"pending": 10, "available": 0, "converted": 0}
    with clock.frozen(voted + timedelta(hours=1, seconds=1)):
        assert ledger.release_due() == 1
    assert ada.get("me/points").json()["balances"] == {"pending": 0, "available": 10, "converted": 0}


def test_when_points_are_available_is_the_same_everywhere_to_the_microsecond(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.HOLD_SECONDS = 3600
    battle = ready(arena, ada)
    told = ada.vote(battle).json()["vote"]
    (line,) = ada.get("me/points").json()["results"]
    stored = Hold.objects.get()
    assert told["points"]["available_at"] == line["available_at"]
    assert datetime.fromisoformat(line["available_at"]) == stored.until
    assert told["cast_at"] == line["at"]
    settings.HOLD_SECONDS = 7200  # what was promised at the vote holds
    assert ada.get(f"battles/{battle}").json()["vote"]["points"]["available_at"] == told["points"]["available_at"]


def test_a_release_shows_where_the_points_came_from(arena: Arena, ada: Person) -> None:
    earn(arena, ada)
    ledger.release_due()
    release, award = ada.get("me/points").json()["results"]
    assert award["changes"] == [{"account": "pending", "amount": 10}]
    assert release["changes"] == [{"account": "pending", "amount": -10}, {"account": "available", "amount": 10}]


def test_a_conversion_moves_points_from_what_is_available_to_what_is_converted(arena: Arena, ada: Person) -> None:
    earn(arena, ada)
    ledger.release_due()
    owner = User.objects.get().pk
    source, target = ledger.account(Kind.AVAILABLE, owner), ledger.account(Kind.CONVERSIONS)
    ledger.post(key="conversion:1", source=source, target=target, amount=4, kind="conversion", reason="wished")
    statement = ada.get("me/points").json()
    assert statement["results"][0]["changes"] == [{"account": "available", "amount": -4}, {"account": "converted", "amount": 4}]
    assert sums(statement["results"]) == statement["balances"] == {"pending": 0, "available": 6, "converted": 4}


def test_every_point_has_its_line_and_the_lines_add_up(arena: Arena, ada: Person, ben: Person, settings: Settings) -> None:
    settings.HOLD_SECONDS, settings.REWARD_DAILY_CAP = 3600, 35
    for outcome in ("a", "skip", "tie", "b", "a"):
        earn(arena, ada, outcome)
    earn(arena, ben)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        ledger.release_due()
    earn(arena, ada)
    statement = ada.get("me/points").json()
    lines: list[dict[str, Any]] = statement["results"]
    assert sums(lines) == statement["balances"]
    assert {line["kind"] for line in lines} == {"award", "release"}
    assert all(line["policy"] and line["reason"] and line["battle"] for line in lines)
    awarded = sum(line["amount"] for line in lines if line["kind"] == "award")
    released = sum(line["amount"] for line in lines if line["kind"] == "release")
    assert statement["balances"] == {"pending": awarded - released, "available": released, "converted": 0}
    assert awarded == 35 == sum(Vote.objects.filter(battle__voter_id=ada.get("me").json()["user"]["id"]).values_list("award", flat=True))
    assert not queries.unsound()


def test_votes_at_once_do_not_overrun_the_daily_cap(transactional_db: None, settings: Settings) -> None:
    settings.REWARD_DAILY_CAP = 25
    arena = Arena.seeded()
    ada = arena.person("ada")
    arena.vouch(ada)  # else the network's lock would do
    battles = [ready(arena, ada) for _ in range(6)]
    windows = [Person(Client(enforce_csrf_checks=True)) for _ in battles]
    for window in windows:
        window.client.cookies.update(ada.client.cookies)
    replies = results(partial(window.vote, battle) for window, battle in zip(windows, battles, strict=True))
    assert sorted(reply.json()["vote"]["points"]["awarded"] for reply in replies) == [0, 0, 0, 5, 10, 10]
    assert ada.get("me").json()["points"]["pending"] == 25


def test_guests_at_once_do_not_overrun_their_networks_cap(transactional_db: None, settings: Settings) -> None:
    settings.REWARD_NETWORK_CAP = 25
    arena = Arena.seeded()
    people = [guest(f"203.0.113.{number}") for number in range(1, 6)]
    battles = [ready(arena, person) for person in people]
    replies = results(partial(person.vote, battle) for person, battle in zip(people, battles, strict=True))
    assert sorted(reply.json()["vote"]["points"]["awarded"] for reply in replies) == [0, 0, 5, 10, 10]
    assert issued() == 25
