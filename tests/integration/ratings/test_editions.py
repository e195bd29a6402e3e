"""Editions: one a day, for ever the same, checked by their SHA-256."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.battles import projector
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.ratings import editions, tasks
from arena.ratings.models import Board, Edition
from tests.cast import Arena
from tests.integration.http import contract
from tests.integration.http.threads import results
from tests.integration.ratings.votes import cast_many

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
DAY = "snapshots/2025-11-20"


def vote(arena: Arena, seed: int) -> None:
    cast_many(arena, 20, seed=seed)
    projector.project()


@pytest.fixture
def arena(db: None) -> Arena:
    """Seeded before any of the votes."""
    with clock.frozen(NOON - timedelta(hours=1)):
        return Arena.seeded()


@pytest.fixture
def kept(arena: Arena) -> Arena:
    """An arena with an edition of the 20th."""
    with clock.frozen(NOON):
        vote(arena, 1)
        assert editions.keep_edition()
    return arena


def read(path: str, status: int = 200, **headers: str) -> Any:
    reply = Client().get(f"/api/v1/{path}", headers=headers)
    assert reply.status_code == status, (path, reply.content)
    if status != 304:
        contract.check("GET", f"/api/v1/{path}", status, reply["Content-Type"], reply.content)
    return reply


def test_every_file_is_what_the_manifest_says(kept: Arena) -> None:
    manifest = read(DAY)
    assert hashlib.sha256(manifest.content).hexdigest() == read("snapshots").json()["results"][0]["manifest_sha256"]
    told = manifest.json()
    assert {file["name"] for file in told["files"]} == {
        "board-overall.csv",
        "board-overall.json",
        "contenders.csv",
        "contenders.json",
        "head-to-head-overall.csv",
    }
    sums = []
    for file in told["files"]:
        reply = read(f"{DAY}/{file['name']}")
        digest = hashlib.sha256(reply.content).hexdigest()
        assert (file["sha256"], file["size"], file["type"]) == (digest, len(reply.content), reply["Content-Type"])
        assert reply["ETag"] == f'"{digest}"'
        assert reply["Cache-Control"] == "public, max-age=31536000, immutable"
        sums.append(f"{digest}  {file['name']}\n")
    assert read(f"{DAY}/SHA256SUMS").content.decode() == "".join(sums)
    assert read(f"{DAY}/manifest.json").content == manifest.content


def test_an_edition_stays_as_it_was_whatever_happens(kept: Arena) -> None:
    paths = [DAY, *(f"{DAY}/{file['name']}" for file in read(DAY).json()["files"])]
    before = [read(path).content for path in paths]
    with clock.frozen(NOON + timedelta(hours=3)):
        vote(kept, 2)
        contenders.change_state(contender=kept.contenders["amber"], state=State.RETIRED, reason="gone")
        assert not editions.keep_edition()
    with clock.frozen(NOON + timedelta(days=1)):
        assert editions.keep_edition()
    assert [read(path).content for path in paths] == before
    assert [row["date"] for row in read("snapshots").json()["results"]] == ["2025-11-21", "2025-11-20"]
    assert read("snapshots/2025-11-21").json()["meta"]["seq"] > json.loads(before[0])["meta"]["seq"]


def test_all_files_tell_of_the_same_votes(kept: Arena) -> None:
    board = read(f"{DAY}/board-overall.json").json()
    pairs = list(csv.DictReader(io.StringIO(read(f"{DAY}/head-to-head-overall.csv").content.decode())))
    assert sum(int(pair["votes"]) for pair in pairs) == board["votes"] == Board.objects.get().votes
    assert {int(pair["seq"]) for pair in pairs} == {board["seq"]} == {read(DAY).json()["meta"]["seq"]}
    assert f"edition of 2025-11-20, log entry {board['seq']}," in read(DAY).json()["meta"]["citation"]


def test_the_database_itself_refuses_to_change_one(kept: Arena) -> None:
    for table in ("ratings_edition", "ratings_editionfile"):
        for sql in (f"UPDATE {table} SET sha256 = ''", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


def test_an_arena_without_votes_keeps_none(arena: Arena) -> None:
    tasks.keep_edition(0)
    assert not Edition.objects.exists()


def test_what_is_not_public_is_in_no_file(arena: Arena) -> None:
    contenders.register(slug="secret-9", name="Quokka-9", vendor="Secret Labs", state=State.PRIVATE_TEST)
    with clock.frozen(NOON):
        vote(arena, 1)
        Contender.objects.filter(slug="birch-7").update(state=State.DRAFT)
        assert editions.keep_edition()
    for file in [*read(DAY).json()["files"], {"name": "manifest.json"}]:
        told = read(f"{DAY}/{file['name']}").content
        assert not [word for word in (b"ecret", b"uokka", b"irch") if word in told], file


@pytest.mark.parametrize(
    "path", ["snapshots/2025-11-19", "snapshots/2025-13-40", "snapshots/today", f"{DAY}/none.json", f"{DAY}/%00", f"{DAY}/.."]
)
def test_what_is_not_there_is_not_found(kept: Arena, path: str) -> None:
    assert Client().get(f"/api/v1/{path}").status_code == 404


def test_whoever_has_a_file_is_told_so(kept: Arena) -> None:
    first = read(f"{DAY}/board-overall.json")
    assert read(f"{DAY}/board-overall.json", 304, **{"if-none-match": first["ETag"]}).content == b""


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_keep_one_edition(transactional_db: None, settings: Settings) -> None:
    vote(Arena.seeded(), 1)
    assert sorted(results([editions.keep_edition] * 4)) == [False, False, False, True]
    assert Edition.objects.count() == 1
