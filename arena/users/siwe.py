"""Sign-In with Ethereum: the text that a wallet is asked to sign (EIP-4361). Pure.

There is no parser: the arena writes the text, keeps it, and later asks whether exactly that text was signed.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

# RFC 3986 without what a text of lines could be taken apart with. The EIP lets a scheme stand before the domain.
_DOMAIN = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?[A-Za-z0-9.:\[\]_~-]+")
_STATEMENT = re.compile(r"[A-Za-z0-9 \-._~:/?#\[\]@!$&'()*+,;=]+")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_GREETING = " wants you to sign in with your Ethereum account:"


def text(
    *,
    domain: str,
    address: str,
    statement: str,
    uri: str,
    chain_id: int,
    nonce: str,
    issued_at: datetime,
    expires_at: datetime | None = None,
    resources: Sequence[str] = (),
) -> str:
    """The EIP-4361 text, version 1, to the letter; it ends without a line feed. `address` is EIP-55 checksummed, times are RFC 3339 in UTC.

    Raises ValueError for a part that the EIP's grammar does not allow, so that nothing given can add or hide a line.
    """
    _check(_DOMAIN, domain, "domain")
    _check(_ADDRESS, address, "address")
    _check(_STATEMENT, statement, "statement")
    _check(_NONCE, nonce, "nonce")
    for one in (uri, *resources):
        _check(_URI, one, "URI")
    lines = [
        f"{domain}{_GREETING}",
        address,
        "",
        statement,
        "",
        f"URI: {uri}",
        "Version: 1",
        f"Chain ID: {chain_id:d}",
        f"Nonce: {nonce}",
        f"Issued At: {_instant(issued_at)}",
    ]
    if expires_at is not None:
        lines.append(f"Expiration Time: {_instant(expires_at)}")
    if resources:
        lines += ["Resources:", *(f"- {resource}" for resource in resources)]
    return "\n".join(lines)


def is_of(domain: str, signed: str) -> bool:
    """Whether this text was written for that domain."""
    return signed.startswith(f"{domain}{_GREETING}\n")


def _check(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"not an EIP-4361 {what}: {value!r}")


def _instant(moment: datetime) -> str:
    """RFC 3339 in UTC to the second, or to the millisecond where there is a part of one."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")
