"""The board is a fold over the log: the same bits however it is cut, and whenever it is made again."""

import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from arena.battles import entries, projector
from arena.battles.models import Battle, Vote
from arena.ratings import actions, skill
from arena.ratings import queries as ratings
from arena.ratings.models import Board, Meeting, ParameterChange, Rating
from arena.votelog import actions as votelog_actions
from arena.votelog import queries as votelog
from arena.votelog.models import Entry
from tests.cast import Arena
from tests.integration.ratings.votes import bits, cast_many


@pytest.fixture
def board(arena: Arena) -> Board:
    return Board.objects.get()


def project() -> None:
    while projector.project():
        pass


def forget(board: Board) -> None:
    """Take the board back to before the first log entry."""
    Rating.objects.filter(board=board).delete()
    Meeting.objects.filter(board=board).delete()
    Board.objects.filter(pk=board.pk).update(last_seq=-1, votes=0, draws=0)


def test_any_cut_into_batches_gives_the_same_bits(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    cast_many(arena, 130, seed=1)
    project()
    once = bits(board)
    assert len(once) == 4
    for size in (1, 7, 64, 100):
        forget(board)
        assert bits(board) == {}
        monkeypatch.setattr(projector, "BATCH", size)
        project()
        assert bits(board) == once, size


def test_a_vote_of_the_future_cannot_be_folded_in_now(arena: Arena, board: Board) -> None:
    cast_many(arena, 3, seed=1)
    project()
    before = bits(board)
    items = entries.items_after(0, 10)
    assert not actions.fold(after=0, items=items)
    assert not actions.fold(after=votelog.head(), items=[])
    assert bits(board) == before


def test_the_draw_probability_is_estimated_at_recorded_steps(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "BATCH", 90)
    cast_many(arena, 480, seed=2)
    project()
    changes = list(ParameterChange.objects.order_by("step"))
    assert [change.step for change in changes] == [0, 100, 200, 400]
    assert changes[0].draw_probability == skill.DRAW_PRIOR
    drawn = Vote.objects.filter(outcome__in=["tie", "both_bad"]).count() / Vote.objects.filter(rated=True).count()
    assert changes[-1].draw_probability == pytest.approx(drawn, abs=0.06)
    for change in changes[1:]:
        seq = Entry.objects.get(kind="policy", subject=change.pk).seq
        assert ratings.parameters_at(board, seq).draw_probability == change.draw_probability
        assert ratings.parameters_at(board, seq - 1).draw_probability != change.draw_probability
    project()
    assert ParameterChange.objects.count() == 4


def test_a_rebuild_reads_the_parameters_and_never_estimates(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """P4, after enough votes for three estimates, which came late: between two batches."""
    monkeypatch.setattr(projector, "BATCH", 90)
    cast_many(arena, 480, seed=3)
    project()

    def never(*args: object) -> float:
        raise AssertionError("estimated again")

    monkeypatch.setattr(skill, "estimate_draw_probability", never)
    for size in (1000, 17):
        monkeypatch.setattr(entries, "_CHUNK", size)
        result = projector.rebuild(board.pk)
        assert result.differences == []
        assert (result.votes, result.seq) == (Vote.objects.filter(rated=True).count(), votelog.head())


def test_without_the_recorded_parameters_the_rebuild_would_differ(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would see nothing."""
    cast_many(arena, 150, seed=4)
    project()
    cast_many(arena, 50, seed=5)
    project()
    whole = entries.items_between

    def forgetful(board: Board, seq: int, last: int) -> list[object]:
        return [item if isinstance(item.what, skill.Ballot) else type(item)(item.seq, None) for item in whole(board, seq, last)]

    monkeypatch.setattr(entries, "items_between", forgetful)
    assert projector.rebuild(board.pk).differences


def test_a_rebuild_holds_the_live_board_only_in_the_end(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is folded into the live board while the log is read again belongs to both."""
    cast_many(arena, 40, seed=12)
    project()
    whole, late = entries.items_between, iter([30])

    def slow(board: Board, seq: int, last: int) -> list[object]:
        found: list[object] = list(whole(board, seq, last))
        for count in late:
            cast_many(arena, count, seed=13)
            project()
        return found

    monkeypatch.setattr(entries, "items_between", slow)
    result = projector.rebuild(board.pk)
    assert result.differences == []
    assert (result.votes, result.seq) == (Vote.objects.filter(rated=True).count(), votelog.head())


@pytest.mark.parametrize("way", ["rebuild", "replace", "build"])
def test_making_a_board_anew_may_take_long_between_two_statements(
    arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Hundreds of contenders have a hundred thousand pairs; the bound of every connection would end it there."""
    cast_many(arena, 10, seed=14)
    project()
    Rating.objects.filter(board=board).update(mu=1.0)
    whole = actions.expected

    def slow(*about: Any) -> Any:
        time.sleep(0.5)
        return whole(*about)

    monkeypatch.setattr(actions, "expected", slow)
    actions.want_anew([board.pk])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
    assert projector.build(board.pk) if way == "build" else projector.rebuild(board.pk, write=way == "replace").differences


def test_a_vote_between_more_than_two_is_folded_and_rebuilt(arena: Arena, board: Board) -> None:
    ids = [contender.pk for contender in arena.contenders.values()]
    other = cast_many(arena, 1, seed=14, outcomes=("skip",))[0]
    facts = {field.attname: getattr(other, field.attname) for field in Vote._meta.fields if field.name not in ("id", "battle")}
    whole = {"contenders": ids[:3], "ranks": [2, 0, 1], "outcome": "a", "rated": True, "unrated_reason": ""}
    battle = Battle.objects.create(
        voter=other.battle.voter, seed=0, candidates=ids, standings_seq=-1, policy="t", probability=1, publish=False
    )
    vote = Vote.objects.create(battle=battle, **facts | whole)
    votelog_actions.submit(kind="vote", subject=vote.pk, commit=bytes(32))
    project()
    mu = {row.contender_id: row.mu for row in Rating.objects.all()}
    assert mu[ids[1]] > mu[ids[2]] > mu[ids[0]]
    assert projector.rebuild(board.pk).differences == []


def test_counts_are_those_of_the_votes(arena: Arena, board: Board) -> None:
    votes = cast_many(arena, 60, seed=6)
    project()
    wanted: Counter[tuple[int, str]] = Counter()
    for vote in votes:
        for side, contender in enumerate(vote.contenders):
            if vote.outcome == "skip":
                continue
            wanted[contender, "votes"] += 1
            match vote.outcome:
                case "tie":
                    wanted[contender, "ties"] += 1
                case "both_bad":
                    wanted[contender, "both_bad"] += 1
                case winner:
                    wanted[contender, "wins" if "ab"[side] == winner else "losses"] += 1
    for row in Rating.objects.all():
        for name in ("votes", "wins", "losses", "ties", "both_bad"):
            assert getattr(row, name) == wanted[row.contender_id, name]
        assert row.votes == row.wins + row.losses + row.ties + row.both_bad
    board.refresh_from_db()
    assert board.votes == sum(vote.rated for vote in votes)
    assert board.draws == sum(vote.outcome in ("tie", "both_bad") for vote in votes)


def test_a_skip_moves_nobody(arena: Arena, board: Board) -> None:
    cast_many(arena, 5, seed=7, outcomes=("skip",))
    project()
    board.refresh_from_db()
    assert (bits(board), board.votes, board.last_seq) == ({}, 0, votelog.head())


def test_a_tie_moves_the_weaker_contender_up(arena: Arena, board: Board) -> None:
    cast_many(arena, 40, seed=8, outcomes=("a",))
    project()
    before = {row.contender_id: row.mu for row in Rating.objects.all()}
    vote = cast_many(arena, 1, seed=9, outcomes=("tie",))[0]
    project()
    weak, strong = sorted(vote.contenders, key=before.__getitem__)
    after = {row.contender_id: row.mu for row in Rating.objects.all()}
    assert after[weak] > before[weak]
    assert after[strong] < before[strong]


def test_a_crash_between_folding_and_the_cursor_moves_neither(arena: Arena, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    cast_many(arena, 10, seed=10)
    with monkeypatch.context() as patch:
        patch.setattr("arena.ratings.actions._estimate", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            project()
    board.refresh_from_db()
    assert (bits(board), board.votes) == ({}, 0)
    project()
    assert projector.rebuild(board.pk).differences == []
    assert len(bits(board)) == 4


def test_many_projectors_at_once_fold_each_vote_once(transactional_db: None) -> None:
    from tests.integration.http.threads import results

    arena = Arena.seeded()
    votes = cast_many(arena, 120, seed=11)
    results([project] * 4)
    project()
    board = Board.objects.get()
    assert board.votes == sum(vote.rated for vote in votes)
    assert projector.rebuild(board.pk).differences == []


def test_a_floats_last_bit_survives_the_database(arena: Arena, board: Board) -> None:
    contender = next(iter(arena.contenders.values()))
    mu, sigma = float.fromhex("0x1.921fb54442d19p+4"), float.fromhex("0x1.0000000000001p-3")
    Rating.objects.create(board=board, contender=contender, mu=mu, sigma=sigma)
    with connection.cursor() as cursor:
        cursor.execute("SELECT mu, sigma FROM ratings_rating")
        assert cursor.fetchone() == (mu, sigma)
