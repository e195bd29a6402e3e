"""The edge outside Django: tickets, lean routes and headers, through the whole ASGI application."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing

from arena import clock
from arena.battles import tickets
from arena.battles.models import Answer
from arena.http.headers import POLICY
from arena.urls import lean
from tests.cast import Arena, Person
from tests.integration.http import contract
from tests.integration.http.asgi import Reply, asked


@dataclass(slots=True)
class Reader:
    """Somebody with a battle and a session, on the lean path."""

    person: Person
    battle: str
    url: str

    @property
    def cookie(self) -> str:
        return f"sessionid={self.person.client.cookies['sessionid'].value}"

    def read(self, url: str | None = None, **headers: str) -> Reply:
        sent = {"cookie": self.cookie} | {name.replace("_", "-"): value for name, value in headers.items()}
        reply = asked("GET", url or self.url, sent)
        kind = reply.headers["content-type"]
        contract.check("GET", f"/api/v1/battles/{self.battle}/stream", reply.status, kind, reply.body)
        return reply

    def told(self, url: str | None = None, **headers: str) -> tuple[int, str]:
        reply = self.read(url, **headers)
        return reply.status, json.loads(reply.body)["type"]


@pytest.fixture
def arena(transactional_db: None) -> Arena:
    """Committed: the lean routes have connections of their own."""
    return Arena.seeded()


@pytest.fixture
def reader(arena: Arena) -> Reader:
    """A reader of a battle whose answers are written already."""
    ada = arena.person("ada")
    battle = ada.open()
    arena.answer(battle["id"])
    return Reader(ada, battle["id"], battle["stream"]["url"])


INVALID, EXPIRED = (403, "/problems/ticket-invalid"), (403, "/problems/ticket-expired")


def test_a_good_ticket_reads_both_answers(reader: Reader) -> None:
    reply = reader.read()
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert b"One fine answer." in reply.body
    assert b"Another fine answer." in reply.body
    assert reply.body.rstrip().endswith(b'data: {"turn":0,"attempt":0}')


def test_a_ticket_that_was_tampered_with_is_refused(reader: Reader) -> None:
    address, token = reader.url.split("?ticket=")
    value, signature = token.split(":")
    expires = value.split(".")[3]
    forged = [
        "",
        "x",
        token[:-1],
        token + "x",
        f"{value}:{signature[::-1]}",
        f"{value.replace('.0.0.', '.1.0.')}:{signature}",
        f"{value.replace(expires, '9' * 10)}:{signature}",
        f"{value}:zzzzzz",
        signing.Signer(salt="another").sign(value),
        signing.Signer(key="not ours", salt="arena.battles.ticket").sign(value),
        "%00",
        "%ed%a0%80",
        "é" * 10,
        "a" * 5000,
    ]
    assert {reader.told(f"{address}?ticket={one}") for one in forged} == {INVALID}
    assert reader.told(address) == INVALID


def test_a_ticket_holds_to_the_second_that_was_told_and_is_then_told_apart(arena: Arena, reader: Reader) -> None:
    battle = reader.person.open()
    arena.answer(battle["id"])
    url, until = battle["stream"]["url"], datetime.fromisoformat(battle["stream"]["expires_at"])
    with clock.frozen(until - timedelta(milliseconds=1)):
        assert reader.read(url).status == 200
    with clock.frozen(until):
        assert reader.told(url) == EXPIRED


def test_a_ticket_is_bound_to_its_battle_and_its_session(arena: Arena, reader: Reader) -> None:
    ben = arena.person("ben")
    other = ben.open()["stream"]["url"]
    ticket = reader.url.split("?ticket=")[1]
    assert reader.told(f"{other.split('?')[0]}?ticket={ticket}") == INVALID
    assert reader.told(other) == INVALID
    for cookie in ("", "sessionid=" + "a" * 32, "sessionid", "=;;=\x01", f"sessionid={ben.client.cookies['sessionid'].value}"):
        assert reader.told(cookie=cookie) == INVALID


@pytest.mark.parametrize("other", ['theme={"dark":true}', "visitor=Jane Doe", "seen", "a=b,c; =;;=", "name=\xe9"])
def test_what_others_on_the_same_host_have_set_does_not_hide_the_session(reader: Reader, other: str) -> None:
    assert reader.read(cookie=f"{other}; {reader.cookie}").status == 200


def test_a_ticket_of_a_turn_that_is_not_there_finds_nothing(reader: Reader) -> None:
    import uuid

    session = reader.person.client.cookies["sessionid"].value
    token, _ = tickets.issue(tickets.Ticket(uuid.UUID(reader.battle), 7, 0), session)
    assert reader.told(f"{reader.url.split('?')[0]}?ticket={token}") == (404, "/problems/not-found")


def test_a_ticket_of_an_earlier_attempt_is_stale(reader: Reader) -> None:
    Answer.objects.update(status="failed", error="failed")
    assert reader.person.post(f"battles/{reader.battle}/attempts").status_code == 201
    assert reader.told() == (409, "/problems/stale-attempt")


def test_a_made_up_event_id_is_refused(reader: Reader) -> None:
    arabic = "٠.٠.٠.٠.٠".encode().decode("latin-1")
    for id in ("0.0", "0.0.0.0.0.0", "a.b.c.d.e", "0.-1.0.0.0", "0.1e9.0.0.0", "0." + "9" * 30 + ".0.0.0", arabic):
        assert reader.told(last_event_id=id) == (400, "/problems/invalid-input")


def test_what_is_only_read_refuses_to_be_written(reader: Reader) -> None:
    paths = [reader.url, "/api/v1/boards/overall", "/healthz", "/readyz", "/metrics"]
    assert len(paths) == len(lean)
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in paths:
            reply = asked(method, path, {"cookie": reader.cookie})
            assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")
            assert json.loads(reply.body)["type"] == "/problems/method-not-allowed"


def test_a_board_comes_with_its_etag_and_not_twice(arena: Arena) -> None:
    first = asked("GET", "/api/v1/boards/overall")
    assert (first.status, first.headers["content-type"]) == (200, "application/json")
    contract.check("GET", "/api/v1/boards/overall", 200, "application/json", first.body)
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = asked("GET", "/api/v1/boards/overall", {"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert asked("GET", "/api/v1/boards/overall", {"if-none-match": '"old"'}).status == 200
    assert asked("GET", "/api/v1/boards/overall?fromat=csv", {"if-none-match": etag}).status == 400, "no parameter is passed over"
    head = asked("HEAD", "/api/v1/boards/overall")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", etag)


def test_an_unknown_board_is_a_problem(arena: Arena) -> None:
    for path in ("/api/v1/boards/none", "/api/v1/boards/" + "x" * 81, "/api/v1/boards/a%20b"):
        reply = asked("GET", path)
        assert reply.status == 404
        contract.check("GET", path, 404, reply.headers["content-type"], reply.body)


def test_a_fault_on_a_lean_route_is_a_problem_without_its_cause(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> bool:
        raise RuntimeError("sk-secret")

    class Hub:
        ready = staticmethod(broken)

    monkeypatch.setattr("arena.live.boards.hub", Hub)
    reply = asked("GET", "/api/v1/boards/overall")
    assert (reply.status, json.loads(reply.body)["type"]) == (500, "/problems/internal")
    assert b"sk-secret" not in reply.body


def test_without_a_database_the_arena_is_alive_but_not_ready(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OSError("connection refused by 10.1.2.3")

    monkeypatch.setattr("arena.asyncdb.connection", away)
    reply = asked("GET", "/readyz")
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert b"10.1.2.3" not in reply.body
    assert asked("GET", "/healthz").status == 200


def test_every_reply_carries_the_security_headers(arena: Arena) -> None:
    api = ("arena", "nothing", "boards/overall", "boards/none", "me/points")
    for path in ("/", "/leaderboard", "/healthz", "/readyz", "/static/x.js", "/admin/login/", *(f"/api/v1/{name}" for name in api)):
        headers = asked("GET", path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == ("cross-origin" if "boards" in path else "same-origin")
        assert "camera=()" in headers["permissions-policy"]


def test_no_cache_keeps_what_is_a_persons_own(reader: Reader) -> None:
    for path in ("me", "me/points", "me/battles", f"battles/{reader.battle}", "battles/none"):
        assert asked("GET", f"/api/v1/{path}", {"cookie": reader.cookie}).headers["cache-control"] == "no-store", path
    assert "max-age" in asked("GET", "/api/v1/terms").headers["cache-control"]


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"
    assert not {"unsafe-inline", "unsafe-eval", "http", "*"} & set(POLICY.replace("'", " ").replace(":", " ").split())


def test_a_large_body_is_refused_on_the_way_through_the_server(reader: Reader) -> None:
    token = reader.person.client.cookies["csrftoken"].value
    headers = {"cookie": f"{reader.cookie}; csrftoken={token}", "x-csrftoken": token, "content-type": "application/json"}
    large = asked("POST", "/api/v1/battles", headers, b'{"prompt": "' + b"x" * 300_000 + b'"}')
    assert (large.status, json.loads(large.body)["type"]) == (413, "/problems/too-large")
    small = asked("POST", "/api/v1/battles", headers, b'{"prompt": "x"}')
    assert small.status == 201, small.body


def test_pages_of_other_sites_may_read_the_rankings_and_nothing_else(arena: Arena) -> None:
    for path in ("/api/v1/boards/overall", "/api/v1/boards", "/api/v1/contenders/amber-7", "/api/v1/head-to-head", "/api/v1/snapshots"):
        reply = asked("GET", path, {"origin": "https://elsewhere.example"})
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "*")
        assert "access-control-allow-credentials" not in reply.headers
        assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "RateLimit" in reply.headers["access-control-expose-headers"]
        before = asked("OPTIONS", path, {"origin": "https://elsewhere.example", "access-control-request-method": "GET"})
        assert (before.status, before.headers["access-control-allow-methods"]) == (204, "GET, HEAD")
        assert "Authorization" in before.headers["access-control-allow-headers"]
    for path in ("/api/v1/me", "/api/v1/organisations", "/api/v1/arena", "/api/v1/boardsx"):
        for method, more in (("GET", {}), ("OPTIONS", {"access-control-request-method": "GET"})):
            assert "access-control-allow-origin" not in asked(method, path, {"origin": "https://elsewhere.example", **more}).headers
