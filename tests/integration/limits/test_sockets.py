"""Watchers: how many, from where, and what they may say; on real web processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.processes import LiveArena, Web, eventually

FULL, NETWORK_FULL, TALKS_TOO_MUCH = 4503, 4430, 4429


def watch(web: Web, *, origin: str | None = None, **headers: str) -> ClientConnection:
    own = Origin(web.url if origin is None else origin)
    return connect(f"ws://127.0.0.1:{web.port}/ws/boards/overall", origin=own, open_timeout=10, additional_headers=headers)


@contextmanager
def watching(web: Web, count: int) -> Iterator[list[ClientConnection]]:
    """So many watchers who have seen the board."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(watch(web)) for _ in range(count)]
        for socket in sockets:
            assert socket.recv(timeout=10)
        yield sockets


def code(web: Web, *words: str) -> int:
    """What the server closes with after these words of the client."""
    with watch(web) as socket, pytest.raises(ConnectionClosed) as closed:
        _converse(socket, words)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def _converse(socket: ClientConnection, words: tuple[str, ...]) -> None:
    for word in words:
        socket.send(word)
    while True:
        socket.recv(timeout=10)


def served(web: Web) -> bool:
    with watch(web) as socket:
        try:
            return bool(socket.recv(timeout=10))
        except ConnectionClosed:
            return False


def test_a_process_holds_so_many_sockets_and_a_place_comes_free(live_arena: LiveArena) -> None:
    web = live_arena.web(MAX_SOCKETS="3")
    with watching(web, 3) as sockets:
        assert code(web) == FULL
        assert code(web) == FULL, "a refused one takes no place"
        sockets[0].close()
        eventually(lambda: served(web), what="a place")
    eventually(lambda: served(web), what="a place")


def test_a_network_holds_so_many_and_another_is_served(live_arena: LiveArena) -> None:
    web = live_arena.web(MAX_SOCKETS_NETWORK="2", PROXY_DEPTH="1")
    with watching(web, 2):
        assert code(web) == NETWORK_FULL
        with watch(web, **{"X-Forwarded-For": "198.51.100.7"}) as elsewhere:
            assert elsewhere.recv(timeout=10)


def test_who_shouts_or_chatters_is_closed_and_others_watch_on(live_arena: LiveArena) -> None:
    web = live_arena.web()
    with watching(web, 1) as (quiet,):
        assert code(web, "x" * 5000) == TALKS_TOO_MUCH
        assert code(web, *(["hello"] * 25)) == TALKS_TOO_MUCH
        assert quiet.ping().wait(5)
        assert served(web)


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
def test_no_other_site_may_watch_in_a_persons_name(live_arena: LiveArena, origin: str) -> None:
    web = live_arena.web()
    with pytest.raises(InvalidStatus) as refused:
        watch(web, origin=origin)
    assert refused.value.response.status_code == 403


def test_a_socket_with_huge_headers_is_refused_before_anything_reads_them(live_arena: LiveArena) -> None:
    web = live_arena.web()
    with pytest.raises(InvalidStatus) as refused:
        watch(web, **{f"X-{number}": "x" for number in range(120)})
    assert refused.value.response.status_code == 403
