"""The text of EIP-4361, to the letter."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from arena.users import siwe

ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
ISSUED = datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
# The examples of the EIP ("Message Examples").
EXAMPLE = """\
{domain} wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
RESOURCES = ("ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/", "https://example.com/my-web2-claim.json")


def written(**change: Any) -> str:
    parts: dict[str, Any] = {
        "domain": "example.com",
        "address": ADDRESS,
        "statement": "I accept the ExampleOrg Terms of Service: https://example.com/tos",
        "uri": "https://example.com/login",
        "chain_id": 1,
        "nonce": "32891756",
        "issued_at": ISSUED,
    }
    return siwe.text(**{**parts, **change})


@pytest.mark.parametrize("domain", ["example.com", "example.com:3388", "https://example.com"])
def test_the_examples_of_the_eip_come_out_to_the_letter(domain: str) -> None:
    assert written(domain=domain, resources=RESOURCES) == EXAMPLE.format(domain=domain)


def test_the_expiration_follows_the_issue_on_the_last_line() -> None:
    lines = written(expires_at=ISSUED + timedelta(minutes=5)).split("\n")
    assert lines[-2:] == ["Issued At: 2021-09-30T16:25:24Z", "Expiration Time: 2021-09-30T16:30:24Z"]
    assert len(lines) == 11


def test_times_are_told_in_utc_to_the_millisecond() -> None:
    moment = datetime(2021, 9, 30, 18, 25, 24, 123_456, tzinfo=timezone(timedelta(hours=2)))
    assert "Issued At: 2021-09-30T16:25:24.123Z" in written(issued_at=moment)


def test_a_text_is_of_its_own_domain_only() -> None:
    text = written(domain="arena.example.com:8000")
    assert siwe.is_of("arena.example.com:8000", text)
    for other in ("arena.example.com", "example.com:8000", "arena.example.com:80", "", "evil.example"):
        assert not siwe.is_of(other, text)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "1234567"},
        {"nonce": "12345678\nChain ID: 2"},
        {"nonce": "1234-5678"},
        {"statement": "two\nlines"},
        {"statement": ""},
        {"statement": "“quoted”"},
        {"domain": "example.com wants"},
        {"domain": "example.com\n"},
        {"domain": "example.com/path"},
        {"domain": ""},
        {"uri": "https://example.com/ a"},
        {"uri": "example.com"},
        {"address": ADDRESS[:-1]},
        {"address": f"{ADDRESS}\n"},
        {"resources": ["https://example.com/\n- https://evil.example"]},
    ],
)
def test_nothing_given_can_add_or_hide_a_line(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not an EIP-4361"):
        written(**change)
