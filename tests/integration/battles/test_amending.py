"""Votes struck and labels corrected: by whom, from the operators' pages, and what becomes of boards and points."""

import uuid
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from arena.accounts.actions import delete_person
from arena.battles import actions, projector
from arena.battles.models import Correction, Retraction, Vote
from arena.errors import NotFound
from arena.ledger import actions as ledger
from arena.ledger import queries as points
from arena.ledger.models import Debt, Kind
from arena.prompts.models import Pool, Prompt
from arena.ratings import actions as ratings
from arena.ratings.models import Board
from arena.users.models import User
from arena.votelog.models import Entry, Pending
from tests.cast import Arena, Person
from tests.integration.http.threads import results
from tests.integration.ledger.issuance import issued
from tests.integration.ratings.votes import bits
from tests.integration.users.account import Account, guest, member, second_factor, visitor

pytestmark = pytest.mark.django_db
LIST = "/admin/battles/vote/"
STRIKES = {"strike_fraud": "fraud", "strike_automated": "automated", "strike_mistake": "mistake"}
PROMPT, ANSWER = "quokkaprompt", "wombatanswer"


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena, settings: Any) -> None:
    settings.REWARD_DAILY_CAP = settings.REWARD_NETWORK_CAP = 10**6
    cache.clear()


def voted(arena: Arena, person: Person, outcome: str = "a") -> Vote:
    battle = person.open(PROMPT)["id"]
    arena.answer(battle, a=ANSWER, b=ANSWER)
    assert person.vote(battle, outcome).status_code == 200
    return Vote.objects.get(battle_id=battle)


def caught_up() -> None:
    """The log numbered, every board folded, and those that are wanted anew made."""
    while projector.project():
        pass
    projector.build_all()
    while projector.project():
        pass


def standings() -> dict[str, Any]:
    return {board.slug: (board.votes, bits(board)) for board in Board.objects.all()}


def operator(*permissions: str, email: str = "olga@example.org") -> Account:
    """Somebody of the staff, signed in, who may do this."""
    who = member(email)
    User.objects.filter(email=email).update(is_staff=True)
    second_factor(email)
    User.objects.get(email=email).user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return who


def press(who: Account, action: str, *votes: Vote, **more: str) -> Any:
    """Choose votes and an action in the list, as the page's form does."""
    body = {"action": action, "_selected_action": [str(vote.pk) for vote in votes], **more}
    return who.client.post(LIST, body, headers={"X-CSRFToken": who.client.cookies["csrftoken"].value})


# Striking


def test_a_struck_vote_counts_on_no_board(arena: Arena, ada: Person) -> None:
    voted(arena, ada)
    caught_up()
    without = standings()
    struck = voted(arena, ada, "b")
    caught_up()
    assert standings() != without
    actions.retract_vote(vote_id=struck.pk, reason=Retraction.Reason.FRAUD)
    caught_up()
    assert standings() == without
    assert Vote.objects.filter(pk=struck.pk).exists(), "the vote itself stays, for everybody to see"
    assert not projector.rebuild(Board.objects.get().pk).differences


def test_striking_again_changes_nothing_and_the_first_reason_holds(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    first = actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.AUTOMATED)
    caught_up()
    before = standings(), points.balances(vote.battle.voter_id), Entry.objects.count()
    assert actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.FRAUD) == first
    caught_up()
    assert (standings(), points.balances(vote.battle.voter_id), Entry.objects.count()) == before
    assert Retraction.objects.get().reason == "automated"
    assert Entry.objects.filter(kind="retraction").count() == 1


def test_a_vote_is_struck_only_once_the_log_has_numbered_it(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    for id in (vote.pk, uuid.uuid4()):
        with pytest.raises(NotFound):
            actions.retract_vote(vote_id=id, reason=Retraction.Reason.FRAUD)
    assert not Retraction.objects.exists()
    assert not points.unsound()
    projector.project()
    assert actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.FRAUD).vote == vote


