"""From what schemathesis makes up to what is sent: real ids where random ones would only ever find nothing, and bodies bent out of shape."""

import json
import random
from typing import Any
from urllib.parse import unquote

from tests.fuzz.people import SECONDS, Person
from tests.fuzz.stage import METRICS_TOKEN

# How often a made-up value is replaced by one that exists, and a body by a bent one.
REAL, BENT = 0.7, 0.08
KINDS = ("application/json", "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "", "é")
PIECES = (b"\x00", b"\xff", b"\\ud800", b"{", b"]", b'"', b",", b"NaN", b"1e999", b"9" * 400, b"[" * 200, b"\xed\xa0\x80", b"\xe2\x80\xae")


def request(case: Any, person: Person, rng: random.Random) -> dict[str, Any]:
    """The arguments of `requests.Session.request` for a case, asked by this person."""
    lived_in(case, person, rng)
    case.cookies.clear()  # a made-up session is a stranger's; that one asks for everything anyhow
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=person.url)
    headers = {name: value for name, value in dict(sent.get("headers") or {}).items() if name.lower() not in ("user-agent", "x-csrftoken")}
    if rng.random() < 0.97:
        headers.update(person.headers())
    if case.method == "POST" and rng.random() < 0.5:
        headers.setdefault("Idempotency-Key", f"fuzz-{rng.randrange(10**6):08d}")
    if case.path == "/metrics" and rng.random() < 0.5:
        headers["Authorization"] = f"Bearer {METRICS_TOKEN}"
    sent["headers"] = headers
    if rng.random() < BENT:
        bend(sent, rng)
    return {**sent, "timeout": SECONDS, "allow_redirects": False}


def lived_in(case: Any, person: Person, rng: random.Random) -> None:
    """Put real ids, tickets, tokens, cursors and terms into a case, most of the time."""
    mine, all_ = person.things, person.common
    places, query, body = case.path_parameters, case.query, case.body
    if "id" in places and rng.random() < REAL:
        ours = mine.battles if mine.battles and rng.random() < 0.85 else all_.battles
        if ours:
            places["id"] = rng.choice(ours)
            if case.path.endswith("/stream") and rng.random() < REAL:
                query["ticket"] = unquote(mine.tickets.get(places["id"], "x"))
    if "client" in places and rng.random() < 0.97:
        places["client"] = "browser"
    if "token" in places and mine.tokens and rng.random() < REAL:
        places["token"] = rng.choice(mine.tokens)
    if "slug" in places and rng.random() < REAL:
        places["slug"] = "overall"
    if case.path.endswith(("me/battles", "me/points")) and mine.cursors and rng.random() < 0.4:
        query["cursor"] = unquote(rng.choice(mine.cursors))
    if isinstance(body, dict):
        _fill(body, all_.prompts, all_.terms, rng)


def _fill(body: dict[str, Any], prompts: list[str], terms: dict[str, str], rng: random.Random) -> None:
    if "prompt_id" in body and prompts and rng.random() < REAL:
        body["prompt_id"] = rng.choice(prompts)
        if rng.random() < REAL:
            body.pop("prompt", None)
    if "terms_hash" in body and rng.random() < REAL:
        body.update(terms_hash=terms["hash"], terms_version=terms["version"])
    for name in ("turn", "attempt"):
        if name in body and rng.random() < REAL:
            body[name] = 0


def bend(sent: dict[str, Any], rng: random.Random) -> None:
    """Spoil a request as no schema would: bytes put in, taken out or doubled in its body, another content type, a wrong method."""
    if "json" in sent:
        sent["data"] = json.dumps(sent.pop("json"))
    raw = sent.get("data") or b"{}"
    data = bytearray(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw if isinstance(raw, bytes) else b"{}")
    place = rng.randrange(len(data) + 1)
    match rng.randrange(5):
        case 0:
            data[place:place] = rng.choice(PIECES)
        case 1:
            del data[place:]
        case 2:
            data = data * 2
        case 3:
            sent["headers"]["Content-Type"] = rng.choice(KINDS).encode()
        case _:
            sent["method"] = rng.choice(("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY"))
    sent["data"] = bytes(data)
    sent["headers"].setdefault("Content-Type", "application/json")
