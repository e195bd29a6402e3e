"""Nothing that is secret or somebody's words ever reaches a log, whatever fails."""

import json
import logging
import re
from typing import Any

import pytest
from django.test import RequestFactory
from structlog import contextvars
from structlog.stdlib import ProcessorFormatter

from arena import logs
from arena.battles.models import Answer, Status
from arena.providers import actions as providers
from arena.providers.models import Route
from tests import sse_server
from tests.integration.battles.stage import misbehaving
from tests.integration.operation.serving import Door
from tests.processes import Browser
from tests.sse_server import Request, Writer

KEY = "sk-operation-0123456789abcdef"
PROMPT = "Whisper: the heron's password is quartzlight"


def formatter_fields(debug: bool) -> dict[str, Any]:
    """What the arena's handler is made with."""
    made: dict[str, Any] = logs.configuration(debug=debug, level="INFO")["formatters"]["arena"]
    return {name: value for name, value in made.items() if name != "()"}


async def _echo(writer: Writer, request: Request) -> bool:
    """Refuses, and quotes all that it was sent: the key, the prompt."""
    said = json.dumps({"error": {"message": f"{request.headers} {request.body!r}"}}).encode()
    return await sse_server._answer(writer, "400 Bad Request", said)


def battle(browser: Browser, outcome: str) -> dict[str, Any]:
    opened = browser.open(PROMPT)
    assert browser.read_all(opened["stream"]["url"]).ended
    assert browser.cast(opened["id"], outcome).status_code == 200
    browser.get(opened["stream"]["url"].replace("ticket=", "ticket=forged"))
    return opened


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_whole_battle_with_failing_providers_tells_no_secret(door: Door, monkeypatch: pytest.MonkeyPatch, debug: str) -> None:
    monkeypatch.setitem(sse_server._BEHAVIOURS, "echo", _echo)
    web = door.web(OPERATION_KEY=KEY, DEBUG=debug, HTTPS="0", ALLOWED_HOSTS="127.0.0.1", OUTBOUND_ALLOW="127.0.0.1", LOG_LEVEL="DEBUG")
    browser = door.live.browser(web)
    battle(browser, "a")
    with misbehaving() as server:
        for number, behaviour in enumerate(("echo", "grudge", "gossip", "garbage")):
            for route in Route.objects.all():
                slug = f"own-{number}-{route.contender_id}"
                fields = {"protocol": "openai", "base_url": server.url(behaviour), "key_env": "OPERATION_KEY"}
                provider = providers.set_provider(slug=slug, name="Vexilco", **fields)
                providers.set_route(contender=route.contender, provider=provider, model="murexmodel", params={})
            opened = battle(browser, "skip")
    assert Answer.objects.filter(status=Status.FAILED).exists()
    told = door.told()
    secrets = [KEY, "heron", "quartzlight", "Whisper", opened["stream"]["url"].partition("ticket=")[2], "ticket=0"]
    secrets += [value for value in browser.cookies.values() if value]
    assert not [secret for secret in secrets if secret in told]
    # It did tell the rest: who failed how, in which battle, and that a vote came.
    assert re.search(rf"provider failed.*{opened['id']}|{opened['id']}.*provider failed", told)
    assert re.search(rf"vote cast.*{opened['id']}|{opened['id']}.*vote cast", told)
    assert "/api/v1/battles/<battle>/stream" in told


def test_a_line_of_production_is_one_json_object(door: Door) -> None:
    web = door.web(DEBUG="0", HTTPS="0", ALLOWED_HOSTS="127.0.0.1")
    browser = door.live.browser(web)
    reply = browser.get("/api/v1/me", headers={"X-Request-ID": "trace-me-12345"})
    assert reply.headers["x-request-id"] == "trace-me-12345"
    lines = [json.loads(line) for line in door.told().splitlines() if line.startswith("{")]
    (ours,) = [line for line in lines if line.get("request") == "trace-me-12345"]
    assert ours.items() >= {"event": "request", "method": "GET", "path": "/api/v1/me", "status": 200, "level": "info"}.items()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("GET /x?ticket=abc.def&y=1 failed", "GET /x?ticket=[hidden]&y=1 failed"),
        ("header Authorization: Bearer sk-123", "header Authorization: Bearer [hidden]"),
        ("Cookie: sessionid=abc; csrftoken=def", "Cookie: sessionid=[hidden]; csrftoken=[hidden]"),
        ("https://host/v1?key=abc", "https://host/v1?key=[hidden]"),
        ("Internal Server Error: /s/abc-def", "Internal Server Error: /s/[hidden]"),
        ("a keyboard and a ticket for the bear", "a keyboard and a ticket for the bear"),
    ],
)
def test_what_looks_like_a_secret_is_blacked_out(said: str, kept: str) -> None:
    assert logs.scrub(None, "info", {"event": said, "ticket": "abc", "count": 3}) == {"event": kept, "ticket": "[hidden]", "count": 3}


@pytest.mark.parametrize("debug", [True, False])
def test_what_a_library_tells_of_a_request_has_neither_its_query_nor_its_token(debug: bool) -> None:
    request = RequestFactory().get("/s/token-of-a-shared-link?ticket=very-secret")
    record = logging.makeLogRecord(
        {"name": "django.request", "levelno": logging.ERROR, "levelname": "ERROR", "msg": "Service Unavailable: %s"}
    )
    record.args, record.__dict__["status_code"], record.__dict__["request"] = (request.path,), 503, request
    with contextvars.bound_contextvars(request="the-id-of-the-request"):
        told = ProcessorFormatter(**formatter_fields(debug)).format(record)
    assert not re.search("very-secret|token-of-a-shared", told)
    assert "Service Unavailable: /s/[hidden]" in told
    assert "the-id-of-the-request" in told
    assert "503" in told