@pytest.mark.parametrize(("state", "left"), [("waits", (0, 0, 0)), ("available", (0, 0, 0)), ("spent", (0, 0, 10))])
def test_the_points_of_a_struck_vote_come_back(state: str, left: tuple[int, ...], arena: Arena, ada: Person, settings: Any) -> None:
    settings.HOLD_SECONDS = 3600 if state == "waits" else 0
    vote = voted(arena, ada)
    owner = vote.battle.voter_id
    caught_up()
    ledger.release_due()
    if state == "spent":
        source, target = ledger.account(Kind.AVAILABLE, owner), ledger.account(Kind.CONVERSIONS)
        ledger.post(key="conversion:1", source=source, target=target, amount=10, kind="conversion", reason="wished")
    actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.FRAUD)
    found = points.balances(owner)
    assert (found.pending, found.available, found.converted) == left
    assert [row.amount for row in Debt.objects.all()] == ([10] if state == "spent" else [])
    assert points.balance(ledger.account(Kind.FORFEITED)) == (0 if state == "spent" else 10)
    assert not points.unsound()
    lines = ada.get("me/points").json()
    assert lines["balances"] == {"pending": left[0], "available": left[1], "converted": left[2]}


def test_a_vote_that_earned_nothing_is_struck_all_the_same(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada, "skip")
    caught_up()
    actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.MISTAKE)
    assert issued() == 0
    assert Retraction.objects.get().vote == vote


def test_a_vote_of_somebody_who_left_is_struck_without_a_fault(arena: Arena) -> None:
    person = member()
    vote = voted(arena, person)
    caught_up()
    delete_person(user=vote.battle.voter)
    actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.FRAUD)
    assert not points.unsound()
    assert not Debt.objects.exists()


# Correcting


def test_a_corrected_vote_moves_from_the_boards_of_its_old_labels_to_those_of_its_new_ones(arena: Arena, ada: Person) -> None:
    for category in ("coding", "maths"):
        ratings.create_board(slug=category, title=category, categories=[category])
    vote = voted(arena, ada)
    caught_up()
    assert [Board.objects.get(slug=slug).votes for slug in ("overall", "coding", "maths")] == [1, 0, 0]
    for category, counted in (("coding", [1, 1, 0]), ("maths", [1, 0, 1]), ("", [1, 0, 0])):
        actions.correct_labels(battle_id=vote.battle_id, category=category, language="en")
        caught_up()
        assert [Board.objects.get(slug=slug).votes for slug in ("overall", "coding", "maths")] == counted
    assert not [board for board in Board.objects.all() if projector.rebuild(board.pk).differences]


