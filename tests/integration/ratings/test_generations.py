"""Boards as data: each counts what its filter admits, is folded from the beginning in the shadow, and is amended by facts."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Max
from procrastinate.contrib.django.models import ProcrastinateJob

from arena import clock
from arena.battles import actions as battles
from arena.battles import entries, projector
from arena.battles.models import Battle, Correction, Retraction, Vote
from arena.ratings import actions, queries
from arena.ratings.models import Board, Meeting, ParameterChange, Rating, Snapshot
from arena.ratings.skill import estimate_draw_probability
from arena.users.models import User
from arena.votelog import actions as numbering
from arena.votelog import queries as votelog
from tests.cast import Arena
from tests.integration.ratings.votes import bits, cast_many

SUBJECTS: tuple[dict[str, Any], ...] = (
    {"category": "code", "language": "en"},
    {"category": "maths", "language": "en"},
    {"category": "code", "language": "de"},
)


def project() -> None:
    while projector.project():
        pass


def cast_about(arena: Arena, each: int = 20) -> list[Vote]:
    return [vote for seed, about in enumerate(SUBJECTS) for vote in cast_many(arena, each, seed=seed, **about)]


@pytest.fixture
def long_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any log is too long for the projector to catch up with it by the way."""
    monkeypatch.setattr(actions, "_SHORT", 0)


def rated(votes: list[Vote]) -> int:
    return sum(vote.rated for vote in votes)


