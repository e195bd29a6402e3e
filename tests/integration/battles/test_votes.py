"""Votes: one a battle, whoever sends how many of them; and what follows from one."""

import re
import uuid
from threading import Thread

import pytest
from django.core.management import call_command

from arena.battles import projector
from arena.battles.models import Vote
from arena.ledger import queries as ledger
from arena.ledger.models import Transfer
from arena.ratings.models import Board, Rating
from arena.votelog.models import Entry, Pending
from tests.cast import Arena, Person
from tests.integration.battles.stage import Stage, at_once, ended, played, shown, statuses, vote_of
from tests.integration.ledger.issuance import issued
from tests.processes import Story, eventually

OUTCOMES = ("a", "b", "tie", "both_bad")
WORDS = 190  # of a whole answer by the script "slow"


def test_a_vote_reveals_both_names_and_earns_points(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    reply = ada.vote(battle["id"])
    assert reply.status_code == 200
    vote = reply.json()["vote"]
    assert all(side["contender"]["name"].endswith("-7") for side in vote["sides"])
    assert vote["points"]["awarded"] == 10
    assert ada.get("me").json()["points"]["pending"] == 10


def test_a_vote_for_a_moves_a_up_and_b_down(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    sides = ada.vote(battle["id"]).json()["vote"]["sides"]
    projector.project()
    mu = {row.contender.slug: row.mu for row in Rating.objects.select_related("contender")}
    assert mu[sides[0]["contender"]["slug"]] > 25 > mu[sides[1]["contender"]["slug"]]


def test_a_vote_for_an_answer_that_names_itself_is_marked_and_not_rated(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    own = Stage.side(battle, "b").contender
    arena.answer(battle["id"], b=f"I am {own.name}, made by {own.vendor}.")
    vote = ada.vote(battle["id"]).json()["vote"]
    assert (vote["rated"], vote["unrated_reason"], vote["points"]["awarded"]) == (False, "names_itself", 0)
    assert [side["names_itself"] for side in vote["sides"]] == [False, True]
    projector.project()
    assert not Rating.objects.exists()


def test_an_unread_battle_cannot_be_judged_but_skipped(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    for outcome in OUTCOMES:
        refused = ada.vote(battle["id"], outcome)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-to-judge")
    assert ada.vote(battle["id"], "skip").status_code == 200
    assert issued() == 0


def test_a_strangers_battle_looks_like_none(arena: Arena, ada: Person, ben: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    none = uuid.uuid4()
    for path, body in (("vote", {"outcome": "a", "turn": 0, "attempt": 0}), ("stop", {}), ("attempts", {}), ("turns", {"prompt": "Hm"})):
        theirs, missing = ben.post(f"battles/{battle['id']}/{path}", body), ben.post(f"battles/{none}/{path}", body)
        assert theirs.status_code == missing.status_code == 404
        assert theirs.json() == missing.json()
    assert ben.get(f"battles/{battle['id']}").json() == ben.get(f"battles/{none}").json()
    assert not Vote.objects.exists()
    assert ada.vote(battle["id"]).status_code == 200


def test_many_equal_votes_at_once_over_two_processes_are_one_vote(stage: Stage) -> None:
    browser = stage.browser()
    battle = played(stage, browser)
    sides = [browser, stage.browser(stage.right, of=browser)]
    replies = at_once(lambda number: sides[number % 2].cast(battle["id"], "a"), range(32))
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1
    vote = vote_of(battle)
    assert Transfer.objects.get().key == f"award:{vote.pk}"
    assert Pending.objects.filter(kind="vote").count() == 1
    assert browser.get("/api/v1/me").json()["points"]["pending"] == 10


def test_of_many_different_votes_at_once_one_wins_and_the_rest_are_told(stage: Stage) -> None:
    browser = stage.browser()
    battle = played(stage, browser)
    sides = [browser, stage.browser(stage.right, of=browser)]
    replies = at_once(lambda number: sides[number % 2].cast(battle["id"], OUTCOMES[number // 2 % 4]), range(32))
    won = vote_of(battle).outcome
    assert {reply.json()["vote"]["outcome"] for reply in replies if reply.status_code == 200} == {won}
    lost = [reply for reply in replies if reply.status_code != 200]
    assert len(lost) == 24
    assert {(reply.status_code, reply.json()["type"]) for reply in lost} == {(409, "/problems/already-voted")}
    assert Transfer.objects.count() == 1


def test_voters_at_once_leave_no_gap_and_no_double_under_two_projectors(stage: Stage) -> None:
    for _ in range(2):
        stage.live.projector()
    voters = [stage.browser(web) for web in (stage.left, stage.right) * 8]
    battles = at_once(lambda voter: played(stage, voter), voters)
    rounds = list(zip(voters, battles, OUTCOMES * 4, strict=True))
    replies = at_once(lambda one: one[0].cast(one[1]["id"], one[2]), rounds)
    assert {reply.status_code for reply in replies} == {200}
    eventually(lambda: not Pending.objects.exists(), what="the numbering")
    seqs = list(Entry.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(len(seqs)))
    assert sorted(Entry.objects.filter(kind="vote").values_list("subject", flat=True)) == sorted(Vote.objects.values_list("pk", flat=True))
    board = eventually(lambda: Board.objects.filter(last_seq=seqs[-1]).first(), what="the fold")
    assert board.votes == Vote.objects.count() == 16
    assert board.draws == 8
    call_command("rebuild_board")
    assert not ledger.unsound()
    assert issued() == sum(Vote.objects.values_list("award", flat=True)) == 160


def test_the_numbers_after_the_vote_are_those_of_the_board(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    at_once = ada.vote(battle["id"], "b").json()["vote"]
    assert at_once["seq"] is None
    assert [side["after"] for side in at_once["sides"]] == [None, None]
    projector.project()
    vote = ada.get(f"battles/{battle['id']}").json()["vote"]
    assert vote["seq"] == Entry.objects.get(kind="vote").seq
    mu = [(float(side["before"]["mu"]), float(side["after"]["mu"])) for side in vote["sides"]]
    assert mu[0][0] > mu[0][1]
    assert mu[1][0] < mu[1][1]
    assert [side["before"] for side in vote["sides"]] == [side["before"] for side in at_once["sides"]]
    assert re.fullmatch("[0-9a-f]{64}", vote["receipt"]["commit"])


@pytest.mark.parametrize("outcome", ["a", "skip"])
def test_a_vote_while_answers_stream_stops_them_and_keeps_what_was_read(stage: Stage, outcome: str) -> None:
    stage.scripts("slow")
    browser = stage.browser()
    elsewhere = stage.browser(stage.right, of=browser)
    battle = browser.open()
    story, at = Story(), {}
    seen: dict[str, str] = {}
    known: dict[str, str] = {}

    def vote() -> None:
        at["reply"] = elsewhere.cast(battle["id"], outcome).status_code

    voting = Thread(target=vote)
    with browser.streaming(battle["stream"]["url"]) as arriving:
        for event in arriving:
            if at and not known:
                known = dict(story.text)
            story.add(event)
            if not seen and all(len(story.text.get(side, "")) > 300 for side in "ab"):
                seen = dict(story.text)
                voting.start()
    voting.join(10)
    assert at["reply"] == 200
    assert story.status == {"a": "stopped", "b": "stopped"}
    view = ended(browser, battle)
    assert statuses(view) == {"a": "stopped", "b": "stopped"}
    for side, text in shown(view).items():
        assert text == story.text[side]
        assert text.startswith(seen[side])
        words, at_reply = text.count("wörd"), known.get(side, text).count("wörd")
        assert words - at_reply < (WORDS - at_reply) / 2, "of what was left when the vote was acknowledged less than half was still written"
    assert vote_of(battle).rated == (outcome == "a")
