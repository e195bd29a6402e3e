"""Pairing as operators set it: a new policy is a fact, holds from the next battle on, and everybody sees what it leads to."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction

from arena import clock
from arena.battles import actions, pairing, policies, projector, queries
from arena.battles.models import Battle, PairingPolicy, Side
from arena.contenders.models import Contender
from arena.ratings.models import Board
from arena.users.models import User
from arena.votelog.commitment import commit
from arena.votelog.models import Entry
from tests.cast import Arena, Person
from tests.integration.users.account import Account, member, second_factor

ADD = "/admin/battles/pairingpolicy/add/"
FORM = {
    "name": "misorder",
    "uniform_share": "0.3",
    "contender_floor": "0.1",
    "contender_cap": "0.4",
    "vendor_floor": "0",
    "vendor_cap": "1",
    "reason": "Votes are dear.",
}
VERSION = "misorder-1;uniform_share=0.3;contender=0.1-0.4"


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def set_policy(name: str = "uniform", **fields: Any) -> PairingPolicy:
    return actions.set_pairing_policy(policy=PairingPolicy(name=name, reason="Because.", **fields))


def operator(*permissions: str) -> Account:
    """Somebody of the staff, signed in, who may do this."""
    who = member("olga@example.org")
    User.objects.filter(email="olga@example.org").update(is_staff=True)
    second_factor("olga@example.org")
    User.objects.get(email="olga@example.org").user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return who


def send(who: Account, **changes: str) -> Any:
    token = who.client.cookies["csrftoken"].value
    return who.client.post(ADD, FORM | changes, headers={"X-CSRFToken": token})


def test_without_a_choice_the_settings_decide(settings: Any) -> None:
    settings.PAIRING_POLICY, settings.PAIRING_UNIFORM_SHARE = "fresh_first", "0.5"
    assert queries.pairing_policy() == pairing.Policy(name="fresh_first", version="fresh-first-1", uniform_share=0.5)


def test_the_newest_choice_is_in_force_and_stored_with_each_battle(ada: Person) -> None:
    before = ada.open()["id"]
    set_policy("uniform")
    set_policy("misorder", uniform_share="0.3", contender_floor="0.1", contender_cap="0.4")
    after = ada.open()["id"]
    assert Battle.objects.get(pk=before).policy == "contested-1;uniform_share=0.25"
    assert Battle.objects.get(pk=after).policy == VERSION


def test_a_drawn_battle_states_the_probability_of_its_policy(ada: Person) -> None:
    set_policy("contested", contender_cap="0.3")
    battle = Battle.objects.get(pk=ada.open()["id"])
    pool = [pairing.Candidate(id, vendor, 25.0, 25.0 / 3.0, 0) for id, vendor in Contender.objects.values_list("pk", "vendor")]
    choice = pairing.choose(pool, queries.pairing_policy(), clock.rng(battle.seed))
    sides = Side.objects.filter(battle=battle).order_by("position").values_list("contender_id", flat=True)
    assert (tuple(sides), battle.probability) == (choice.sides, choice.probability)


def test_a_choice_is_a_log_entry_that_opens(arena: Arena) -> None:
    row = set_policy("misorder")
    projector.project()
    entry = Entry.objects.get(kind="policy", subject=row.pk)
    assert bytes(entry.commit) == commit(bytes(row.salt), policies.opening(row.version, row.reason))
    assert Board.objects.get().last_seq == entry.seq  # boards pass over it


def test_a_choice_is_never_changed_or_deleted(arena: Arena) -> None:
    row = set_policy()
    for change in ("UPDATE battles_pairingpolicy SET uniform_share = 1", "DELETE FROM battles_pairingpolicy"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(TypeError):
        row.delete()


@pytest.mark.parametrize(
    "fields",
    [{"uniform_share": "0"}, {"contender_floor": "0.5", "contender_cap": "0.2"}, {"vendor_cap": "1.5"}, {"name": "best"}],
)
def test_a_choice_that_makes_no_sense_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        set_policy(**fields)
    assert not PairingPolicy.objects.exists()


def test_an_operator_adds_a_policy_in_the_admin() -> None:
    olga = operator("add_pairingpolicy", "view_pairingpolicy")
    assert send(olga).status_code == 302
    row = PairingPolicy.objects.get()
    assert (row.version, row.reason) == (VERSION, "Votes are dear.")
    assert row.by == User.objects.get(email="olga@example.org")
    assert queries.pairing_policy().label == VERSION
    assert VERSION in olga.client.get("/admin/battles/pairingpolicy/").content.decode()


def test_the_admin_refuses_what_makes_no_sense_and_says_why() -> None:
    reply = send(operator("add_pairingpolicy", "view_pairingpolicy"), contender_floor="0.6")
    assert reply.status_code == 200
    assert "floor" in reply.content.decode()
    assert not PairingPolicy.objects.exists()


def test_the_admin_neither_changes_nor_deletes_a_policy() -> None:
    olga = operator("add_pairingpolicy", "view_pairingpolicy", "change_pairingpolicy", "delete_pairingpolicy")
    row = set_policy()
    place, token = f"/admin/battles/pairingpolicy/{row.pk}", olga.client.cookies["csrftoken"].value
    for path in (f"{place}/change/", f"{place}/delete/"):
        assert olga.client.post(path, FORM, headers={"X-CSRFToken": token}).status_code == 403
    assert PairingPolicy.objects.get().version == row.version


def test_whoever_may_not_add_a_policy_cannot() -> None:
    assert send(operator("view_pairingpolicy")).status_code == 403
    assert not PairingPolicy.objects.exists()


# What everybody sees of it


def exposure(person: Person) -> dict[str, Any]:
    cache.clear()
    reply = person.get("exposure")
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


def test_everybody_sees_the_rule_in_force(ada: Person) -> None:
    set_policy("misorder", uniform_share="0.3", contender_floor="0.1", contender_cap="0.4")
    assert exposure(ada)["pairing"] == {
        "name": "misorder",
        "version": VERSION,
        "uniform_share": 0.3,
        "contender_floor": 0.1,
        "contender_cap": 0.4,
        "vendor_floor": 0.0,
        "vendor_cap": 1.0,
    }


def test_everybody_sees_who_stood_in_how_many_battles(arena: Arena, ada: Person) -> None:
    counts: dict[str, int] = {}
    for _ in range(4):
        battle = ada.open()["id"]
        arena.answer(battle)
        sides = ada.vote(battle).json()["vote"]["sides"]
        for side in sides:
            counts[side["contender"]["slug"]] = counts.get(side["contender"]["slug"], 0) + 1
    seen = exposure(ada)
    assert (seen["days"], seen["sides"]) == (30, 8)
    assert {row["slug"]: row["sides"] for row in seen["contenders"]} == {
        f"{name}-7": counts.get(f"{name}-7", 0) for name in arena.contenders
    }
    for rows in (seen["contenders"], seen["vendors"]):
        assert [row["share"] for row in rows] == [f"{row['sides'] / 8:.6f}" for row in rows]
        assert sum(float(row["share"]) for row in rows) == pytest.approx(1.0)


def test_a_battle_shows_in_the_exposure_only_once_it_is_voted_on(arena: Arena, ada: Person, ben: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    assert exposure(ben)["sides"] == 0
    ada.vote(battle)
    assert exposure(ben)["sides"] == 2


def test_what_is_older_than_the_window_counts_no_more(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    ada.vote(battle)
    assert policies.exposure(clock.now() + timedelta(days=29))["sides"] == 2
    assert policies.exposure(clock.now() + timedelta(days=31))["sides"] == 0


def test_before_the_first_vote_every_share_is_nothing(ada: Person) -> None:
    seen = exposure(ada)
    assert {row["share"] for row in seen["contenders"] + seen["vendors"]} == {"0.000000"}


def test_the_count_is_kept_for_a_minute(arena: Arena, ada: Person) -> None:
    exposure(ada)
    battle = ada.open()["id"]
    arena.answer(battle)
    ada.vote(battle)
    reply = ada.get("exposure")
    assert reply["Cache-Control"] == "public, max-age=60"
    assert reply.json()["sides"] == 0