FILTERS: dict[str, tuple[dict[str, Any], Callable[[Vote], bool]]] = {
    "a category": ({"categories": ["code"]}, lambda vote: vote.battle.category == "code"),
    "a language": ({"languages": ["de"]}, lambda vote: vote.battle.language == "de"),
    "both": (
        {"categories": ["code"], "languages": ["en", "fr"]},
        lambda vote: vote.battle.category == "code" and vote.battle.language == "en",
    ),
    "a pool that nobody used": ({"pools": ["starter"]}, lambda vote: False),
    "no ties": ({"ties": False}, lambda vote: vote.outcome != "tie"),
    "no both bad": ({"both_bad": False}, lambda vote: vote.outcome != "both_bad"),
    "decisive ones": ({"ties": False, "both_bad": False}, lambda vote: vote.outcome in "ab"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_board_counts_what_it_admits_live_and_from_the_past_and_rebuilt(name: str, arena: Arena, long_log: None) -> None:
    chosen, admitted = FILTERS[name]
    past = cast_about(arena)
    project()
    board = actions.create_board(slug="some", title="Some", **chosen)
    assert projector.build(board.pk)
    board.refresh_from_db()
    assert board.votes == sum(vote.rated and admitted(vote) for vote in past)
    live = cast_about(arena, each=7)
    project()
    board.refresh_from_db()
    assert board.votes == sum(vote.rated and admitted(vote) for vote in past + live)
    assert board.last_seq == votelog.head()
    assert projector.rebuild(board.pk).differences == []


def test_a_board_folded_from_the_past_equals_one_that_was_there(arena: Arena, long_log: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_SHORT", 1000)
    early = actions.create_board(slug="early", title="Early", categories=["code"])
    cast_about(arena)
    project()
    monkeypatch.setattr(actions, "_SHORT", 0)
    monkeypatch.setattr("arena.ratings.skill.estimate_draw_probability", lambda draws, votes: 0.25)
    monkeypatch.setattr(projector, "STRETCH", 7)
    late = actions.create_board(slug="late", title="Late", categories=["code"])
    projector.build(late.pk)
    project()
    assert bits(late) == bits(early)


def test_times_bound_a_board(arena: Arena, long_log: None) -> None:
    start = clock.now() - timedelta(days=10)
    for day in range(6):
        with clock.frozen(start + timedelta(days=day)):
            cast_many(arena, 4, seed=day, outcomes=("a",))
    project()
    board = actions.create_board(slug="then", title="Then", since=start + timedelta(days=1), until=start + timedelta(days=4))
    projector.build(board.pk)
    board.refresh_from_db()
    assert board.votes == 12


def test_a_window_moves_on_every_night(arena: Arena, long_log: None) -> None:
    start = clock.now() - timedelta(days=4)
    for day in range(4):
        with clock.frozen(start + timedelta(days=day)):
            cast_many(arena, 5, seed=day, outcomes=("b",))
    project()
    board = actions.create_board(slug="lately", title="Lately", window_days=2)
    counts = []
    for day in (3, 4, 5):
        with clock.frozen(start + timedelta(days=day)):
            actions.want_windows()
            projector.build(board.pk)
            board.refresh_from_db()
            counts.append(board.votes)
            assert projector.rebuild(board.pk).differences == []
    assert counts == [15, 10, 5]


def test_a_board_in_the_making_says_how_far_it_has_come_and_shows_nothing_else(arena: Arena, long_log: None) -> None:
    cast_about(arena)
    project()
    board = actions.create_board(slug="new", title="New")
    told = json.loads(bytes(Snapshot.objects.get(board=board).body))
    assert (told["state"], told["progress"], told["votes"]) == ("building", 0.0, 0)
    actions.note_progress(board_id=board.pk, progress=0.5)
    assert json.loads(bytes(Snapshot.objects.get(board=board).body))["progress"] == 0.5
    projector.build(board.pk)
    told = json.loads(bytes(Snapshot.objects.get(board=board).body))
    assert (told["state"], told["progress"], told["seq"]) == ("live", 1.0, votelog.head())
    assert not projector.build(board.pk), "nothing is wanted any more"


def test_whoever_makes_a_board_sends_for_the_builder_once(arena: Arena, long_log: None) -> None:
    cast_about(arena, each=1)
    project()
    for slug in ("one", "two"):
        actions.create_board(slug=slug, title=slug)
    waiting = ProcrastinateJob.objects.filter(task_name="arena.battles.tasks.build_boards", status="todo")
    assert waiting.count() == 1


def test_votes_go_on_coming_while_a_board_is_made(arena: Arena, long_log: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cast_about(arena)
    project()
    whole, late = entries.items_between, iter([20, 10])

    def slow(board: Board, seq: int, last: int) -> list[object]:
        found: list[object] = list(whole(board, seq, last))
        for count in late:
            cast_many(arena, count, seed=90 + count, **SUBJECTS[0])
            project()
            break
        return found

    monkeypatch.setattr(entries, "items_between", slow)
    board = actions.create_board(slug="some", title="Some", categories=["code"])
    projector.build(board.pk)
    project()
    board.refresh_from_db()
    assert board.votes == Vote.objects.filter(rated=True, battle__category="code").count()
    assert projector.rebuild(board.pk).differences == []


def test_the_draw_probability_of_the_past_holds_from_the_beginning(arena: Arena, long_log: None) -> None:
    cast_many(arena, 150, seed=1, outcomes=("tie",))
    cast_many(arena, 150, seed=2, outcomes=("a", "b"))
    project()
    board = actions.create_board(slug="new", title="New")
    projector.build(board.pk)
    assert queries.parameters_at(board, -1).draw_probability == pytest.approx(0.44, abs=0.03)
    project()
    assert projector.rebuild(board.pk).differences == []


def test_the_draw_probability_is_that_of_two_who_meet_in_a_ballot_of_many_too(arena: Arena) -> None:
    """Level neighbours are draws, though the ballot as a whole is none."""
    ids = [contender.pk for contender in arena.contenders.values()]
    (other,) = cast_many(arena, 1, seed=4, outcomes=("skip",))
    facts = {field.attname: getattr(other, field.attname) for field in Vote._meta.fields if field.name not in ("id", "battle")}
    facts |= {"contenders": ids, "ranks": [0, 0, 1, 1], "outcome": "ranking", "rated": True, "unrated_reason": ""}
    battle = {
        "voter": other.battle.voter,
        "seed": 0,
        "candidates": ids,
        "standings_seq": -1,
        "policy": "t",
        "probability": 1,
        "publish": False,
    }
    for row in Battle.objects.bulk_create(Battle(**battle) for _ in range(120)):
        vote = Vote.objects.create(battle=row, **facts)
        numbering.submit(kind="vote", subject=vote.pk, commit=bytes(32))
    project()
    change = ParameterChange.objects.get(step=100)
    assert change.draw_probability == pytest.approx(estimate_draw_probability(240, 720))
    assert projector.rebuild(Board.objects.get().pk).differences == []


def test_a_struck_vote_is_as_if_it_had_never_been(arena: Arena) -> None:
    votes = cast_about(arena)
    project()
    overall = Board.objects.get()
    struck = [vote for vote in votes if vote.rated][3]
    battles.retract_vote(vote_id=struck.pk, reason=Retraction.Reason.FRAUD)
    project()
    overall.refresh_from_db()
    assert (overall.wanted, overall.votes) == (overall.generation + 1, rated(votes)), "the live board stays until the new one is there"
    assert projector.rebuild(overall.pk).differences == []
    before = overall.last_seq
    projector.build_all()
    overall.refresh_from_db()
    assert (overall.votes, overall.generation, overall.amended_seq) == (rated(votes) - 1, 2, votelog.head())
    assert overall.last_seq >= before
    assert sum(row.votes for row in Rating.objects.filter(board=overall)) == 2 * (rated(votes) - 1)
    assert projector.rebuild(overall.pk).differences == []
    more = cast_about(arena, each=3)
    project()
    overall.refresh_from_db()
    assert overall.votes == rated(votes) - 1 + rated(more)
    assert projector.rebuild(overall.pk).differences == []


def test_only_boards_that_count_a_struck_vote_are_folded_anew(arena: Arena) -> None:
    code = actions.create_board(slug="code", title="Code", categories=["code"])
    maths = actions.create_board(slug="maths", title="Maths", categories=["maths"])
    votes = cast_about(arena)
    project()
    struck = next(vote for vote in votes if vote.rated and vote.battle.category == "maths")
    battles.retract_vote(vote_id=struck.pk, reason=Retraction.Reason.FRAUD)
    project()
    wanted = {board.slug: board.wanted - board.generation for board in Board.objects.all()}
    assert wanted == {"overall": 1, "code": 0, "maths": 1}
    code.refresh_from_db()
    assert code.amended_seq == votelog.head(), "it has taken account of it by doing nothing"
    projector.build_all()
    maths.refresh_from_db()
    assert maths.votes == Vote.objects.filter(rated=True, battle__category="maths").count() - 1


def test_a_correction_moves_a_vote_from_one_board_to_another(arena: Arena) -> None:
    code = actions.create_board(slug="code", title="Code", categories=["code"])
    maths = actions.create_board(slug="maths", title="Maths", categories=["maths"])
    votes = cast_about(arena)
    project()
    moved = next(vote for vote in votes if vote.rated and vote.battle.category == "maths")
    for category in ("history", "code"):
        battles.correct_labels(battle_id=moved.battle_id, category=category, language="en")
    project()
    projector.build_all()
    for board, change in ((code, 1), (maths, -1)):
        board.refresh_from_db()
        counted = Vote.objects.filter(rated=True, battle__category=board.slug).count()
        assert board.votes == counted + change
        assert projector.rebuild(board.pk).differences == []
    assert Correction.objects.count() == 2


def test_an_amendment_that_comes_while_a_board_is_made_is_not_lost(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    votes = cast_about(arena)
    project()
    board = Board.objects.get()
    seen: list[int] = []
    whole = entries.newest_amendment

    def amended_behind() -> int:
        found = whole()
        if not seen:
            seen.append(found)
            battles.retract_vote(vote_id=next(vote for vote in votes if vote.rated).pk, reason=Retraction.Reason.MISTAKE)
            numbering.number(limit=10)
        return found

    actions.want_anew([board.pk])
    monkeypatch.setattr(entries, "newest_amendment", amended_behind)
    projector.build(board.pk)
    project()
    projector.build_all()
    board.refresh_from_db()
    assert board.votes == rated(votes) - 1
    assert projector.rebuild(board.pk).differences == []


def test_contenders_that_never_met_are_not_ranked_across(arena: Arena) -> None:
    cast_many(arena, 12, seed=1, names=("amber", "birch"))
    cast_many(arena, 5, seed=2, names=("cedar", "dune"))
    project()
    (document,) = queries.board_documents([Board.objects.get()]).values()
    placed = {(row["contender"]["slug"][:5], row["group"]): row["rank"] for row in document["rows"]}
    assert document["groups"] == 2
    assert dict(placed.keys()) == {"amber": 1, "birch": 1, "cedar": 2, "dune-": 2}
    assert sorted(placed.values()) == [1, 1, 2, 2]
    cast_many(arena, 1, seed=3, names=("birch", "dune"), outcomes=("tie",))
    project()
    (document,) = queries.board_documents([Board.objects.get()]).values()
    assert document["groups"] == 1
    assert sorted(row["rank"] for row in document["rows"]) == [1, 2, 3, 4]
    assert projector.rebuild(Board.objects.get().pk).differences == []


def test_who_met_whom_is_counted(arena: Arena) -> None:
    votes = cast_many(arena, 60, seed=5)
    project()
    total = Meeting.objects.aggregate(last=Max("pk"))
    assert total["last"] is not None
    met = sum(row.wins_low + row.wins_high + row.ties + row.both_bad for row in Meeting.objects.all())
    assert met == rated(votes)
    for row in Meeting.objects.all():
        mine = [vote for vote in votes if set(vote.contenders) == {row.low_id, row.high_id}]
        won = sum(vote.outcome in "ab" and vote.contenders["ab".index(vote.outcome)] == row.low_id for vote in mine)
        assert (row.wins_low, row.both_bad) == (won, sum(vote.outcome == "both_bad" for vote in mine))


def test_nobody_is_named_by_an_amendment(arena: Arena) -> None:
    """A fact of the log says which vote, not whose."""
    vote = next(vote for vote in cast_about(arena, each=3) if vote.rated)
    project()
    operator = User.objects.first()
    battles.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.FRAUD, by=operator)
    assert Retraction.objects.get().by == operator
    assert Retraction.objects.get() == battles.retract_vote(vote_id=vote.pk, reason=Retraction.Reason.MISTAKE), "once struck, it is struck"
