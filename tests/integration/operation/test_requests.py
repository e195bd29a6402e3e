"""What is told of a request: its id, its line in the log, its place in the metrics; and who may read those."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from arena.battles.streaming import route as streaming
from arena.http import drain
from tests.cast import Arena, Person
from tests.integration.http.asgi import Reply, acting, ask, asked

TOKEN = {"authorization": "Bearer a-token-of-the-operator"}


@pytest.fixture
def draining() -> Iterator[None]:
    drain.begin()
    yield
    drain.reset()


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The access lines so far."""
    return [record.msg for record in caplog.records if record.name == "arena.access" and isinstance(record.msg, dict)]


def cookie(person: Person) -> dict[str, str]:
    return {"cookie": f"sessionid={person.client.cookies['sessionid'].value}"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("given", ["a-proxys-id.0123", "A" * 64])
def test_a_well_formed_request_id_is_kept(given: str) -> None:
    assert asked("GET", "/healthz", {"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("given", ["", "short", "A" * 65, "has a space", "line\nbreak-12345", "ümlaut-12345", '{"json": 12345}'])
def test_any_other_gets_one_of_ours(given: str) -> None:
    told = asked("GET", "/api/v1/arena", {"x-request-id": given}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", told)
    assert told != asked("GET", "/api/v1/arena").headers["x-request-id"]


@pytest.mark.django_db(transaction=True)
def test_a_request_has_one_line_without_path_or_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    battle = "01a20481-1ac9-757c-8d65-239238227e80"
    asked("GET", f"/api/v1/battles/{battle}/stream?ticket=very-secret", {"x-request-id": "the-first-one"})
    asked("GET", "/s/token-of-a-shared-link?q=1")
    asked("GET", f"/api/v1/battles/{battle}")
    asked("GET", "/nothing/here")
    asked("GET", "/api/v1/nothing")
    first, *others = lines(caplog)
    assert first["request"] == "the-first-one"
    assert first["battle"] == battle
    assert (first["method"], first["path"], first["status"]) == ("GET", "/api/v1/battles/<battle>/stream", 403)
    assert first["ms"] >= 0
    assert [line["path"] for line in others] == ["/s/<slug:token>", "/api/v1/battles/<uuid:id>", "page", "/^api/"]
    assert "battle" not in others[0]
    assert not re.search("very-secret|token-of-a-shared", str(lines(caplog)))


@pytest.mark.django_db(transaction=True)
def test_requests_of_healthy_probes_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    asked("GET", "/healthz")
    assert not lines(caplog)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:8000"}, 200),
        ({"x-forwarded-for": "203.0.113.9"}, 404),
        ({"via": "1.1 proxy"}, 404),
        ({"host": "testserver"}, 404),
        ({"x-forwarded-for": "203.0.113.9", **TOKEN}, 200),
        ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer another"}, 404),
        ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer "}, 404),
        ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer \xff\xfe"}, 404),
    ],
)
def test_metrics_are_for_this_machine_or_a_token(settings: Settings, headers: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN = "a-token-of-the-operator"
    assert asked("GET", "/metrics", headers).status == status


@pytest.mark.django_db(transaction=True)
def test_without_a_token_none_is_right_and_behind_a_proxy_nobody_is_near(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert asked("GET", "/metrics", {"host": "arena.example", "authorization": "Bearer "}).status == 404
    settings.PROXY_DEPTH = 1
    assert asked("GET", "/metrics").status == 404


def sample(text: bytes, name: str) -> float:
    """The value of one sample, 0 when it is not there yet."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text.decode(), re.M)
    return float(found[1]) if found else 0.0


@pytest.mark.django_db(transaction=True)
def test_every_step_of_a_vote_is_counted() -> None:
    person = Arena.seeded().person("ada")
    names = {
        "arena_battles_opened_total": 1,
        'arena_streams_started_total{provider="stage"}': 2,
        'arena_streams_ended_total{provider="stage",status="done"}': 2,
        'arena_first_token_seconds_count{provider="stage"}': 2,
        'arena_votes_total{outcome="tie"}': 1,
        "arena_points_issued_total": 10,
        'arena_http_requests_total{method="GET",route="/api/v1/battles/<battle>/stream",status="200"}': 1,
    }
    before = asked("GET", "/metrics").body
    battle = person.open()

    async def read() -> Reply:
        return await ask("GET", battle["stream"]["url"], cookie(person))

    assert b"event: end" in acting(read).body
    assert person.vote(battle["id"], "tie").status_code == 200
    after = asked("GET", "/metrics").body
    assert {name: sample(after, name) - sample(before, name) for name in names} == names
    assert sample(after, "arena_log_pending") == 1  # the vote: no projector runs
    assert sample(after, "arena_log_pending_age_seconds") > 0
    assert sample(after, "arena_database_up") == 1
    assert sample(after, 'arena_provider_breaker_open{provider="stage"}') == 0
    assert sample(after, 'arena_board_lag_entries{board="overall"}') == 0


@pytest.mark.django_db(transaction=True)
def test_labels_do_not_grow_with_what_strangers_send() -> None:
    asked("GET", "/metrics")
    before = asked("GET", "/metrics").body.count(b"\n")
    for number in range(20):
        asked("GET", f"/made-up/{number}")
        asked("GET", f"/api/v1/made-up/{number}")
        asked(f"MADE{number}", "/healthz")
    # Two routes that may be new: requests, and a histogram each; and one odd method.
    assert asked("GET", "/metrics").body.count(b"\n") - before < 60


@pytest.mark.django_db(transaction=True)
def test_readiness_waits_for_the_newest_migration() -> None:
    assert asked("GET", "/readyz").status == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(name) FROM django_migrations WHERE app = 'battles'")
        (newest,) = cursor.fetchone()
        cursor.execute("UPDATE django_migrations SET name = 'none yet' WHERE app = 'battles' AND name = %s", [newest])
    try:
        reply = asked("GET", "/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET name = %s WHERE app = 'battles' AND name = 'none yet'", [newest])
    assert reply.status == 503
    assert "manage.py migrate" in json.loads(reply.body)["detail"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("draining")
def test_a_draining_process_is_not_ready_and_begins_no_stream() -> None:
    person = Arena.seeded().person("ada")
    battle = person.open()

    async def read() -> tuple[Reply, Reply, Reply]:
        return await ask("GET", "/readyz"), await ask("GET", battle["stream"]["url"], cookie(person)), await ask("GET", "/healthz")

    ready, stream, alive = acting(read)
    assert (ready.status, stream.status, alive.status) == (503, 503, 200)
    assert stream.headers["retry-after"] == "1"
    assert {reply.headers["connection"] for reply in (ready, stream, alive)} == {"close"}
    drain.reset()
    assert b"event: end" in asked("GET", battle["stream"]["url"], cookie(person)).body
    drain.begin()
    # What has ended is still shown.
    assert b"event: end" in asked("GET", battle["stream"]["url"], cookie(person)).body
    assert not streaming._running
