"""Whether this web process is on its way out: it serves what it has, says that it is not ready, and begins nothing new."""

from arena import clock

_began: float | None = None


def begin() -> None:
    """From now on this process drains; again changes nothing."""
    global _began
    if _began is None:
        _began = clock.monotonic()


def on() -> bool:
    return _began is not None


def elapsed() -> float:
    """Seconds since the draining began, 0 when it has not."""
    return 0.0 if _began is None else clock.monotonic() - _began


def reset() -> None:
    """Back to serving; for tests."""
    global _began
    _began = None
