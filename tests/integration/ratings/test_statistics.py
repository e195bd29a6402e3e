"""A board's statistics and its kept past, as everybody reads them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from arena import clock
from arena.battles import projector, statistics
from arena.battles.models import Vote, VoteContext, VoteStyle
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.ratings import actions
from arena.ratings.models import Analysis, Archived, Board, Snapshot
from tests.cast import Arena
from tests.integration.http import contract
from tests.integration.ratings.votes import cast_many


@pytest.fixture
def board(arena: Arena, settings: Settings) -> Board:
    settings.BOARD_TICK_SECONDS = 0
    for seed in range(6):  # six voters
        cast_many(arena, 30, seed=seed, category="code" if seed % 2 else "maths")
    while projector.project():
        pass
    return Board.objects.get()


def read(client: Client, path: str, status: int = 200) -> dict[str, Any]:
    reply = client.get(f"/api/v1/boards/{path}")
    assert reply.status_code == status, reply.content
    contract.check("GET", f"/api/v1/boards/{path}", status, reply.headers.get("Content-Type", ""), reply.content)
    return dict(json.loads(reply.content))


def test_a_boards_statistics_are_made_and_read(board: Board, client: Client) -> None:
    read(client, "overall/analysis", 404)
    assert statistics.analyse_due() == 1
    told = read(client, "overall/analysis")
    rated = Vote.objects.filter(rated=True).count()
    assert (told["seq"], told["votes"], told["voters"]) == (board.last_seq, rated, 6)
    slugs = told["contenders"]
    assert slugs == ["amber-7", "birch-7", "cedar-7", "dune-7"]
    settled, checked = told["settled"], told["cross_check"]
    assert sorted(row["rank"] for row in settled["rows"]) == [1, 2, 3, 4]
    assert {row["slug"] for row in checked["rows"]} == set(slugs)
    counts = told["head_to_head"]
    met = sum(map(sum, counts["wins"])) + (sum(map(sum, counts["ties"])) + sum(map(sum, counts["both_bad"]))) // 2
    assert met == rated
    position = told["position"]
    assert position["first"] + position["second"] + position["ties"] + position["both_bad"] == rated
    assert {"code": "few_voters"} in told["notes"]
    assert told["style"] is None


def test_the_statistics_of_a_filtered_board_are_of_its_votes(board: Board, client: Client) -> None:
    other = actions.create_board(slug="code", title="Code", categories=["code"], both_bad=False)
    projector.build_all()
    while projector.project():
        pass
    statistics.analyse_board(other.pk)
    told = read(client, "code/analysis")
    wanted = Vote.objects.filter(rated=True, battle__category="code").exclude(outcome="both_bad").count()
    assert (told["votes"], told["voters"], told["position"]["both_bad"]) == (wanted, 3, 0)


def test_statistics_are_made_again_once_the_board_has_grown_and_not_before(arena: Arena, board: Board) -> None:
    made = clock.now()
    with clock.frozen(made):
        assert [statistics.analyse_due(), statistics.analyse_due()] == [1, 0]
    cast_many(arena, 3, seed=9)
    projector.project()
    with clock.frozen(made):  # however long the votes took
        assert statistics.analyse_due() == 0, "too soon"
    with clock.frozen(made + timedelta(hours=1)):
        assert [statistics.analyse_due(), statistics.analyse_due()] == [1, 0]
    actions.want_anew([board.pk])
    projector.build_all()
    assert statistics.analyse_due() == 1, "another generation"


def test_a_board_without_votes_has_statistics_that_say_so(arena: Arena, client: Client) -> None:
    projector.project()
    statistics.analyse_due()
    told = read(client, "overall/analysis")
    assert (told["votes"], told["settled"], told["cross_check"], told["robustness"]) == (0, None, None, None)
    assert told["notes"] == [{"code": "no_votes"}]


def test_what_answers_looked_like_is_read_where_it_is_known(arena: Arena, board: Board, client: Client) -> None:
    votes = list(Vote.objects.filter(rated=True))
    for number, vote in enumerate(votes):
        VoteStyle.objects.create(
            vote=vote, counts=[[100 + 7 * (number % 40), 1, 2, 3, 0], [300, number % 3, number % 5, number % 7, number % 2]]
        )
    statistics.analyse_board(board.pk)
    told = read(client, "overall/analysis")
    assert [row["name"] for row in told["style"]["covariates"]] == ["length", "headers", "lists", "bold", "code"]
    assert len(told["style"]["rows"]) == 4


def test_praise_and_blame_are_counted_by_contender(arena: Arena, board: Board, client: Client) -> None:
    vote = Vote.objects.filter(outcome="a").first()
    assert vote is not None
    VoteContext.objects.create(vote=vote, reasons={"a": ["correct", "clear"], "b": ["too_long"]})
    statistics.analyse_board(board.pk)
    first, second = (Contender.objects.get(pk=id).slug for id in vote.contenders)
    told = read(client, "overall/analysis")["reasons"]
    assert told == {
        first: {"praised": {"clear": 1, "correct": 1}, "blamed": {}},
        second: {"praised": {}, "blamed": {"too_long": 1}},
    }


def test_who_has_the_statistics_is_told_that_they_are_the_same(board: Board, client: Client) -> None:
    statistics.analyse_due()
    for path in ("overall/analysis", "overall/history"):
        known = client.get(f"/api/v1/boards/{path}").headers["ETag"]
        assert client.get(f"/api/v1/boards/{path}", headers={"If-None-Match": known}).status_code == 304
        assert client.get(f"/api/v1/boards/{path}", headers={"If-None-Match": '"old"'}).status_code == 200


def test_a_kept_state_is_read_for_ever_as_it_was(arena: Arena, board: Board, client: Client) -> None:
    assert [actions.archive_due(), actions.archive_due()] == [1, 0]
    published, kept = json.loads(bytes(Snapshot.objects.get().body)), Archived.objects.get()
    cast_many(arena, 20, seed=31)
    projector.project()
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert actions.archive_due() == 1
    told = read(client, f"overall/history/{kept.seq}")
    assert {name: value for name, value in told.items() if name != "at"} == published
    read(client, "overall/history/999999", 404)
    read(client, "none/history", 404)
    with pytest.raises(TypeError):
        kept.save()
    history = read(client, "overall/history")
    assert [point["seq"] for point in history["points"]] == [kept.seq, Snapshot.objects.get().seq]
    row = published["rows"][0]
    assert history["points"][0]["rows"][0] == [row["contender"]["slug"], row["rank"], row["mu"], row["low"], row["high"]]


def test_a_long_past_is_told_thinly_and_ends_now(board: Board, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.now()
    for seq in range(25):
        Archived.objects.create(board=board, seq=seq, votes=seq, body=b"", places=[], at=start + timedelta(days=seq))
    monkeypatch.setattr("arena.ratings.queries.MOST_POINTS", 10)
    seqs = [point["seq"] for point in read(client, "overall/history")["points"]]
    assert len(seqs) <= 10
    assert seqs[-1] == 24
    assert seqs == sorted(seqs)


def test_the_register_says_who_joined_was_renamed_and_retired(board: Board, client: Client) -> None:
    contenders.describe(contender=Contender.objects.get(slug="amber-7"), name="Amber-8")
    contenders.change_state(contender=Contender.objects.get(slug="birch-7"), state=State.RETIRED, reason="too old")
    contenders.register(slug="secret-1", name="Secret", vendor="S", state=State.PRIVATE_TEST)
    events = [(event["slug"], event["kind"]) for event in read(client, "overall/history")["events"]]
    assert ("amber-7", "renamed") in events
    assert ("birch-7", "retired") in events
    assert ("cedar-7", "added") in events
    assert not [slug for slug, _ in events if slug == "secret-1"]


def test_an_operator_adds_a_board_with_one_form(board: Board, admin_client: Client, client: Client) -> None:
    form = {
        "slug": "code-en",
        "title": "Code in English",
        "position": 1,
        "categories": "code",
        "languages": "",
        "pools": "",
        "ties": "on",
        "both_bad": "on",
    }
    assert admin_client.post(reverse("admin:ratings_board_add"), form).status_code == 302
    projector.build_all()
    while projector.project():
        pass
    made = Board.objects.get(slug="code-en")
    assert made.votes == Vote.objects.filter(rated=True, battle__category="code").count()
    boards = json.loads(client.get("/api/v1/boards").content)["results"]
    assert [(row["slug"], row["filter"]["categories"]) for row in boards] == [("overall", []), ("code-en", ["code"])]
    assert Analysis.objects.count() == 0
    change = admin_client.post(
        reverse("admin:ratings_board_change", args=[made.pk]), {"title": "Coding", "position": 2, "categories": "maths", "minimum_votes": 5}
    )
    assert change.status_code == 302
    made.refresh_from_db()
    assert (made.title, made.categories, made.minimum_votes) == ("Coding", ["code"], 5), "what it counts stays as it is"
    assert json.loads(bytes(Snapshot.objects.get(board=made).body))["title"] == "Coding"


def test_a_form_that_ends_before_it_begins_is_refused(board: Board, admin_client: Client) -> None:
    form = {
        "slug": "x",
        "title": "X",
        "position": 1,
        "since_0": "2026-02-01",
        "since_1": "00:00:00",
        "until_0": "2026-01-01",
        "until_1": "00:00:00",
    }
    reply = admin_client.post(reverse("admin:ratings_board_add"), form)
    assert reply.status_code == 200
    assert "end before it begins" in reply.content.decode()
    assert Board.objects.count() == 1
