"""Structured logs: one JSON object a line in production, readable lines in development."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# The last line of defence: nothing of ours logs these, but a library, or an error that quotes what it was given, may.
HIDDEN = frozenset({"api_key", "authorization", "cookie", "cookies", "password", "prompt", "secret", "sessionid", "ticket", "token"})
TELLTALE = re.compile(
    r"(?i)(\b(?:ticket|sessionid|csrftoken|api_key|key|password|token)=|\b(?:bearer|basic)\s+|x-api-key:?\s*|(?<!\w)/s/)[^\s&\"';,]+"
)


def scrub(logger: Any, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Black out what must never be read in a log: fields of telling names, and what follows one within any text."""
    for name, value in line.items():
        if name.lower() in HIDDEN:
            line[name] = "[hidden]"
        elif isinstance(value, str):
            line[name] = TELLTALE.sub(r"\1[hidden]", value)
    return line


def plain(logger: Any, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keep only plain values of a library's extra fields: an object would be drawn by its repr, a request's address and query with it."""
    ours = {name: value for name, value in line.items() if name.startswith("_") or name == "exc_info"}
    return ours | {name: value for name, value in line.items() if isinstance(value, str | int | float | bool)}


def configuration(*, debug: bool, level: str) -> dict[str, Any]:
    """The LOGGING setting; every logger, Django's and the libraries' too, ends in the same renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, scrub, structlog.dev.ConsoleRenderer(colors=False)]
        if debug
        else [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), plain, *shared],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"arena": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "arena"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "procrastinate": {"level": "WARNING"},
            # The server's access lines hold queries, and with them tickets; the clients' hold providers' and the
            # node's addresses, and with them keys. We have our own.
            "uvicorn.access": {"level": "CRITICAL"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "web3": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }
