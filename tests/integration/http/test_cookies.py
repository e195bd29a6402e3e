"""Cookies as a browser is told of them by a real process: over HTTPS they never leave it, and no script reads a session."""

import json
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from tests.processes import LiveArena, Web

TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
PRODUCTION = {"DEBUG": "0", "ALLOWED_HOSTS": "arena.example.org", "BEHIND_PROXY": "1"}
HOST = "arena.example.org"


@pytest.fixture
def web(live_arena: LiveArena) -> Web:
    return live_arena.web(**PRODUCTION)


def cookies(reply: httpx.Response) -> dict[str, "Morsel[str]"]:
    found: dict[str, Morsel[str]] = {}
    for line in reply.headers.get_list("set-cookie"):
        found.update(SimpleCookie(line))
    return found


def test_over_https_every_cookie_is_secure_and_a_session_is_no_scripts_business(web: Web) -> None:
    plain = {"Host": HOST, **TLS}
    first = httpx.get(f"{web.url}/api/v1/me", headers=plain)
    token = cookies(first)["csrftoken"]
    terms = httpx.get(f"{web.url}/api/v1/arena", headers=plain).json()["terms"]
    consent = {"terms_version": terms["version"], "terms_hash": terms["hash"], "of_age": True, "publish": False}
    write = {**plain, "Cookie": f"csrftoken={token.value}", "X-CSRFToken": token.value, "Content-Type": "application/json"}
    refused = httpx.post(f"{web.url}/api/v1/me/consent", content=json.dumps(consent), headers={**write, "Origin": "https://evil.example"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/csrf-failed")
    assert not cookies(refused).keys() & {"sessionid"}
    reply = httpx.post(f"{web.url}/api/v1/me/consent", content=json.dumps(consent), headers={**write, "Origin": f"https://{HOST}"})
    assert reply.status_code == 200, reply.text
    session, renewed = cookies(reply)["sessionid"], cookies(reply)["csrftoken"]
    for one in (token, session, renewed):
        assert (one["secure"], one["samesite"], one["path"], one["domain"]) == (True, "Lax", "/", "")
    assert session["httponly"] is True
    assert token["httponly"] == "", "the page reads it"
    assert renewed.value != token.value
    assert "max-age=31536000" in reply.headers["strict-transport-security"]


def test_a_proxy_that_is_not_believed_makes_no_request_secure(live_arena: LiveArena) -> None:
    web = live_arena.web(**{**PRODUCTION, "BEHIND_PROXY": "0", "HTTPS": "1"})
    reply = httpx.get(f"{web.url}/api/v1/me", headers={"Host": HOST, **TLS})
    assert cookies(reply)["csrftoken"]["secure"] is True
    assert "strict-transport-security" not in reply.headers


def test_another_name_is_refused_by_a_real_process_on_every_kind_of_route(web: Web) -> None:
    for path in ("/api/v1/arena", "/api/v1/boards/overall", "/", "/admin/login/"):
        for host in ("evil.example", "127.0.0.1"):
            reply = httpx.get(f"{web.url}{path}", headers={"Host": host, **TLS, "X-Forwarded-Host": HOST})
            assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json"), (path, host)
        assert httpx.get(f"{web.url}{path}", headers={"Host": HOST, **TLS}).status_code in (200, 302, 503), path