def test_the_same_correction_again_changes_nothing(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    first = actions.correct_labels(battle_id=vote.battle_id, category="maths", language="en")
    assert actions.correct_labels(battle_id=vote.battle_id, category="maths", language="en") == first
    assert (Correction.objects.count(), Pending.objects.count()) == (1, 1)
    actions.correct_labels(battle_id=vote.battle_id, category="maths", language="de")
    actions.correct_labels(battle_id=vote.battle_id, category="maths", language="en")
    assert Correction.objects.count() == 3


def test_only_a_battle_with_a_numbered_vote_is_corrected(arena: Arena, ada: Person) -> None:
    open_battle, vote = ada.open()["id"], voted(arena, ada)
    for battle in (open_battle, vote.battle_id, uuid.uuid4()):
        with pytest.raises(NotFound):
            actions.correct_labels(battle_id=battle, category="maths", language="en")
    assert not Correction.objects.exists()


# The operators' page


def test_only_staff_who_may_see_votes_see_them(arena: Arena, ada: Person) -> None:
    voted(arena, ada)
    for who in (visitor(), guest(), member("ben@example.org")):
        assert who.client.get(LIST).status_code in (302, 403)
    assert operator(email="no@example.org").client.get(LIST).status_code == 403
    assert operator("view_vote").client.get(LIST).status_code == 200


def test_the_list_tells_what_boards_count_and_nothing_of_the_voter_or_the_words(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    olga = operator("view_vote", "add_retraction", "add_correction")
    actions.correct_labels(battle_id=vote.battle_id, category="maths", language="cy")
    actions.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.AUTOMATED)
    pages = [olga.client.get(LIST).content.decode(), press(olga, "strike_fraud", vote).content.decode()]
    for page in pages:
        for hidden in (PROMPT, ANSWER, str(vote.battle.voter_id), vote.battle.voter.username, bytes(vote.commit_person).hex()):
            assert hidden not in page
    seq = Entry.objects.get(kind="vote", subject=vote.pk).seq
    for shown in (f">{seq}<", "maths", "cy", "operator", "Automated", " / "):
        assert shown in pages[0]


def test_the_list_tells_the_order_of_a_ranking(arena: Arena, ada: Person) -> None:
    Pool.objects.update(sides=4)
    battle = ada.post("battles", {"prompt_id": str(Prompt.objects.get().pk)}).json()["id"]
    arena.answer(battle)
    ballot = {"outcome": "ranking", "turn": 0, "attempt": 0, "ranks": {"a": 1, "b": 0, "c": 2, "d": 1}}
    assert ada.post(f"battles/{battle}/vote", ballot).status_code == 200
    vote = Vote.objects.get()
    olga = operator("view_vote", "add_retraction")
    for page in (olga.client.get(LIST), press(olga, "strike_fraud", vote)):
        assert "ranking: B &gt; A = D &gt; C" in page.content.decode()


def test_the_page_of_one_vote_leads_back_to_the_list(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    reply = operator("view_vote", "change_vote", "delete_vote").client.get(f"{LIST}{vote.pk}/change/")
    assert (reply.status_code, reply["Location"]) == (302, LIST)


@pytest.mark.parametrize("action", [*STRIKES, "correct"])
def test_nothing_is_changed_before_it_was_confirmed(action: str, arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    olga = operator("view_vote", "add_retraction", "add_correction")
    reply = press(olga, action, vote)
    assert reply.status_code == 200
    assert 'name="confirmed"' in reply.content.decode()
    assert str(vote.pk) in reply.content.decode()
    assert not Retraction.objects.exists()
    assert not Correction.objects.exists()


@pytest.mark.parametrize(("action", "reason"), STRIKES.items())
def test_a_confirmed_strike_strikes_the_chosen_votes_only(action: str, reason: str, arena: Arena, ada: Person, ben: Person) -> None:
    kept, *struck = voted(arena, ada), voted(arena, ada), voted(arena, ben, "tie")
    caught_up()
    olga = operator("view_vote", "add_retraction")
    for _ in range(2):  # pressed twice
        assert press(olga, action, *struck, confirmed="Strike").status_code == 302
    rows = {row.vote_id: row for row in Retraction.objects.all()}
    assert set(rows) == {vote.pk for vote in struck}
    assert {(row.reason, row.by.email) for row in rows.values() if row.by} == {(reason, "olga@example.org")}
    caught_up()
    assert Board.objects.get().votes == 1
    assert points.balances(kept.battle.voter_id).pending + points.balances(kept.battle.voter_id).available == 10


def test_a_confirmed_correction_is_stored_in_the_operators_name(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    olga = operator("view_vote", "add_correction")
    assert press(olga, "correct", vote, confirmed="Correct", category="maths", language="de").status_code == 302
    row = Correction.objects.get()
    assert (row.battle_id, row.category, row.language) == (vote.battle_id, "maths", "de")
    assert row.by
    assert row.by.email == "olga@example.org"


@pytest.mark.parametrize(
    ("category", "language"), [("two words", "en"), ("x" * 41, "en"), ("maths", "English"), ("<b>", ""), ("maths", "e")]
)
def test_labels_that_are_none_are_asked_for_again(category: str, language: str, arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    reply = press(operator("view_vote", "add_correction"), "correct", vote, confirmed="Correct", category=category, language=language)
    assert reply.status_code == 200
    assert "errorlist" in reply.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize("action", [*STRIKES, "correct"])
@pytest.mark.parametrize("rights", [(), ("view_vote",), ("view_vote", "change_vote", "delete_vote", "add_vote"), ("view_vote", "other")])
def test_who_may_not_amend_does_not(action: str, rights: tuple[str, ...], arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    other = "add_correction" if action in STRIKES else "add_retraction"
    who = operator(*[other if right == "other" else right for right in rights])
    press(who, action, vote, confirmed="yes", category="maths", language="en")
    assert not Retraction.objects.exists()
    assert not Correction.objects.exists()


def test_votes_without_a_number_are_left_and_told_of(arena: Arena, ada: Person) -> None:
    first = voted(arena, ada)
    caught_up()
    second = voted(arena, ada)
    olga = operator("view_vote", "add_retraction")
    press(olga, "strike_fraud", first, second, confirmed="Strike")
    assert Retraction.objects.get().vote == first
    page = olga.client.get(LIST).content.decode()
    assert "Done: 1." in page
    assert "Not numbered by the log yet: 1." in page


def test_too_many_at_once_are_refused(arena: Arena, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.battles.admin.AMENDED_AT_ONCE", 1)
    votes = [voted(arena, ada) for _ in range(2)]
    caught_up()
    olga = operator("view_vote", "add_retraction")
    assert press(olga, "strike_fraud", *votes).status_code == 302
    assert "at most 1" in olga.client.get(LIST).content.decode()


def test_votes_are_found_by_number_and_by_id(arena: Arena, ada: Person) -> None:
    one, two = voted(arena, ada), voted(arena, ada)
    caught_up()
    olga = operator("view_vote", "add_retraction")
    seq = Entry.objects.get(kind="vote", subject=two.pk).seq
    for term, wanted in (
        (str(seq), {two.pk}),
        (str(one.pk), {one.pk}),
        (str(two.battle_id), {two.pk}),
        ("x", set()),
        ("9" * 40, set()),
        ("", {one.pk, two.pk}),
    ):
        page = olga.client.get(LIST, {"q": term}).content.decode()
        assert {vote.pk for vote in (one, two) if str(vote.pk) in page} == wanted
    actions.retract_vote(vote_id=one.pk, reason=Retraction.Reason.FRAUD)
    for value, wanted in (("yes", {one.pk}), ("no", {two.pk})):
        page = olga.client.get(LIST, {"retracted": value}).content.decode()
        assert {vote.pk for vote in (one, two) if str(vote.pk) in page} == wanted


def test_the_list_asks_the_database_as_often_for_many_votes_as_for_one(
    arena: Arena, ada: Person, django_assert_max_num_queries: Any
) -> None:
    olga = operator("view_vote", "add_retraction")
    for _ in range(6):
        voted(arena, ada)
    caught_up()
    with django_assert_max_num_queries(16):
        assert olga.client.get(LIST).status_code == 200


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_one_vote_struck_at_once_by_many_is_struck_once(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    ledger.account(Kind.FORFEITED)
    rows = results([partial(actions.retract_vote, vote_id=vote.pk, reason=Retraction.Reason.FRAUD)] * 5)
    assert len({row.pk for row in rows}) == 1
    assert points.balance(ledger.account(Kind.FORFEITED)) == 10
    assert not points.unsound()


@pytest.mark.django_db(transaction=True)
def test_the_same_correction_at_once_is_one(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    caught_up()
    rows = results([partial(actions.correct_labels, battle_id=vote.battle_id, category="maths", language="en")] * 4)
    assert len({row.pk for row in rows}) == Correction.objects.count() == 1
