"""The operators' API of pools: who may do what, what it refuses, and how large a file may be."""

from typing import Any

import pytest
from django.test import Client

from arena import clock
from arena.prompts import uploads
from arena.prompts.models import Pool, PoolVersion, Prompt
from tests.integration.http import contract
from tests.integration.http.asgi import asked
from tests.integration.prompts.stage import Operator, kind_of
from tests.unit.prompts.files import jsonl, row

pytestmark = pytest.mark.django_db
WRITES: list[tuple[str, str, str, Any]] = [
    ("POST", "pools", "add_pool", {"slug": "other", "title": "Other"}),
    ("PATCH", "pools/mine", "change_pool", {"title": "Other"}),
    ("PUT", "pools/mine/prompts", "change_prompt", row("a", text="Other?")),
    ("POST", "pools/mine/imports?kind=jsonl", "change_prompt", row("a", text="Other?")),
    ("DELETE", "prompts/{prompt}", "change_prompt", None),
]
READS = ("pools", "pools/mine", "pools/mine/prompts", "pools/mine/versions", "pools/mine/export/csv")


@pytest.fixture
def olga() -> Operator:
    olga = Operator()
    olga.create()
    olga.done(row("a"), row("b", held_out=True))
    return olga


def state() -> list[Any]:
    return [list(table.objects.order_by("pk").values()) for table in (Pool, Prompt, PoolVersion)]


@pytest.mark.parametrize(("method", "path", "permission", "body"), WRITES)
def test_nobody_changes_a_pool_without_the_permission_and_a_second_factor(
    method: str, path: str, permission: str, body: Any, olga: Operator
) -> None:
    path, before = path.format(prompt=Prompt.objects.get(key="a").pk), state()
    others = [name for name in ("view_pool", "add_pool", "change_pool", "change_prompt") if name != permission]
    assert Client().generic(method, f"/api/v1/operator/{path}", "{}", content_type="application/json").status_code == 401
    assert kind_of(Operator("oleg", *others).write(method, path, body)) == (403, "forbidden")
    assert kind_of(Operator("otto", permission, second_factor=False).write(method, path, body))[0] == 403
    assert state() == before


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_a_pool_without_the_permission(path: str, olga: Operator) -> None:
    assert Client().get(f"/api/v1/operator/{path}").status_code == 401
    assert Operator("oleg", "add_pool").get(path).status_code == 403
    auditor = Operator("anna", "view_pool")
    assert auditor.get(path).status_code == 200
    assert auditor.get("pools/mine").json()["upload"] is None


