"""What is published of a board, and how a board that was tampered with is found and mended."""

import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from arena import clock
from arena.battles import projector
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.ratings import actions, queries
from arena.ratings.models import Board, Rating, Snapshot
from tests.cast import Arena
from tests.integration.ratings.votes import bits, cast_many


@pytest.fixture
def board(arena: Arena, settings: Settings) -> Board:
    """A board of some votes, published."""
    settings.BOARD_TICK_SECONDS = 0
    cast_many(arena, 40, seed=20)
    projector.project()
    return Board.objects.get()


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("rebuild_board", *words, stdout=out)
    return out.getvalue()


def change(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


TAMPERINGS = {
    "a nudged skill": "UPDATE ratings_rating SET mu = mu + 1e-12 WHERE id = (SELECT min(id) FROM ratings_rating)",
    "a wider sigma": "UPDATE ratings_rating SET sigma = sigma * 2 WHERE id = (SELECT max(id) FROM ratings_rating)",
    "a win more": "UPDATE ratings_rating SET wins = wins + 1 WHERE id = (SELECT min(id) FROM ratings_rating)",
    "a row less": "DELETE FROM ratings_rating WHERE id = (SELECT min(id) FROM ratings_rating)",
    "votes that were not": "UPDATE ratings_board SET votes = votes + 1000",
    "draws that were not": "UPDATE ratings_board SET draws = draws + 1",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_tampered_board_is_found_and_mended_and_published(tampering: str, board: Board) -> None:
    honest, published = bits(board), bytes(Snapshot.objects.get().body)
    change(TAMPERINGS[tampering])
    actions.publish(board_ids=[board.pk])
    with pytest.raises(CommandError, match="--write"):
        run()
    assert "1 differences" in run("overall", "--write")
    assert bits(board) == honest
    assert "no differences" in run()
    assert json.loads(bytes(Snapshot.objects.get().body))["rows"] == json.loads(published)["rows"]


def test_a_row_that_no_vote_explains_goes(arena: Arena, board: Board) -> None:
    newcomer = contenders.register(slug="elm-7", name="Elm-7", vendor="Elm Labs")
    Rating.objects.create(board=board, contender=newcomer, mu=99.0, sigma=0.1, votes=5000)
    with pytest.raises(CommandError):
        run()
    run("--write")
    assert not Rating.objects.filter(contender=newcomer).exists()
    assert "no differences" in run()


def test_an_honest_board_has_no_differences(board: Board) -> None:
    assert run().startswith(f"overall: {board.votes} votes up to seq {board.last_seq}; no differences")


def test_an_unknown_board_is_told_with_those_that_are_known(board: Board) -> None:
    with pytest.raises(CommandError, match="overall"):
        run("nowhere")


def test_the_best_stand_first_with_numbers_as_fixed_strings(board: Board, settings: Settings) -> None:
    settings.PRELIMINARY_VOTES = 20
    document = queries.board_documents([board])[board.pk]
    rows = document["rows"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert [float(row["mu"]) for row in rows] == sorted((float(row["mu"]) for row in rows), reverse=True)
    ratings = {row.contender.slug: row for row in Rating.objects.select_related("contender")}
    for row in rows:
        live = ratings[row["contender"]["slug"]]
        assert row["mu"] == f"{live.mu:.9f}"
        assert row["preliminary"] == (live.votes < 20) == (row["tier"] is None)
        assert {name: row[name] for name in ("wins", "losses", "ties", "both_bad")} == {
            name: getattr(live, name) for name in ("wins", "losses", "ties", "both_bad")
        }
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
    assert (document["seq"], document["votes"], document["parameters"]["tau"]) == (board.last_seq, board.votes, "0.000000000")


def test_who_is_not_public_is_not_shown(arena: Arena, board: Board) -> None:
    states = {"amber": State.DRAFT, "birch": State.PRIVATE_TEST, "cedar": State.RETIRED}
    for name, state in states.items():
        Contender.objects.filter(pk=arena.contenders[name].pk).update(state=state)
    contenders.register(slug="elm-7", name="Elm-7", vendor="Elm Labs", state=State.PRELIMINARY)
    contenders.register(slug="fir-7", name="Fir-7", vendor="Fir Labs", state=State.PRIVATE_TEST)
    shown = {row["contender"]["slug"]: row for row in queries.board_documents([board])[board.pk]["rows"]}
    assert set(shown) == {"cedar-7", "dune-7", "elm-7"}
    assert (shown["elm-7"]["votes"], shown["elm-7"]["mu"], shown["elm-7"]["preliminary"]) == (0, "25.000000000", True)
    assert shown["cedar-7"]["contender"]["state"] == "retired"


def test_what_is_published_is_the_document_with_its_hash(board: Board) -> None:
    snapshot = Snapshot.objects.get()
    body = bytes(snapshot.body)
    assert json.loads(body) == queries.board_documents([board])[board.pk]
    assert snapshot.etag == hashlib.sha256(body).hexdigest()[:32]
    assert snapshot.seq == board.last_seq


def test_a_contender_retired_or_renamed_changes_the_board_without_a_vote_and_a_hidden_one_does_not(board: Board) -> None:
    row = Contender.objects.get(slug="amber-7")

    def shown() -> tuple[str, str]:
        rows = json.loads(bytes(Snapshot.objects.get().body))["rows"]
        return next((row["contender"]["state"], row["contender"]["name"]) for row in rows if row["contender"]["slug"] == "amber-7")

    assert shown() == ("listed", "Amber-7")
    contenders.change_state(contender=row, state=State.RETIRED, reason="too old")
    projector.project()
    assert shown() == ("retired", "Amber-7")
    Contender.objects.update(name="Amber-7b")
    projector.project()
    assert shown() == ("retired", "Amber-7b")
    published = Snapshot.objects.get()
    assert published.seq == board.last_seq
    projector.project()
    assert Snapshot.objects.get().at == published.at, "nothing changed, nothing is published"
    contenders.register(slug="secret-1", name="Secret", vendor="S", state=State.PRIVATE_TEST)
    Contender.objects.filter(slug="secret-1").update(name="Another secret")
    projector.project()
    assert Snapshot.objects.get().at == published.at, "what is hidden shows in no frame"


def test_a_busy_board_is_published_once_a_tick_and_a_rested_one_at_once(arena: Arena, settings: Settings) -> None:
    settings.BOARD_TICK_SECONDS = 10
    start = clock.now() + timedelta(hours=1)

    def vote_at(second: int) -> int:
        with clock.frozen(start + timedelta(seconds=second)):
            cast_many(arena, 1, seed=second, outcomes=("a",))
            projector.project()
            return Snapshot.objects.get().seq

    def tick_at(second: int) -> int:
        with clock.frozen(start + timedelta(seconds=second)):
            projector.project()
            return Snapshot.objects.get().seq

    assert [vote_at(0), vote_at(1), vote_at(9)] == [1, 1, 1]
    assert tick_at(10) == 3
    assert tick_at(30) == 3
    assert vote_at(31) == 4


def test_a_board_is_made_once_with_its_first_parameters(arena: Arena) -> None:
    again = actions.create_board(slug="overall", title="Another title")
    assert again.title == "Overall"
    assert again.parameter_changes.count() == 1
    other = actions.create_board(slug="code", title="Code")
    projector.project()
    assert {board.last_seq for board in Board.objects.all()} == {1}
    assert queries.parameters_at(other, 0) == queries.FRESH
    assert queries.parameters_at(other, 1).draw_probability == 0.25
