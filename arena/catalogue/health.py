"""How contenders do lately: answers, failures, how long they take, what they cost. And when one fails so often that it is left out."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from arena import clock
from arena.contenders.models import Contender, State

# The provider's own failures. A refusal, an empty or an endless answer may be the prompt's doing: nobody shall have a contender paused by
# what they ask of it. What ended with one of our processes is not held against anybody either.
HELD_AGAINST = ("unreachable", "auth", "server_error", "rate_limited", "timed_out", "malformed", "interrupted")
_FAILED = "a.status = 'failed' AND split_part(a.fault, ':', 1) = ANY(%(held)s)"
_ENDED = f"(a.status = 'done' OR {_FAILED})"
_FIGURES = f"""
SELECT s.contender_id AS contender, count(*) FILTER (WHERE {_ENDED}) AS answers, count(*) FILTER (WHERE {_FAILED}) AS failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM a.first_token_at - a.started_at)) AS first_token_ms,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM a.first_token_at - a.started_at)) AS slow_token_ms,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.output_tokens / nullif(extract(epoch FROM a.finished_at - a.first_token_at), 0)) AS rate,
       sum((coalesce(a.input_tokens, 0) * coalesce(c.price_input, 0) + coalesce(a.output_tokens, 0) * coalesce(c.price_output, 0)) / 1000000) AS cost
FROM battles_answer a JOIN battles_side s ON s.id = a.side_id JOIN contenders_contender c ON c.id = s.contender_id
JOIN battles_battle b ON b.id = s.battle_id AND b.reuses_id IS NULL  -- copies were asked of nobody
LEFT JOIN providers_route r ON r.contender_id = c.id
WHERE a.finished_at > %(since)s AND (NOT %(watched)s OR r.watched_from IS NULL OR a.finished_at > r.watched_from)
GROUP BY s.contender_id
"""
_FAULTS = f"""
SELECT a.finished_at, a.fault FROM battles_answer a JOIN battles_side s ON s.id = a.side_id
WHERE s.contender_id = %(contender)s AND a.finished_at > %(since)s AND {_FAILED} ORDER BY a.finished_at DESC LIMIT 5
"""


@dataclass(frozen=True, slots=True)
class Health:
    """Of answers that ended within a window. Times in ms, `rate` in tokens a second, `cost` in USD; None where nobody can say."""

    answers: int = 0
    failed: int = 0
    first_token_ms: int | None = None
    slow_token_ms: int | None = None
    rate: float | None = None
    cost: Decimal = Decimal(0)

    @property
    def failure_share(self) -> float:
        """Of the answers, 0 to 1."""
        return self.failed / self.answers if self.answers else 0.0


def fails(health: Health, *, least: int, share: float) -> bool:
    """Whether so many of at least `least` answers failed that the contender is to be left out."""
    return health.answers >= max(least, 1) and health.failure_share >= share


def by_contender(window: timedelta, *, watched: bool = False) -> dict[int, Health]:
    """By contender, of the last `window`; with `watched` of what ended since each was brought back. Who did not answer is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"held": list(HELD_AGAINST), "since": clock.now() - window, "watched": watched})
        return {
            id: Health(answers, failed, _whole(first), _whole(slow), _tenth(rate), cost)
            for id, answers, failed, first, slow, rate, cost in cursor
        }


def faults(contender: Contender, window: timedelta) -> list[dict[str, Any]]:
    """The newest failures of a contender, as the provider told them; keys are blacked out where they are stored."""
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, {"held": list(HELD_AGAINST), "contender": contender.pk, "since": clock.now() - window})
        return [{"at": at, "fault": fault} for at, fault in cursor]


def failing() -> list[tuple[Contender, Health]]:
    """Contenders that are drawn now and should not be."""
    found = by_contender(timedelta(seconds=settings.PAUSE_WINDOW_SECONDS), watched=True)
    bad = {id: one for id, one in found.items() if fails(one, least=settings.PAUSE_LEAST_ANSWERS, share=settings.PAUSE_FAILURE_SHARE)}
    drawn = Contender.objects.filter(
        pk__in=bad, route__paused_at=None, state__in=(State.PRIVATE_TEST, State.PRELIMINARY, State.LISTED)
    ).order_by("pk")
    return [(contender, bad[contender.pk]) for contender in drawn]


def _whole(value: Any) -> int | None:
    return None if value is None else round(float(value))


def _tenth(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
