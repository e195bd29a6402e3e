"""Bodies that nobody should send: each refused with its status, its type and a sentence, and nothing stored."""

import json
from typing import Any

import pytest
from django.conf import settings

from arena.battles.models import Turn
from tests.cast import Arena, Person
from tests.integration.http.rows import rows

MALFORMED = "/problems/malformed-json"
INVALID = "/problems/invalid-input"
LARGE = "/problems/too-large"

BODIES: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, INVALID),
    "blank": (b"   ", 400, MALFORMED),
    "broken": (b'{"prompt": "x"', 400, MALFORMED),
    "trailing": (b'{"prompt": "x"} {}', 400, MALFORMED),
    "single quotes": (b"{'prompt': 'x'}", 400, MALFORMED),
    "array": (b'["x"]', 400, INVALID),
    "string": (b'"x"', 400, INVALID),
    "null": (b"null", 400, INVALID),
    "null byte": (b'{"prompt": "a\\u0000b"}', 400, INVALID),
    "raw null byte": (b'{"prompt": "a\x00b"}', 400, MALFORMED),
    "lone high surrogate": (b'{"prompt": "a\\ud800b"}', 400, INVALID),
    "lone low surrogate": (b'{"prompt": "\\udc00"}', 400, INVALID),
    "surrogate in a name": (b'{"prompt": "x", "\\ud800": 1}', 400, INVALID),
    "invalid utf-8": (b'{"prompt": "\xff"}', 400, MALFORMED),
    "utf-8 surrogate": (b'{"prompt": "\xed\xa0\x80"}', 400, MALFORMED),
    "utf-16": ('{"prompt": "x"}'.encode("utf-16"), 400, MALFORMED),
    "byte order mark": (b'\xef\xbb\xbf{"prompt": "x"}', 400, MALFORMED),
    "a thousand lists": (b'{"prompt": ' + b"[" * 1000 + b"]" * 1000 + b"}", 400, INVALID),
    "100,000 lists": (b"[" * 100_000, 400, INVALID),
    "20,000 objects": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, 400, INVALID),
    "10^400": (b'{"prompt_id": 1' + b"0" * 400 + b"}", 400, INVALID),
    "5,000 digits": (b'{"prompt_id": ' + b"9" * 5000 + b"}", 400, MALFORMED),
    "1e999": (b'{"prompt": 1e999}', 400, MALFORMED),
    "-1e999": (b'{"prompt": -1e999}', 400, MALFORMED),
    "nan": (b'{"prompt": NaN}', 400, MALFORMED),
    "infinity": (b'{"prompt": -Infinity}', 400, MALFORMED),
    "duplicate names": (b'{"prompt": "x", "prompt": "y"}', 400, MALFORMED),
    "duplicate names within": (b'{"prompt": {"a": 1, "a": 2}}', 400, MALFORMED),
    "unknown field": (b'{"prompt": "x", "pompt": "y"}', 400, INVALID),
    "neither": (b"{}", 400, INVALID),
    "both": (b'{"prompt": "x", "prompt_id": "01a20451-db8b-73f8-b25a-2ef1362132c4"}', 400, INVALID),
    "empty prompt": (b'{"prompt": ""}', 400, INVALID),
    "white prompt": (b'{"prompt": " \\n\\t\\u00a0\\u2003"}', 400, INVALID),
    "object prompt": (b'{"prompt": {"text": "x"}}', 400, INVALID),
    "true prompt": (b'{"prompt": true}', 400, INVALID),
    "null prompt": (b'{"prompt": null}', 400, INVALID),
    "no such prompt": (b'{"prompt_id": "01a20451-db8b-73f8-b25a-2ef1362132c4"}', 404, "/problems/not-found"),
    "no uuid": (b'{"prompt_id": "1; DROP TABLE battles_battle"}', 400, INVALID),
    "long prompt": (json.dumps({"prompt": "x" * (settings.PROMPT_CHARS + 1)}).encode(), 413, LARGE),
    "200 kB prompt": (json.dumps({"prompt": "x" * 200_000}).encode(), 413, LARGE),
    "large body": (json.dumps({"prompt": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}).encode(), 413, LARGE),
    "large white body": (b" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'{"prompt": "x"}', 413, LARGE),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused_with_its_problem_and_stores_nothing(name: str, ada: Person) -> None:
    raw, status, kind = BODIES[name]
    before = rows()
    reply = ada.post("battles", raw=raw, key="one-key-for-this")
    assert (reply.status_code, reply.json()["type"]) == (status, kind), reply.content
    assert " at at " not in reply.json()["detail"]
    assert rows() == before


KEPT = {
    "right to left": "שלום \u202eevil\u202c \u200fעולם",
    "bidi isolates": "\u2066a\u2067b\u2069",
    "script": "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; &amp; &#x27; \"quoted\" 'too'",
    "sql": "'; DROP TABLE battles_vote; --",
    "astral": "👩‍👩‍👧‍👦 𝕳𝖊𝖑𝖑𝖔 \U0010fffd",
    "controls": "a\x01\x07\x1b[31mb\x7f",
    "line ends": "a\r\nb\u2028c\u2029d\n\n",
    "zero width": "a\u200bb\ufeffc",
    "white around": "  x \n",
    "not normalised": "e\u0301 é",
    "template": "{{ 7*7 }} {% debug %} ${7*7} %s %(x)s",
    "longest": "ü" * settings.PROMPT_CHARS,
}


@pytest.mark.parametrize("name", KEPT)
def test_a_strange_prompt_is_kept_and_given_back_as_it_is(name: str, ada: Person) -> None:
    reply = ada.post("battles", {"prompt": KEPT[name]})
    assert reply.status_code == 201
    assert reply["Content-Type"] == "application/json"
    assert Turn.objects.get().content == [{"type": "text", "text": KEPT[name]}]
    again = ada.get(f"battles/{reply.json()['id']}").json()
    assert again["turns"][0]["prompt"][0]["text"] == KEPT[name]


VOTES: dict[str, dict[str, Any] | bytes] = {
    "unknown outcome": {"outcome": "c"},
    "outcome by number": {"outcome": 0},
    "outcome list": {"outcome": ["a"]},
    "no outcome": {},
    "null outcome": {"outcome": None},
    "upper case": {"outcome": "A"},
    "surrogate outcome": b'{"outcome": "\\ud800", "turn": 0, "attempt": 0}',
    "huge turn": b'{"outcome": "a", "turn": 1' + b"0" * 400 + b', "attempt": 0}',
    "endless turn": b'{"outcome": "a", "turn": 1e999, "attempt": 0}',
    "turn below zero": {"outcome": "a", "turn": -1},
    "half a turn": {"outcome": "a", "turn": 0.5},
    "true turn": {"outcome": "a", "turn": True},
    "unknown reason": {"outcome": "a", "reasons": {"a": ["pretty"]}},
    "surrogate reason": b'{"outcome": "a", "turn": 0, "attempt": 0, "reasons": {"a": ["\\udfff"]}}',
    "reason for side c": {"outcome": "a", "reasons": {"c": []}},
    "long comment": {"outcome": "a", "comment": "x" * 2001},
    "null byte comment": {"outcome": "a", "comment": "a\0b"},
    "scroll above one": {"outcome": "a", "measures": {"scroll": {"a": 1.01}}},
    "huge scroll": {"outcome": "a", "measures": {"scroll": {"a": 10**400}}},
    "ages on the page": {"outcome": "a", "measures": {"page_ms": 10**12}},
    "time below zero": {"outcome": "a", "measures": {"vote_ms": -1}},
    "unknown measure": {"outcome": "a", "measures": {"mood": 3}},
    "unknown input": {"outcome": "a", "measures": {"input": "telepathy"}},
    "unknown field": {"outcome": "a", "weight": 100},
}


@pytest.mark.parametrize("name", VOTES)
def test_a_bad_vote_is_refused_and_the_right_one_still_counts(name: str, arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    before, ballot = rows(), VOTES[name]
    raw = ballot if isinstance(ballot, bytes) else json.dumps({"turn": 0, "attempt": 0} | ballot).encode()
    reply = ada.post(f"battles/{battle}/vote", raw=raw)
    assert reply.status_code == 400, reply.content
    assert rows() == before
    assert ada.vote(battle).status_code == 200


def test_each_wrong_field_is_named(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    body = {"outcome": "x", "turn": -1, "attempt": 0, "measures": {"scroll": {"b": 2}}, "extra": 1}
    reply = ada.post(f"battles/{battle}/vote", body)
    assert {row["field"] for row in reply.json()["errors"]} >= {"extra"}
    del body["extra"]
    reply = ada.post(f"battles/{battle}/vote", body)
    assert {row["field"] for row in reply.json()["errors"]} == {"outcome", "turn", "measures.scroll.b"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"prompt=x"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\ny\r\n--x--\r\n'),
        ("text/plain", b'{"prompt": "x"}'),
        ("", b'{"prompt": "x"}'),
        ("application/problem+json", b'{"prompt": "x"}'),
        ("nonsense", b'{"prompt": "x"}'),
    ],
)
def test_a_wrong_content_type_is_refused(kind: str, body: bytes, ada: Person) -> None:
    before = rows()
    token = ada.client.cookies["csrftoken"].value
    reply = ada.client.generic("POST", "/api/v1/battles", body, content_type=kind, headers={"X-CSRFToken": token})
    assert (reply.status_code, reply.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert rows() == before
