"""The projector and the worker serve their metrics only when they are told a port."""

import socket

import httpx
import pytest

from tests.processes import LiveArena, eventually, free_port


def scraped(port: int) -> str:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=2).text
    except httpx.HTTPError:
        return ""


@pytest.mark.parametrize("process", ["projector", "worker"])
def test_a_process_told_a_port_serves_its_metrics(live_arena: LiveArena, process: str) -> None:
    port = free_port()
    live_arena.start("manage.py", process, METRICS_PORT=str(port))
    text = eventually(lambda: scraped(port), within=30, what="the metrics")
    assert "arena_projector_batch" in text
    if process == "projector":
        eventually(lambda: "arena_projector_last_round_timestamp_seconds 0.0" not in scraped(port), what="a round")


def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    from arena import metrics

    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "bind", lambda *args: opened.append(args))
    metrics.serve()
    assert not opened
