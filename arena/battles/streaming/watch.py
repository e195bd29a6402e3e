"""What streaming says of itself to the log and the metrics: providers by slug, battles by id, never a word of a prompt or an answer."""

from math import nan

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from arena import asyncdb, metrics
from arena.battles.streaming.store import AnswerState, RouteRow
from arena.providers import registry
from arena.providers.base import Done, Failed
from arena.providers.queries import endpoint

log = structlog.get_logger("arena.streaming")
_asked: dict[str, RouteRow] = {}
_LAG = """
SELECT (SELECT count(*) FROM votelog_pending) AS pending,
       (SELECT coalesce(extract(epoch FROM now() - min(at)), 0) FROM votelog_pending) AS age,
       (SELECT coalesce(sum(t.amount), 0) FROM ledger_hold h JOIN ledger_transfer t ON t.id = h.transfer_id) AS points
"""
_BOARDS = "SELECT slug, coalesce((SELECT max(seq) FROM votelog_entry), -1) - last_seq AS lag FROM ratings_board"


def began(answer: AnswerState, route: RouteRow | None) -> None:
    """A side is about to be asked of a provider; again when it is drawn anew."""
    if route is not None:
        _asked[route.provider] = route
    metrics.STREAMS_STARTED.labels(_slug(route)).inc()
    log.info("answer began", side=answer.letter, provider=_slug(route))


def first_token(route: RouteRow, seconds: float) -> None:
    metrics.FIRST_TOKEN_SECONDS.labels(route.provider).observe(seconds)


def settled(answer: AnswerState, route: RouteRow | None, end: Done | Failed) -> None:
    """How a provider's try went. The code alone is told: a detail may quote what was asked."""
    for direction, count in (("in", end.usage.input_tokens), ("out", end.usage.output_tokens)):
        if count is not None:
            metrics.TOKENS.labels(_slug(route), direction).inc(max(0, count))
    if isinstance(end, Failed):
        metrics.PROVIDER_FAILURES.labels(_slug(route), end.code).inc()
        log.warning("provider failed", side=answer.letter, provider=_slug(route), code=end.code)


def ended(answer: AnswerState, route: RouteRow | None) -> None:
    """A side is over."""
    metrics.STREAMS_ENDED.labels(_slug(route), answer.status).inc()
    log.info("answer ended", side=answer.letter, provider=_slug(route), status=answer.status, error=answer.error)


def _slug(route: RouteRow | None) -> str:
    return route.provider if route else "none"


@metrics.at_scrape
async def measure() -> None:
    """Breakers of the providers that this process has asked; the log's, the boards' and the points' state in the database."""
    for slug, route in _asked.items():
        metrics.BREAKER_OPEN.labels(slug).set(not registry.available(endpoint(route)))
    try:
        async with asyncdb.connection() as connection:
            row = await (await connection.execute(_LAG)).fetchone()
            boards = await (await connection.execute(_BOARDS)).fetchall()
    except (psycopg.Error, PoolTimeout):
        row, boards = {"pending": nan, "age": nan, "points": nan}, []
        metrics.BOARD_LAG.clear()
    assert row is not None
    metrics.LOG_PENDING.set(row["pending"])
    metrics.LOG_PENDING_AGE.set(row["age"])
    metrics.POINTS_PENDING.set(row["points"])
    for board in boards:
        metrics.BOARD_LAG.labels(board["slug"]).set(board["lag"])