def test_every_operation_answers_as_promised(olga: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    check = contract.check

    def noting(method: str, path: str, status: int, content_type: str, body: bytes) -> None:
        if status < 400 and (known := contract.operation(method, path)):
            seen.add(known["operationId"])
        check(method, path, status, content_type, body)

    monkeypatch.setattr(contract, "check", noting)
    for path in READS[:-1]:
        assert olga.get(path).status_code == 200
    assert olga.create("other", guidelines="Look for errors.").status_code == 201
    assert olga.write("PATCH", "pools/other", {"sides": 3, "licence": "CC0"}).json()["sides"] == 3
    assert olga.look(jsonl(row("a"), row("c"), "{"), mode="replace")["bad"] == 1
    assert olga.write("PUT", "pools/mine/prompts", row("c", tags=["x"])).json()["new"] is True
    assert olga.write("DELETE", f"prompts/{Prompt.objects.get(key='c').pk}").json()["version"]["put_away"] == 1
    assert olga.export("csv")
    operations = {"operator_pools", "operator_pool", "create_pool", "edit_pool", "pool_prompts", "set_pool_prompt", "put_away_prompt"}
    assert seen >= operations | {"pool_versions", "import_prompts"}


def test_a_pool_is_made_once_and_its_name_is_not_given_twice(olga: Operator) -> None:
    key = {"Idempotency-Key": "a-key-of-mine"}
    first = olga.write("POST", "pools", {"slug": "other", "title": "Other"}, **key)
    again = olga.write("POST", "pools", {"slug": "other", "title": "Other"}, **key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert kind_of(olga.create("other")) == (409, "conflict")
    assert [one["slug"] for one in olga.get("pools").json()["results"]] == ["mine", "other"]


@pytest.mark.parametrize(
    "body",
    [
        {"slug": "No Slug", "title": "x"},
        {"slug": "x"},
        {"slug": "x", "title": ""},
        {"slug": "x", "title": "x", "sides": 5},
        {"slug": "x", "title": "x", "wait": 1},
    ],
)
def test_a_pool_that_is_not_right_is_not_made(body: Any, olga: Operator) -> None:
    reply = olga.write("POST", "pools", body)
    assert kind_of(reply) == (400, "invalid-input")
    assert reply.json()["errors"]
    assert Pool.objects.count() == 1


def test_one_prompt_is_set_and_put_away_each_with_a_version(olga: Operator) -> None:
    kept = Prompt.objects.get(key="a").pk
    assert olga.write("PUT", "pools/mine/prompts", row("a", text="Other?", category="maths")).json()["version"]["changed"] == 1
    assert olga.write("PUT", "pools/mine/prompts", row("a", text="Other?", category="maths")).json()["new"] is False
    assert olga.write("DELETE", f"prompts/{kept}").json()["version"]["count"] == 1
    assert olga.write("DELETE", f"prompts/{kept}").json()["new"] is False
    assert [one["number"] for one in olga.versions()] == [3, 2, 1]
    found = olga.get("pools/mine").json()
    assert (found["prompts"], found["held_out"], found["put_away"], found["version"]["summary"]) == (1, 1, 1, "a")
    reply = olga.write("PUT", "pools/mine/prompts", row("z", language="English"))
    assert [one["field"] for one in reply.json()["errors"]] == ["language"]


def test_prompts_are_read_page_by_page_and_searched(olga: Operator) -> None:
    olga.done(*(row(f"n{number:03}", text=f"Number {number}, please") for number in range(60)))
    page = olga.get("pools/mine/prompts?q=number").json()
    assert [one["id"] for one in page["results"]] == [f"n{number:03}" for number in range(50)]
    rest = olga.client.get(page["next"]).json()
    assert len(rest["results"]) == 10
    assert [one["id"] for one in olga.get("pools/mine/prompts?q=N007").json()["results"]] == ["n007"]
    assert [one["id"] for one in olga.get("pools/mine/prompts?q=b").json()["results"]] == ["b"] + [f"n{n:03}" for n in range(49)]


@pytest.mark.parametrize(
    ("query", "kind", "status"),
    [("kind=xlsx", "application/octet-stream", 400), ("", "application/octet-stream", 400), ("kind=csv&mode=erase", "application/octet-stream", 400),
     ("kind=csv&afer=1", "application/octet-stream", 400), ("kind=jsonl", "application/json", 415), ("kind=jsonl", "text/plain", 415)],
)  # fmt: skip
def test_an_import_that_is_asked_for_wrongly_is_refused(query: str, kind: str, status: int, olga: Operator) -> None:
    before = state()
    reply = olga.raw("POST", f"pools/mine/imports?{query}", jsonl(row("z")), kind)
    assert reply.status_code == status
    assert state() == before


def test_a_pool_that_is_not_there_is_not_found(olga: Operator) -> None:
    for path in ("pools/none", "pools/none/prompts", "pools/none/versions", "pools/none/export/csv", "pools/mine/export/xlsx"):
        assert olga.get(path).status_code == 404
    assert olga.raw("POST", "pools/none/imports?kind=jsonl", b"{}").status_code == 404


def test_an_empty_body_and_one_beyond_the_bound_are_refused_as_files(olga: Operator, settings: Any) -> None:
    settings.IMPORT_BYTES = 4096
    for body in (b"", b" "):
        assert kind_of(olga.send(body)) == (400, "file-refused")
    reply = olga.send(jsonl(row("z", text="x" * 5000)))
    assert kind_of(reply) == (413, "too-large")
    assert "larger than 0.003906 MiB" in reply.json()["detail"]


def test_a_file_comes_from_the_pages_own_session_only(olga: Operator) -> None:
    before, other = state(), Client(enforce_csrf_checks=True)
    other.force_login(olga.user)
    target = f"{uploads.issue('mine').url}&kind=jsonl"
    reply = other.post(target, jsonl(row("z")), content_type="application/octet-stream")
    assert kind_of(reply) == (403, "csrf-failed")
    assert state() == before


def sized(target: str, length: int) -> tuple[int, str]:
    """How a body of this length is received by the whole application, before any of it is read."""
    reply = asked("POST", target, {"content-length": str(length), "content-type": "application/octet-stream"})
    return reply.status, reply.body.decode()


def test_fifty_megabytes_are_refused_at_once_and_say_how_much_there_may_be(olga: Operator) -> None:
    status, told = sized(f"{uploads.issue('mine').url}&kind=jsonl", 50 * 1024**2)
    assert status == 413
    assert "larger than the 16 MiB that this address accepts; nothing was changed" in told


def test_only_a_ticket_of_the_pool_lifts_the_bound_and_only_for_an_hour(olga: Operator) -> None:
    place, size = "/api/v1/operator/pools/mine/imports?kind=jsonl", 1024**2
    ticket = uploads.issue("mine").url.partition("?")[2]
    for query in ("", "&ticket=", "&ticket=mine.99999999999:x", f"&{uploads.issue('other').url.partition('?')[2]}"):
        assert sized(f"{place}{query}", size)[0] == 413
    assert sized(f"/api/v1/battles?{ticket}", size)[0] == 413
    assert sized(f"{place}&{ticket}", size)[0] == 403, "of a page that is not ours"
    with clock.frozen(clock.now() + uploads.LIFE):
        assert sized(f"{place}&{ticket}", size)[0] == 413
