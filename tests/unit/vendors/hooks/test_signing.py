import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from arena.vendors.hooks import signing

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
BODY = '{"type":"contender.rank_changed","data":{"name":"Bär-7 ★"}}'


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_vector_of_the_specification() -> None:
    """As the reference implementations have it in their own tests."""
    found = signing.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_the_hmac_of_id_time_and_body() -> None:
    found = signing.headers([signing.secret(KEY)], id="msg_1", timestamp=1700000000, body=BODY.encode())
    mark = hmac.new(KEY, b"msg_1.1700000000." + BODY.encode(), hashlib.sha256).digest()
    assert found == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{base64.b64encode(mark).decode()}",
    }


@given(key=some.binary(min_size=24, max_size=64), body=some.dictionaries(some.text(), some.integers() | some.text()))
def test_another_implementation_verifies_whatever_is_signed(key: bytes, body: dict[str, object]) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    headers = signing.headers([signing.secret(key)], id="msg_0", timestamp=now(), body=raw.encode())
    assert Webhook(signing.secret(key)).verify(raw, headers) == json.loads(raw)


def test_while_secrets_change_both_of_them_verify() -> None:
    headers = signing.headers([signing.secret(KEY), signing.secret(OTHER)], id="msg_2", timestamp=now(), body=BODY.encode())
    assert Webhook(signing.secret(KEY)).verify(BODY, headers) == Webhook(signing.secret(OTHER)).verify(BODY, headers) == json.loads(BODY)


@pytest.mark.parametrize("change", ["body", "id", "timestamp", "secret"])
def test_whoever_changes_anything_is_found_out(change: str) -> None:
    headers = signing.headers([signing.secret(KEY)], id="msg_3", timestamp=now(), body=BODY.encode())
    headers |= {"id": {"webhook-id": "msg_4"}, "timestamp": {"webhook-timestamp": str(now() - 60)}}.get(change, {})
    secret, body = signing.secret(OTHER if change == "secret" else KEY), BODY + " " * (change == "body")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_key_of_another_size_than_the_specification_asks_for_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        signing.secret(bytes(size))


def test_what_is_no_secret_of_ours_signs_nothing() -> None:
    with pytest.raises(ValueError, match="not a webhook"):
        signing.headers(["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id="msg_5", timestamp=0, body=b"")
