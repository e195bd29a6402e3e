"""What is counted of each step of a vote's life, for Prometheus. Each process counts its own.

Labels are few by construction: routes, outcomes and states are known beforehand, providers and boards are rows that operators make. What
can be read off when somebody asks (pools, lags, sockets) is measured then: see `at_scrape`.
"""

import logging
from collections.abc import Awaitable, Callable

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram, start_http_server

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

REQUESTS = Counter("arena_http_requests", "Replies, by route template", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("arena_http_request_seconds", "Until the reply was whole; streams are left out", ["route"], buckets=FAST)

BATTLES = Counter("arena_battles_opened", "Battles opened")
STREAMS_STARTED = Counter("arena_streams_started", "Answers that began to be written", ["provider"])
STREAMS_ENDED = Counter("arena_streams_ended", "Answers that ended, by how", ["provider", "status"])
STREAMS_OPEN = Gauge("arena_streams_open", "Readers of event streams")
GENERATIONS = Gauge("arena_generations", "Battles being written by this process")
FIRST_TOKEN_SECONDS = Histogram("arena_first_token_seconds", "From asking a provider to its first token", ["provider"], buckets=SLOW)
TOKENS = Counter("arena_tokens", "Tokens as providers count them", ["provider", "direction"])
PROVIDER_FAILURES = Counter("arena_provider_failures", "Tries that failed, by code", ["provider", "code"])
BREAKER_OPEN = Gauge("arena_provider_breaker_open", "1 while a provider is left alone after failures", ["provider"])

MODERATION_FINDINGS = Counter("arena_moderation_findings", "What was found in texts, and what was done", ["kind", "category", "action"])
MODERATION_FAILURES = Counter("arena_moderation_failures", "Questions to the checker outside that it did not answer")

VOTES = Counter("arena_votes", "Votes cast, by outcome", ["outcome"])
POINTS = Counter("arena_points_issued", "Points awarded for votes")
POINTS_PENDING = Gauge("arena_points_pending", "Points that wait for their hold to end")

POINTS_CONVERTED = Counter("arena_points_converted", "Points turned into credits")
EPOCHS_SEALED = Counter("arena_epochs_sealed", "Epochs sealed by this process")
EPOCHS_INSPECTED = Counter("arena_epochs_inspected", "Epochs that the guardian derived again, by result", ["result"])
MONEY_ALARMS = Gauge("arena_money_alarms", "Open alarms about money, by code", ["code"])

LOG_PENDING = Gauge("arena_log_pending", "Facts that wait for their number")
LOG_PENDING_AGE = Gauge("arena_log_pending_age_seconds", "How long the oldest of them has waited")
BOARD_LAG = Gauge("arena_board_lag_entries", "Log entries that a board has not folded yet", ["board"])
DATABASE_UP = Gauge("arena_database_up", "1 when the database answered at this scrape")
PROJECTOR_BATCH = Histogram(
    "arena_projector_batch", "Facts numbered and entries folded in one round", buckets=(1, 3, 10, 30, 100, 300, 1000, 3000)
)
PROJECTOR_SECONDS = Histogram("arena_projector_round_seconds", "One round that had something to do", buckets=FAST)
PROJECTOR_AT = Gauge("arena_projector_last_round_timestamp_seconds", "When the last round ended well")

PUBLISH_SECONDS = Histogram("arena_board_publish_seconds", "From a board's publishing to this process's sockets", buckets=FAST)
SOCKETS = Gauge("arena_sockets", "Open websockets")
POOL = Gauge("arena_db_pool", "Database connections", ["pool", "state"])

CHAIN_CALLS = Counter("arena_chain_calls", "Questions to the chain's node, by how they ended", ["method", "outcome"])
CHAIN_SECONDS = Histogram("arena_chain_call_seconds", "Until the node had answered", ["method"], buckets=FAST)
CHAIN_HEAD = Gauge("arena_chain_head", "The newest block that the node told of")
CHAIN_FINAL = Gauge("arena_chain_final", "The newest final block that the node told of")
CHAIN_READ = Gauge("arena_chain_read", "The newest block whose events were read")
CHAIN_LAG = Gauge("arena_chain_lag_seconds", "How old the newest block was when it was asked for")

# Run before each reply to a scrape, in the event loop.
measures: list[Callable[[], Awaitable[None]]] = []


def at_scrape(measure: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Have `measure` run whenever this process's metrics are asked for; it must be quick and raise nothing."""
    measures.append(measure)
    return measure


def serve() -> None:
    """Serve this process's metrics at METRICS_HOST:METRICS_PORT if that is set; raises OSError when the port is taken."""
    if settings.METRICS_PORT:
        start_http_server(settings.METRICS_PORT, addr=settings.METRICS_HOST)
        logging.getLogger("arena.metrics").info("metrics are served", extra={"port": settings.METRICS_PORT})
