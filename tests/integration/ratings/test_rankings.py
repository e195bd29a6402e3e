"""The rankings as programs read them: at a moment, as tables, one contender, who beat whom."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.battles import projector
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.ratings import actions
from arena.ratings.models import Board, Snapshot
from tests.cast import Arena
from tests.integration.http import contract
from tests.integration.ratings.votes import cast_many

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def arena(db: None) -> Arena:
    """Seeded before any of the votes."""
    with clock.frozen(NOON - timedelta(hours=1)):
        return Arena.seeded()


@pytest.fixture
def board(arena: Arena, settings: Settings) -> Board:
    """Two kept states of a board, of the 20th and the 22nd, and a newer one that is only published."""
    settings.BOARD_TICK_SECONDS = 0
    for days in (0, 2, 4):
        with clock.frozen(NOON + timedelta(days=days)):
            cast_many(arena, 20, seed=days)
            projector.project()
            if days < 4:
                assert actions.archive(board=Board.objects.get())
    return Board.objects.get()


def read(path: str, status: int = 200, **headers: str) -> Any:
    """A reply, which must be what the schema promises."""
    reply = Client().get(f"/api/v1/{path}", headers=headers)
    assert reply.status_code == status, (path, reply.content)
    if status != 304:
        contract.check("GET", f"/api/v1/{path}".partition("?")[0], status, reply["Content-Type"], reply.content)
    return reply


def rows_of(reply: Any) -> list[dict[str, str]]:
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(reply.content.decode())))


@pytest.mark.parametrize(
    ("at", "which"),
    [
        ("2025-11-20", 0),
        ("2025-11-21", 0),
        ("2025-11-22", 1),
        ("2025-11-20T12:00:00Z", 0),
        ("2025-11-22T13:59:00%2B02:00", 0),
        ("2025-11-22T14:00:00%2B02:00", 1),
        ("2025-11-22T11:59:59", 0),
    ],
)
def test_a_board_is_told_as_it_was_at_a_moment_or_at_the_end_of_a_day(board: Board, at: str, which: int) -> None:
    kept = list(board.archive.order_by("seq"))
    assert len({state.votes for state in kept}) == 2
    told = read(f"boards/overall?at={at}").json()
    assert (told["seq"], told["votes"], told["meta"]["seq"]) == (kept[which].seq, kept[which].votes, kept[which].seq)


def test_what_is_told_of_a_moment_is_what_was_published_then(board: Board) -> None:
    kept = board.archive.order_by("seq").last()
    assert kept is not None
    assert read("boards/overall?at=2025-11-23").json() == read(f"boards/overall/history/{kept.seq}").json()


def test_of_now_and_later_the_published_state_is_told(board: Board) -> None:
    assert read("boards/overall?at=2999-01-01").content == bytes(Snapshot.objects.get().body)


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-13-01", "2025-11-28T25:00", "0001-01-01T00:00:00%2B23:00", "%00", "2025-11-28 10:00 CET"]
)
def test_a_moment_that_is_none_is_refused(board: Board, at: str) -> None:
    assert read(f"boards/overall?at={at}", 400).json()["type"] == "/problems/invalid-input"


def test_before_the_first_kept_state_there_is_nothing(board: Board) -> None:
    read("boards/overall?at=2025-11-19", 404)
    read("boards/nowhere?at=2025-11-22", 404)


@pytest.mark.parametrize("query", ["fromat=csv", "format=xml", "format=csv&format=json", "at=2025-11-22&until=1"])
def test_a_misspelt_question_is_refused(board: Board, query: str) -> None:
    read(f"boards/overall?{query}", 400)


def test_a_table_says_what_the_document_says(board: Board) -> None:
    document = read("boards/overall?at=2025-11-22").json()
    reply = read("boards/overall?at=2025-11-22&format=csv", accept="text/csv")
    table = rows_of(reply)
    assert [(row["slug"], row["mu"], int(row["rank"]), int(row["votes"])) for row in table] == [
        (row["contender"]["slug"], row["mu"], row["rank"], row["votes"]) for row in document["rows"]
    ]
    assert {(row["board"], int(row["seq"]), row["as_of"]) for row in table} == {("overall", document["seq"], document["meta"]["as_of"])}
    assert reply["Content-Disposition"] == f'attachment; filename="overall-seq-{document["seq"]}.csv"'


def test_no_name_becomes_a_formula_and_numbers_stay_numbers(board: Board) -> None:
    Contender.objects.filter(slug="amber-7").update(name='=cmd|"/c calc"!A1', vendor="@vendor, inc", licence="\tx")
    actions.publish(board_ids=[board.pk])
    row = next(row for row in rows_of(read("boards/overall?format=csv")) if row["slug"] == "amber-7")
    assert (row["name"], row["vendor"], row["licence"]) == ('\'=cmd|"/c calc"!A1', "'@vendor, inc", "'\tx")
    assert float(row["low"]) < float(row["mu"]) < float(row["high"])


def test_every_document_says_of_when_it_is_by_which_rules_and_on_which_terms(board: Board, settings: Settings) -> None:
    settings.PUBLIC_URL, settings.DATA_LICENCE = "https://arena.example", "CC0-1.0"
    actions.publish(board_ids=[board.pk])
    for path in ("boards/overall", "contenders", "contenders/amber-7", "contenders/amber-7/history", "head-to-head"):
        meta = (json.loads(bytes(Snapshot.objects.get().body)) if path == "boards/overall" else read(path).json())["meta"]
        assert (meta["licence"], set(meta["policies"])) == ("CC0-1.0", {"rating", "pairing", "reward"})
        assert meta["citation"].startswith("Evenhand: ")
        assert meta["citation"].endswith("https://arena.example")
        if path != "contenders":
            assert f"log entry {board.last_seq}," in meta["citation"]
            assert meta["seq"] == board.last_seq


def test_a_contender_stands_as_published_with_its_register(board: Board) -> None:
    told = read("contenders/amber-7").json()
    (standing,) = told["standings"]
    published = next(row for row in json.loads(bytes(Snapshot.objects.get().body))["rows"] if row["contender"]["slug"] == "amber-7")
    assert {**{name: value for name, value in standing.items() if name != "board"}, "contender": told["contender"]} == published
    assert standing["board"] == {"slug": "overall", "title": "Overall", "seq": board.last_seq}
    assert [event["kind"] for event in told["events"]] == ["added", "released"]


def test_the_system_prompt_of_a_public_contender_is_disclosed(board: Board) -> None:
    Contender.objects.filter(slug="amber-7").update(system_prompt="Answer in one sentence.")
    assert read("contenders/amber-7").json()["system_prompt"] == "Answer in one sentence."


def test_a_contenders_past_is_its_place_in_every_kept_state(board: Board) -> None:
    past = read("contenders/amber-7/history?board=overall").json()
    kept = [next(place for place in state.places if place[0] == "amber-7") for state in board.archive.order_by("seq")]
    assert [[point[name] for name in ("rank", "mu", "low", "high")] for point in past["points"]] == [place[1:] for place in kept]
    assert [point["at"] for point in past["points"]] == [state.at.isoformat() for state in board.archive.order_by("seq")]
    assert [float(row["mu"]) for row in rows_of(read("contenders/amber-7/history?format=csv"))] == [float(place[2]) for place in kept]


def test_who_beat_whom_adds_up_to_the_boards_own_counts(board: Board) -> None:
    rows = {row["contender"]["slug"]: row for row in json.loads(bytes(Snapshot.objects.get().body))["rows"]}
    for slug, row in rows.items():
        pairs = read(f"head-to-head?contender={slug}").json()["results"]
        assert {pair["contender"] for pair in pairs} == {slug}
        for name in ("wins", "losses", "ties", "both_bad"):
            assert sum(pair[name] for pair in pairs) == row[name]
    every = read("head-to-head").json()["results"]
    assert len({frozenset((pair["contender"], pair["opponent"])) for pair in every}) == len(every) == 6
    assert sum(pair["votes"] for pair in every) == board.votes
    assert [pair["contender"] < pair["opponent"] for pair in every] == [True] * 6
    assert len(rows_of(read("head-to-head?format=csv"))) == 6


@pytest.mark.parametrize("state", [State.DRAFT, State.PRIVATE_TEST])
def test_a_contender_that_is_not_public_cannot_be_told_from_one_that_is_not_there(board: Board, arena: Arena, state: State) -> None:
    contenders.register(slug="secret-9", name="Quokka-9", vendor="Secret Labs", state=state)
    Contender.objects.filter(slug="birch-7").update(state=state)  # no move leads there; if one ever did, this holds
    actions.publish(board_ids=[board.pk])
    for slug in ("secret-9", "birch-7"):
        for path in ("contenders/{}", "contenders/{}/history", "head-to-head?contender={}"):
            assert read(path.format(slug), 404).content == read(path.format("nowhere"), 404).content
    for path in ("contenders", "contenders?format=csv", "contenders/amber-7", "head-to-head", "head-to-head?format=csv", "boards"):
        told = read(path).content
        assert not [word for word in (b"ecret", b"uokka", b"irch") if word in told], path


def test_whoever_has_it_already_is_told_so(board: Board) -> None:
    for path in ("boards/overall?at=2025-11-22", "boards/overall?format=csv", "contenders", "contenders/amber-7", "head-to-head"):
        first = read(path)
        again = read(path, 304, **{"if-none-match": first["ETag"]})
        assert (again.content, again["ETag"]) == (b"", first["ETag"])
