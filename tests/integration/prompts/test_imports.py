"""Imports: looked at first, all or nothing, once however often, and one after the other."""

import hashlib
import random
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from arena.prompts import formats
from arena.prompts.models import PoolVersion, Prompt, VersionText
from tests.integration.http.threads import results
from tests.integration.prompts.stage import Operator, kind_of
from tests.unit.prompts.files import jsonl, row

WORDS = [f"{first}{last}" for first in "bcdfghklmn" for last in ("ana", "ero", "ilu", "omi", "uta", "eki", "ard")]


@pytest.fixture
def olga(db: None) -> Operator:
    olga = Operator()
    assert olga.create().status_code == 201
    return olga


def many(count: int = 10_000) -> list[dict[str, Any]]:
    rng = random.Random(11)
    return [row(f"p-{number:05}", text=" ".join(rng.choices(WORDS, k=12)).capitalize() + "?") for number in range(count)]


def test_of_ten_thousand_prompts_thirty_seven_are_bad_and_none_is_imported_until_they_are_mended(olga: Operator) -> None:
    good = many()
    lines: list[Any] = list(good)
    for place in range(37):
        lines[place * 270 + 11] = [{**good[place], "text": ""}, '{"id": ', row("x" * 121), row(f"q{place}", language="English")][place % 4]
    lines[11], lines[9_000] = good[11], good[0]  # one of them has an id that comes twice
    content = jsonl(*lines)
    told = olga.look(content)
    assert (told["rows"], told["bad"]) == (10_000, 37)
    assert sorted({one["line"] for one in told["problems"]}) == sorted([*(place * 270 + 12 for place in range(1, 37)), 9_001])
    assert {one["field"] for one in told["problems"]} == {"", "id", "text", "language"}
    reply = olga.send(content)
    assert kind_of(reply) == (400, "import-refused")
    assert reply.json()["detail"].startswith("Nothing was imported: 37 of 10,000 lines are not right. The first is line 282: ")
    assert not Prompt.objects.filter(pool__slug="mine").exists()
    assert not PoolVersion.objects.exists()
    assert (told := olga.look(jsonl(*good)))["bad"] == 0
    assert told["counts"] == {"added": 10_000, "changed": 0, "unchanged": 0, "left_out": 0, "put_away": 0}
    done = olga.send(jsonl(*good), after=0).json()
    assert (done["imported"], done["version"]["number"], done["version"]["count"]) == (True, 1, 10_000)


def test_a_preview_changes_nothing_and_tells_what_the_import_then_does(olga: Operator) -> None:
    olga.done(row("a"), row("b"), row("c"))
    content = jsonl(row("a"), row("b", text="What else?"), row("d"))
    for mode, gone in (("add", 0), ("replace", 1)):
        told = olga.look(content, mode=mode)
        assert told["counts"] == {"added": 1, "changed": 1, "unchanged": 1, "left_out": 0, "put_away": gone}
        assert [(one["line"], one["id"]) for one in told["sample"]] == [(2, "b"), (3, "d")]
        assert (told["imported"], told["version"]["number"]) == (False, 1)
    assert len(olga.versions()) == 1
    done = olga.send(content, mode="replace", name="new.jsonl").json()
    assert done["counts"] == told["counts"]
    assert (done["version"]["summary"], done["version"]["put_away"], done["version"]["count"]) == ("new.jsonl", 1, 3)
    assert set(Prompt.objects.filter(active=True).values_list("key", flat=True)) == {"a", "b", "d"}
    assert Prompt.objects.get(key="c").text == "What of c?"


def test_the_same_import_again_makes_no_second_version(olga: Operator) -> None:
    first = olga.done(row("a"), row("b"), after=0)
    again = olga.done(row("b"), row("a"), after=0)
    assert (first["imported"], again["imported"]) == (True, False)
    assert again["version"] == first["version"]
    assert len(olga.versions()) == 1


def test_a_version_is_the_hash_of_its_canonical_text_which_can_be_had_again(olga: Operator) -> None:
    olga.done(row("b", tags=["x"]), row("a"))
    before = olga.export()
    olga.done(row("a", text="Other?"), row("c", held_out=True, system="Be brief.", parameters={"temperature": 0}))
    newest, first = olga.versions()
    assert (newest["number"], newest["added"], newest["changed"], newest["by"]) == (2, 1, 1, olga.user.display_name)
    assert hashlib.sha256(olga.export()).hexdigest() == newest["sha256"] == hashlib.sha256(olga.export(version=2)).hexdigest()
    assert olga.export(version=1) == before
    assert hashlib.sha256(before).hexdigest() == first["sha256"]
    VersionText.objects.filter(version__number=1).delete()
    assert [one["stored"] for one in olga.versions()] == [True, False]
    assert olga.get("pools/mine/export/jsonl?version=1").status_code == 404


