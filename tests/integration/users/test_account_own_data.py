"""One's own data: a copy of it, and its end."""

import inspect
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from procrastinate.contrib.django import app

from arena import clock
from arena.accounts import actions
from arena.accounts.tasks import forget_traces
from arena.battles import actions as battles
from arena.battles import projector
from arena.battles.models import Answer, Battle, Status, Turn, Vote, VoteContext, VoteSalt
from arena.errors import NotSignedIn
from arena.http.models import IdempotencyKey
from arena.ledger import queries as points
from arena.ledger.models import Hold, Kind
from arena.ratings.models import Board, Rating
from arena.users import terms
from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, Account, guest, member, visitor
from tests.integration.users.wallet import Wallet, link

pytestmark = pytest.mark.django_db
PROMPT, ANSWER, REASONING, COMMENT = "quokkaprompt", "wombatanswer", "bilbyreasoning", "numbatcomment"
EMAIL, GOLD = "platypus@example.org", Wallet.of("gold")


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena, settings: Any) -> None:
    settings.REWARD_DAILY_CAP = settings.REWARD_NETWORK_CAP = 10**6
    settings.HOLD_SECONDS = 86_400
    cache.clear()


def play(person: Account, outcome: str = "a") -> str:
    """One battle with words that occur nowhere else, voted on with an idempotency key that remembers the reply."""
    battle = str(person.post("battles", {"prompt": f"{PROMPT}?"}, key=str(clock.new_id())).json()["id"])
    Arena.answer(battle, a=f"{ANSWER} a", b=f"{ANSWER} b", reasoning=REASONING, fault=f"{ANSWER} fault")
    body = {"outcome": outcome, "turn": 0, "attempt": 0, "comment": COMMENT, "reasons": {"a": ["correct"]}}
    assert person.post(f"battles/{battle}/vote", body, key=str(clock.new_id())).status_code == 200
    return battle


