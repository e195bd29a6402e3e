"""The arena answers to its own names only, on every kind of route, and leads nobody elsewhere."""

import json

import pytest
from pytest_django import Settings

from arena.http import bounds, health
from tests.cast import Arena
from tests.integration.http.asgi import asked

NOWHERE = "/api/v1/battles/00000000-0000-4000-8000-000000000000"
PATHS = ["/api/v1/boards/overall", f"{NOWHERE}/stream?ticket=x", "/api/v1/arena", "/", "/_allauth/browser/v1/config", "/admin/"]
STRANGE = ["evil.example", "evil.example:80", "arena.test.evil.example", "arena.test@evil.example", "arena.test/x", "[::1", "a b", "", "é"]


@pytest.fixture
def named(transactional_db: None, settings: Settings) -> Arena:
    settings.ALLOWED_HOSTS = ["arena.test", ".sub.test"]
    return Arena.seeded()


@pytest.mark.parametrize("debug", [True, False])
def test_another_host_name_is_refused_alike_on_stock_and_lean_routes(debug: bool, named: Arena, settings: Settings) -> None:
    settings.DEBUG = debug
    for path in PATHS:
        for host in STRANGE:
            reply = asked("GET", path, {"host": host})
            assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json"), (path, host)
            problem = json.loads(reply.body)
            assert problem["type"] == "/problems/invalid-input"
            assert problem["detail"] == "This arena does not go by the host name that was asked for; nothing was changed."


@pytest.mark.parametrize("host", ["arena.test", "ARENA.test:8000", "arena.test.", "a.sub.test"])
def test_its_own_names_are_answered(host: str, named: Arena) -> None:
    assert asked("GET", "/api/v1/boards/overall", {"host": host}).status == 200
    assert asked("GET", "/api/v1/arena", {"host": host}).status == 200


def test_a_forwarded_host_is_not_believed(named: Arena) -> None:
    told = {"host": "evil.example", "x-forwarded-host": "arena.test"}
    assert {asked("GET", path, told).status for path in PATHS} == {400}


def test_the_probes_of_an_operator_may_use_any_name(named: Arena) -> None:
    assert set(health.ROUTES) == bounds.PROBES
    for path in ("/healthz", "/readyz"):
        assert asked("GET", path, {"host": "10.0.0.7:8000"}).status == 200


def test_with_nothing_allowed_only_this_machine_is_answered_and_only_while_debug_is_on(transactional_db: None, settings: Settings) -> None:
    Arena.seeded()
    settings.ALLOWED_HOSTS = []
    for debug, host, status in [(True, "localhost", 200), (True, "evil.example", 400), (False, "localhost", 400)]:
        settings.DEBUG = debug
        assert asked("GET", "/api/v1/boards/overall", {"host": host}).status == status, (debug, host)