@pytest.mark.parametrize("kind", formats.KINDS)
def test_what_is_exported_can_be_imported_and_changes_nothing(kind: str, olga: Operator) -> None:
    olga.done(
        row("a", text="=1+1\n,\"'"), row("b", tags=["x", "y"], chip=True), row("c", held_out=True, parameters={"seed": 7}, system="-x")
    )
    content = olga.export(kind)
    done = olga.send(content, kind, mode="replace").json()
    assert (done["imported"], done["counts"]["unchanged"]) == (False, 3)
    olga.create("copy")
    assert olga.send(content, kind, slug="copy").json()["version"]["sha256"] == olga.versions()[0]["sha256"]


def test_duplicates_are_found_within_the_file_and_in_the_pool_and_left_out_if_wished(olga: Operator) -> None:
    sky = "Why is the sky blue at noon and red at dusk, and what colour is it on Mars?"
    olga.done(row("old", text=sky), row("same"))
    content = jsonl(
        row("same"),
        row("one", text=sky.upper()),
        row("two", text=sky.replace("Mars", "Venus")),
        row("new"),
        row("copy", text="What of new?"),
    )
    told = olga.look(content)
    assert (told["exact"], told["near"]) == (2, 1)
    assert [(one["line"], one["kind"], one["of_id"], one["of_line"]) for one in told["duplicates"]] == [
        (2, "exact", "old", None),
        (3, "near", "old", None),
        (5, "exact", "new", 4),
    ]
    assert olga.look(content, mode="replace")["duplicates"][0]["of_line"] == 2
    assert olga.look(content, leave_out="exact")["counts"]["left_out"] == 2
    done = olga.send(content, leave_out="near").json()
    assert (done["counts"]["left_out"], done["counts"]["added"]) == (3, 1)
    assert olga.send(content, leave_out="near").json()["imported"] is False
    assert set(Prompt.objects.values_list("key", flat=True)) == {"old", "same", "new"}


def test_a_prompt_that_was_put_away_comes_back_with_its_own_address(olga: Operator) -> None:
    olga.done(row("a"), row("b"))
    kept = Prompt.objects.get(key="b").pk
    olga.done(row("a"), mode="replace")
    done = olga.done(row("b"))
    assert (done["counts"]["added"], done["version"]["count"]) == (1, 2)
    assert Prompt.objects.get(key="b").pk == kept


def test_who_looked_at_an_older_version_looks_again(olga: Operator) -> None:
    assert olga.look(jsonl(row("a")))["version"] is None
    olga.done(row("b"))
    assert kind_of(olga.send(jsonl(row("a")), after=0)) == (409, "pool-moved")
    assert olga.send(jsonl(row("a")), after=1).status_code == 200


def test_of_two_imports_at_once_none_is_lost_and_the_versions_follow_each_other(transactional_db: None) -> None:
    olga = Operator()
    olga.create()
    halves = [jsonl(*(row(f"{half}-{number}") for number in range(300))) for half in "abcd"]
    told = [reply.json() for reply in results(partial(olga.twin().send, half) for half in halves)]
    assert sorted(one["version"]["number"] for one in told) == [1, 2, 3, 4]
    assert sorted(one["version"]["count"] for one in told) == [300, 600, 900, 1200]
    assert olga.versions()[0]["sha256"] == hashlib.sha256(olga.export()).hexdigest()


def test_the_same_import_many_times_at_once_is_done_once(transactional_db: None) -> None:
    olga = Operator()
    olga.create()
    content = jsonl(*(row(str(number)) for number in range(200)))
    told = [reply.json() for reply in results([partial(olga.twin().send, content, after=0) for _ in range(5)])]
    assert sorted(one["imported"] for one in told) == [False] * 4 + [True]
    assert {one["version"]["number"] for one in told} == {1}
    assert PoolVersion.objects.count() == 1


def test_of_two_that_looked_at_the_same_pool_one_is_told_that_it_moved(transactional_db: None) -> None:
    olga = Operator()
    olga.create()
    replies = results(partial(olga.twin().send, jsonl(row(name)), after=0) for name in "ab")
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    assert Prompt.objects.count() == 1


def test_an_import_that_dies_midway_leaves_nothing(olga: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: bytes) -> bytes:
        raise OSError("gone")

    olga.done(row("a"))
    monkeypatch.setattr("arena.prompts.actions.zlib.compress", broken)
    olga.client.raise_request_exception = False
    assert olga.send(jsonl(row("a", text="New?"), row("b")), mode="replace").status_code == 500
    assert [(one.key, one.text) for one in Prompt.objects.all()] == [("a", "What of a?")]
    assert len(olga.versions()) == 1


def test_versions_cannot_be_changed_or_deleted(olga: Operator) -> None:
    olga.done(row("a"))
    version = PoolVersion.objects.get()
    with pytest.raises(TypeError):
        version.save()
    for statement in ("UPDATE prompts_poolversion SET count = 7", "DELETE FROM prompts_poolversion"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)
