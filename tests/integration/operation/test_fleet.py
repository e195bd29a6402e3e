"""`manage.py web`: SIGHUP replaces every web process while people go on asking."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from tests.processes import START_SECONDS, LiveArena, eventually, free_port

pytestmark = pytest.mark.slow


def children(parent: int) -> set[int]:
    """The process ids of the web processes."""
    return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def asking(url: str, over: threading.Event, seen: list[int | str]) -> None:
    """A new connection for each request: every one of them is handed to a process that stays."""
    while not over.wait(0.01):
        try:
            seen.append(httpx.get(url, timeout=10).status_code)
        except httpx.HTTPError as error:
            seen.append(repr(error))


def started(live_arena: LiveArena) -> tuple["subprocess.Popen[bytes]", str]:
    port = free_port()
    fleet = live_arena.start("manage.py", "web", "--port", str(port), "--processes", "2", DRAIN_SECONDS="2")
    url = f"http://127.0.0.1:{port}/api/v1/boards/overall"
    eventually(lambda: answers(url) and len(children(fleet.pid)) == 2, within=2 * START_SECONDS, what="two web processes")
    return fleet, url


def test_both_web_processes_are_replaced_and_no_request_fails(live_arena: LiveArena) -> None:
    fleet, url = started(live_arena)
    first, over = children(fleet.pid), threading.Event()
    seen: list[int | str] = []
    thread = threading.Thread(target=asking, args=(url, over, seen))
    thread.start()
    try:
        fleet.send_signal(signal.SIGHUP)
        eventually(
            lambda: not first & (now := children(fleet.pid)) and len(now) == 2,
            within=2 * START_SECONDS,
            what="the last of the old ones going",
        )
    finally:
        over.set()
        thread.join(20)
    assert len(seen) > 20
    assert set(seen) == {200}
    fleet.terminate()
    assert fleet.wait(20) == 0


def test_a_web_process_that_dies_before_it_serves_is_replaced_too(live_arena: LiveArena) -> None:
    fleet = live_arena.start("manage.py", "web", "--port", str(free_port()), "--processes", "2", DRAIN_SECONDS="2")
    first = eventually(lambda: len(now := children(fleet.pid)) == 2 and now, within=START_SECONDS, what="two processes")
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: victim not in (now := children(fleet.pid)) and len(now) == 2, within=2 * START_SECONDS, what="another web process")
    assert fleet.poll() is None


def test_a_web_process_that_dies_is_replaced_and_none_outlives_its_parent(live_arena: LiveArena) -> None:
    fleet, url = started(live_arena)
    (victim, other) = sorted(children(fleet.pid))
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: victim not in (now := children(fleet.pid)) and len(now) == 2, within=START_SECONDS, what="another web process")
    assert other in children(fleet.pid)
    assert answers(url)
    fleet.kill()
    fleet.wait(10)
    eventually(lambda: not Path(f"/proc/{other}/exe").exists() or not answers(url), what="the end of the children")
