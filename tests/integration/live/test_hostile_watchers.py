"""Watchers who never read, flood or send noise: everybody else sees every tick, and those who misbehave are thrown out."""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from arena.contenders.models import Contender, State
from arena.ratings import actions as ratings
from arena.ratings.models import Board
from tests.processes import LiveArena, Web, eventually

TICKS, VIEWERS, EACH = 10, 10, 5
FLOOD = b"\x81\x81\0\0\0\0x" * 1000  # as many words of one letter
MANY = 80  # ticks of 100 kB: more than the kernel keeps for one socket


def raw(web: Web) -> socket.socket:
    """A websocket after its handshake, in the hands of somebody who may do anything with it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", web.port))
    host = f"127.0.0.1:{web.port}"
    made.sendall(
        f"GET /ws/boards/overall HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert made.recv(12) == b"HTTP/1.1 101"
    return made


def sends(words: Callable[[], bytes]) -> Callable[[Web, threading.Event], int]:
    """Somebody who sends as much as is taken, and comes again when thrown out; how often that was."""

    def annoy(web: Web, over: threading.Event) -> int:
        thrown = -1
        while not over.is_set():
            thrown += 1
            with contextlib.suppress(OSError), contextlib.closing(raw(web)) as mine:
                mine.settimeout(3)
                while not over.is_set():
                    mine.sendall(words())
            over.wait(0.2)
        return thrown

    return annoy


def is_mute(web: Web, over: threading.Event) -> int:
    with contextlib.closing(raw(web)):
        over.wait()
    return 0


@contextmanager
def annoyed(web: Web) -> Iterator[None]:
    """All kinds of them at once."""
    over = threading.Event()
    kinds = [sends(lambda: FLOOD), sends(lambda: os.urandom(7000)), is_mute]
    with ThreadPoolExecutor(len(kinds) * EACH) as pool:
        thrown = [pool.submit(kind, web, over) for kind in kinds for _ in range(EACH)]
        try:
            yield
        finally:
            over.set()
        assert sum(one.result() for one in thrown) > 2 * EACH, "they were not even noticed"


def publish(title: str) -> None:
    Board.objects.update(title=title)
    ratings.publish(board_ids=[Board.objects.get().pk])


def watch(web: Web) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{web.port}/ws/boards/overall", origin=Origin(web.url), open_timeout=20, compression=None)


def told(viewer: ClientConnection, last: str) -> list[str]:
    """The titles of all boards up to one."""
    titles: list[str] = []
    while not titles or titles[-1] != last:
        titles.append(json.loads(viewer.recv(timeout=20))["title"])
    return titles


def test_everybody_else_sees_every_tick(live_arena: LiveArena) -> None:
    web = live_arena.web(MAX_SOCKETS_NETWORK="1000")
    ticks = [f"tick {number}" for number in range(TICKS)]
    with ExitStack() as stack:
        viewers = [stack.enter_context(watch(web)) for _ in range(VIEWERS)]
        with annoyed(web), ThreadPoolExecutor(VIEWERS) as pool:
            seen = [pool.submit(told, viewer, ticks[-1]) for viewer in viewers]
            for tick in ticks:
                time.sleep(0.4)
                publish(tick)
            assert [[title for title in one.result() if title in ticks] for one in seen] == [ticks] * VIEWERS


def enlarge() -> None:
    """A board of 100 kB: a few dozen of it are more than the kernel keeps for somebody."""
    Contender.objects.bulk_create([Contender(slug=f"c{n}", name=f"C{n}", vendor="Many", state=State.LISTED) for n in range(250)])


def many() -> None:
    for number in range(MANY):
        publish(f"tick {number}")


def _sockets(web: Web) -> int:
    return len(os.listdir(f"/proc/{web.process.pid}/fd"))


def test_a_slow_one_skips_to_the_newest_board(live_arena: LiveArena) -> None:
    web = live_arena.web()
    enlarge()
    with contextlib.closing(raw(web)) as slow:
        many()
        publish("the last")
        slow.settimeout(20)
        heard = b""
        while b"the last" not in heard[-200_000:]:
            heard += slow.recv(1 << 20)
    assert 1 <= heard.count(b'"title":"tick ') < MANY


def test_one_who_never_reads_is_cut_off_though_boards_wait_for_it(live_arena: LiveArena) -> None:
    web = live_arena.web(UVICORN_WS_PING_INTERVAL="2", UVICORN_WS_PING_TIMEOUT="2")
    enlarge()
    empty = _sockets(web)
    with contextlib.closing(raw(web)):
        assert _sockets(web) > empty
        many()
        eventually(lambda: _sockets(web) <= empty, within=20, what="being cut off")


def test_who_says_nothing_wrong_for_long_stays(live_arena: LiveArena) -> None:
    """What is heard is counted anew at every ping: pongs of days do not add up."""
    web = live_arena.web(UVICORN_WS_PING_INTERVAL="0.1", UVICORN_WS_PING_TIMEOUT="5")
    with watch(web) as viewer:
        time.sleep(2)
        publish("still there")
        assert told(viewer, "still there")
