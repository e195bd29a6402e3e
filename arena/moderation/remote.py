"""Asking a checker outside: the moderation protocol that OpenAI's servers, and many that one runs oneself, speak.

The text goes to the address in MODERATION_URL and nothing else does: no id, no name of a person or a contender.
"""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings

from arena import clock, metrics, outbound
from arena.moderation.categories import Finding, Rules

NAME = "remote"
MAX_BYTES = 256 * 1024
# After so many failures in a row it is not asked for a while: whoever waits for a dead checker waits for nothing.
FAILURES, REST_SECONDS = 3, 10.0
# Statuses that are about the text that was sent; any other says that the checker is away, busy or not set up.
_OF_THE_TEXT = (400, 413, 422)
# Their categories by ours; a name of ours stands for itself.
_OURS = {
    "sexual/minors": "sexual_minors",
    "sexual": "sexual",
    "hate": "hate",
    "hate/threatening": "hate",
    "harassment": "threats",
    "harassment/threatening": "threats",
    "self-harm": "self_harm",
    "self-harm/intent": "self_harm",
    "self-harm/instructions": "self_harm",
    "violence": "violence",
    "violence/graphic": "violence",
    "illicit": "crime",
    "illicit/violent": "violence",
}
_failures, _rest_until = 0, 0.0


class CheckFailed(Exception):
    """The checker outside gave no verdict; the sentence says why, and quotes nothing of the text."""


class Refused(CheckFailed):
    """It will not look at this text, which may be too long for it, and would say so again; about others it may well be asked."""


def is_asked(rules: Rules) -> bool:
    """Whether these rules want it asked, and the settings say where it is."""
    return rules.remote and bool(settings.MODERATION_URL)


def ask(text: str, rules: Rules) -> list[Finding]:
    """What the checker outside finds in a text. Raises CheckFailed, of it Refused. Not for event loops, and never inside a transaction."""
    global _failures, _rest_until
    if clock.monotonic() < _rest_until:
        raise CheckFailed("it is left alone for a moment, after several failures")
    try:
        found = _read(async_to_sync(_fetch)(text, rules.timeout_ms / 1000))
    except outbound.InTransaction:
        raise
    except Refused:
        _failures = 0
        metrics.MODERATION_FAILURES.inc()
        raise
    except (outbound.OutboundError, CheckFailed) as error:
        _failures += 1
        if _failures >= FAILURES:
            _failures, _rest_until = 0, clock.monotonic() + REST_SECONDS
        metrics.MODERATION_FAILURES.inc()
        raise CheckFailed(str(error)) from None
    _failures = 0
    return found


async def _fetch(text: str, seconds: float) -> tuple[int, bytes]:
    body: dict[str, Any] = {"input": text}
    if settings.MODERATION_MODEL:
        body["model"] = settings.MODERATION_MODEL
    # A connection is kept by an event loop, and this one may be gone when the call is over.
    headers: dict[str, str | outbound.Secret] = {"connection": "close"}
    if settings.MODERATION_KEY:
        headers["authorization"] = outbound.Secret(settings.MODERATION_KEY).within("Bearer {}")
    timeouts = outbound.Timeouts(connect=seconds, first_byte=seconds, idle=seconds, whole=seconds)
    async with outbound.stream(
        "POST", settings.MODERATION_URL, headers=headers, json=body, timeouts=timeouts, max_bytes=MAX_BYTES
    ) as response:
        return response.status, await response.read(MAX_BYTES)


def _read(answer: tuple[int, bytes]) -> list[Finding]:
    status, body = answer
    if status != 200:
        raise (Refused if status in _OF_THE_TEXT else CheckFailed)(f"it answered with status {status}")
    try:
        (result,) = json.loads(body)["results"]
        flagged = [name for name, is_found in result["categories"].items() if is_found is True]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CheckFailed("its answer is not of the moderation protocol") from None
    return [Finding(_OURS[name], name, NAME) for name in flagged if name in _OURS]