def found_anywhere(*words: str) -> list[str]:
    """Every text, JSON, array or binary column of every table that holds one of these words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'bytea', 'inet', 'uuid', 'USER-DEFINED')"
        )
        columns = cursor.fetchall()
        assert len(columns) > 100
        found = []
        for table, column, kind in columns:
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" WHERE strpos(lower({shown}), lower(%s)) > 0', [word])
                if count := cursor.fetchone()[0]:
                    found.append(f"{table}.{column}: {word} ({count})")
    return found


def board() -> list[Any]:
    while projector.project():
        pass
    row = Board.objects.get()
    rebuilt = projector.rebuild(row.pk)
    assert not rebuilt.differences
    ratings = Rating.objects.filter(board=row).order_by("contender_id")
    return [rebuilt.votes, rebuilt.seq, *[(item.contender_id, item.mu.hex(), item.sigma.hex(), item.votes) for item in ratings]]


def facts() -> list[tuple[Any, ...]]:
    rows = []
    with connection.cursor() as cursor:
        for table in ("battles_battle", "battles_side", "battles_vote", "battles_votestyle", "votelog_entry", "users_consent"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
            rows.append((table, *[row[0] for row in cursor.fetchall()]))
    return rows


# Export


def test_the_export_holds_all_that_is_mine_as_one_file() -> None:
    ada = guest()
    battle = play(ada)
    ada.post(f"battles/{battle}/reports", {"side": "b", "turn": 0, "reason": "other", "comment": "odd"})
    ada.sign_up(EMAIL)
    reply = ada.get("me/export")
    assert reply.status_code == 200
    assert reply["Content-Disposition"].startswith("attachment; filename=")
    told = reply.json()
    assert told["profile"]["emails"] == [{"email": EMAIL, "verified": False, "primary": True}]
    assert len(told["profile"]["sessions"]) == 1
    assert len(told["consents"]) == 1
    (mine,) = told["battles"]
    assert mine["turns"][0]["prompt"] == [{"type": "text", "text": f"{PROMPT}?"}]
    assert {row["text"] for row in mine["turns"][0]["answers"]} == {f"{ANSWER} a", f"{ANSWER} b"}
    assert mine["vote"]["comment"] == COMMENT
    assert mine["vote"]["receipt"]["person"]["award"] == 10
    assert len(mine["contenders"]) == 2
    assert told["reports"][0]["comment"] == "odd"
    assert [(line["kind"], line["amount"]) for line in told["points"]] == [("award", 10)]


def test_the_export_names_no_contender_before_the_vote() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    told = ada.get("me/export").content.decode().lower()
    assert not [name for name in ("amber", "birch", "cedar", "dune") if name in told]


def test_the_export_holds_what_the_guests_were_that_i_have_been() -> None:
    member(EMAIL).sign_out()
    browser = guest()
    battle = play(browser)
    browser.sign_in(EMAIL)
    told = browser.get("me/export").json()
    assert [row["id"] for row in told["battles"]] == [battle]
    assert len(told["profile"]["guests"]) == 1


# One conversation


def test_a_deleted_conversation_leaves_its_facts_and_no_words() -> None:
    ada = guest()
    battle = play(ada)
    assert battles.measure_styles() == 1
    before, held = (board(), facts()), ada.me["points"]
    assert ada.post(f"battles/{battle}/share").status_code == 200
    assert ada.delete(f"battles/{battle}").status_code == 204
    assert not found_anywhere(PROMPT, ANSWER, REASONING, COMMENT)
    assert (board(), facts()) == before
    assert ada.me["points"] == held
    told = ada.get(f"battles/{battle}").json()
    assert (told["state"], told["turns"], told["share"]) == ("deleted", [], None)
    assert told["vote"]["outcome"] == "a"
    salt = VoteSalt.objects.get()
    assert salt.rating
    assert (salt.person, salt.person_opening) == (None, None)
    (line,) = ada.get("me/battles").json()["results"]
    assert (line["state"], line["prompt"]) == ("deleted", "")


def test_deleting_again_changes_nothing() -> None:
    ada = guest()
    battle = play(ada)
    assert [ada.delete(f"battles/{battle}").status_code for _ in range(2)] == [204, 204]


def test_nothing_can_be_done_with_a_deleted_conversation() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    ada.delete(f"battles/{battle}")
    assert ada.vote(battle).status_code == 404
    for path, body in (("turns", {"prompt": "on"}), ("attempts", {}), ("stop", {}), ("share", {})):
        assert ada.post(f"battles/{battle}/{path}", body).status_code == 404
    assert ada.post(f"battles/{battle}/reports", {"side": "a", "turn": 0, "reason": "other"}).status_code == 404
    told = ada.get(f"battles/{battle}").json()
    assert told["can"] == {"vote": [], "follow_up": False, "ask_again": False, "stop": False}
    assert (told["stream"], told["vote"]) == (None, None)


def test_an_answer_that_is_being_written_is_stopped_and_stays_empty() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Answer.objects.update(status=Status.STREAMING, text="half", lease_until=clock.now() + timedelta(seconds=60))
    ada.delete(f"battles/{battle}")
    with connection.cursor() as cursor:  # what its writer does next, see streaming/store.py
        cursor.execute("UPDATE battles_answer SET text = 'more' WHERE status = 'streaming'")
    assert set(Answer.objects.values_list("status", "text")) == {("stopped", "")}
    assert list(Turn.objects.values_list("content", flat=True)) == [[]]


def test_the_network_of_a_deleted_vote_counts_for_its_day_and_is_then_forgotten(settings: Any) -> None:
    settings.REWARD_NETWORK_CAP = 10
    ada = guest()
    battle = play(ada)
    ada.delete(f"battles/{battle}")
    other = guest()
    play(other)
    assert other.me["points"]["pending"] == 0
    assert VoteContext.objects.get(vote__battle__id=battle).network
    with clock.frozen(clock.now() + timedelta(days=1)):
        forget_traces(timestamp=0)
    assert not VoteContext.objects.filter(vote__battle__id=battle).exists()
    assert VoteContext.objects.count() == 1


def test_a_strangers_conversation_cannot_be_deleted() -> None:
    battle = play(guest())
    assert guest().delete(f"battles/{battle}").status_code == 404
    assert found_anywhere(PROMPT)


# The whole account


@pytest.mark.parametrize("count", [pytest.param(50), pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_after_the_account_is_deleted_nothing_finds_its_words(count: int, settings: Any) -> None:
    settings.MAIL = replace(settings.MAIL, sends=True)
    ben = guest()
    kept = str(ben.open("Another prompt")["id"])
    ada = guest()
    as_guest = [play(ada, "ab"[n % 2]) for n in range(2)]
    assert ada.sign_up(EMAIL).status_code == 200
    assert ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert link(ada, GOLD).status_code == 200
    assert found_anywhere("tell_of_wallet")
    for n in range(2, count):
        play(ada, ("a", "b", "tie", "both_bad", "skip")[n % 5])
    battle = as_guest[0]
    assert ada.post(f"battles/{battle}/reports", {"side": "a", "turn": 0, "reason": "other", "comment": COMMENT}).status_code == 201
    assert ada.post(f"battles/{battle}/share").status_code == 200
    network, id = VoteContext.objects.first().network, ada.id  # type: ignore[union-attr]
    assert battles.measure_styles() > 0
    before = board(), facts()
    secrets = (PROMPT, ANSWER, REASONING, COMMENT, EMAIL, "platypus", GOLD.address, network)
    assert len({line.rsplit(":", 1)[1].split()[0] for line in found_anywhere(*secrets)}) == len(secrets)

    assert ada.delete("me", {"password": PASSWORD}).status_code == 204

    assert not found_anywhere(*secrets[:-1])
    assert [line.split(":")[0] for line in found_anywhere(network)] == ["battles_votecontext.network"]
    with clock.frozen(clock.now() + timedelta(days=1)):
        forget_traces(timestamp=0)
    assert not found_anywhere(network)
    assert (board(), facts()) == before
    assert Vote.objects.count() == count
    row = User.objects.get(pk=id)
    assert (row.is_active, row.email, row.has_usable_password()) == (False, "", False)
    assert points.balances(row.pk) == points.Balances(0, 0, 0)
    assert not Hold.objects.exists()
    assert not points.unsound()
    assert not ada.signed_in()
    assert not IdempotencyKey.objects.filter(owner=id).exists()
    assert ben.get(f"battles/{kept}").json()["turns"][0]["prompt"] == [{"type": "text", "text": "Another prompt"}]


def test_jobs_which_outlive_their_work_name_rows_and_hold_nothing_of_them() -> None:
    rows = {"person", "wallet", "hook", "submission", "contender", "event"}
    takes = {
        name.removeprefix("arena."): set(inspect.signature(task.func).parameters) for name, task in app.tasks.items() if "arena." in name
    }
    takes["accounts.tasks.tell_of_wallet"].remove("address")  # which no job is given any more
    assert len(takes) > 15
    assert not {name: more for name, taken in takes.items() if (more := taken - rows - {"timestamp"})}


def test_who_deletes_an_account_does_not_empty_the_cap_of_their_network(settings: Any) -> None:
    settings.REWARD_NETWORK_CAP = 20
    ada = guest()
    with clock.frozen(clock.now() - timedelta(days=1)):
        play(ada)
    play(ada)
    assert ada.delete("me").status_code == 204
    left = VoteContext.objects.get()
    assert (left.reasons, left.comment, left.measures) == ({}, "", {})
    ben = guest()
    assert [play(ben) and ben.me["points"]["pending"] for _ in range(2)] == [10, 10]


def test_what_was_held_is_forfeited_by_transfers() -> None:
    ada = guest()
    play(ada)
    id = ada.id
    assert ada.delete("me").status_code == 204
    lines = {(row.kind, row.target.kind): row.amount for row in points.statement(User.objects.get(pk=id).pk)}
    assert lines == {("award", Kind.PENDING): 10, ("forfeit", Kind.FORFEITED): 10}


def test_somebody_with_an_account_proves_it_first() -> None:
    ada = member(EMAIL)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        reply = ada.delete("me")
        assert (reply.status_code, reply.json()["type"]) == (403, "/problems/proof-required")
        assert ada.delete("me", {"password": "not the passphrase"}).status_code == 403
        assert ada.signed_in()
        assert ada.delete("me", {"password": PASSWORD}).status_code == 204


def test_a_sign_in_a_moment_ago_is_proof_enough() -> None:
    ada = member(EMAIL)
    ada.sign_out()
    ada.sign_in(EMAIL)
    assert ada.delete("me").status_code == 204


def test_wrong_passwords_are_counted_there_too() -> None:
    ada = member(EMAIL)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        replies = [ada.delete("me", {"password": "wrong passphrase"}).status_code for _ in range(6)]
    assert replies == [403] * 5 + [429]


def test_the_address_is_free_again_and_the_old_password_opens_nothing() -> None:
    ada = member(EMAIL)
    old = ada.id
    assert ada.delete("me", {"password": PASSWORD}).status_code == 204
    assert visitor().sign_in(EMAIL).status_code == 400
    assert member(EMAIL).id != old


def test_the_guests_that_they_were_go_as_well() -> None:
    member(EMAIL).sign_out()
    browser = guest()
    play(browser)
    browser.sign_in(EMAIL)
    browser.delete("me")
    assert not found_anywhere(PROMPT, EMAIL)


def test_what_is_still_under_way_when_the_account_goes_is_refused() -> None:
    ada = guest()
    battle = ada.open()["id"]
    person = User.objects.get(pk=ada.id)
    actions.delete_person(user=person)
    with pytest.raises(NotSignedIn):
        battles.open_battle(voter=person, text="too late")
    with pytest.raises(NotSignedIn):
        battles.add_turn(battle_id=battle, voter=person, text="too late")
    assert Battle.objects.count() == 1


def test_deleting_twice_changes_nothing() -> None:
    person = User.objects.get(pk=guest().id)
    actions.delete_person(user=person)
    actions.delete_person(user=person)
    assert not points.unsound()


def test_nobody_cannot_delete_or_export() -> None:
    assert visitor().delete("me").status_code == 401
    assert visitor().get("me/export").status_code == 401


# The choice to publish


def test_the_choice_to_publish_holds_from_the_next_battle_on() -> None:
    ada = guest()
    first = ada.open()["id"]
    reply = ada.write("PUT", "me/publish", {"publish": True})
    assert reply.status_code == 200
    assert reply.json()["consent"]["publish"] is True
    second = ada.open()["id"]
    assert {str(row.pk): row.publish for row in Battle.objects.all()} == {first: False, second: True}


def test_there_is_no_choice_without_consent() -> None:
    ada = member(EMAIL, consent=False)
    for publish in (True, False):
        assert ada.write("PUT", "me/publish", {"publish": publish}).status_code == 403
    assert ada.me["consent"] is None


def test_under_new_terms_publication_is_taken_back_and_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = guest()
    assert ada.write("PUT", "me/publish", {"publish": True}).status_code == 200
    monkeypatch.setattr(terms, "current", lambda: terms.Terms(version="later", hash="0" * 64, text=""))
    reply = ada.write("PUT", "me/publish", {"publish": False})
    assert reply.status_code == 200
    assert (reply.json()["consent"]["publish"], reply.json()["consent"]["current"]) == (False, False)
    refused = ada.write("PUT", "me/publish", {"publish": True})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/consent-outdated")
    assert ada.me["consent"]["publish"] is False
