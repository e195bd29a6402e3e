"""Watchers: how many, from where, and what they may say; on real web processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from arena.users.models import User
from arena.vendors import actions as vendors
from tests.processes import LiveArena, Web, eventually

FULL, NETWORK_FULL, KEY_FULL, TALKS_TOO_MUCH = 4503, 4430, 4431, 4429
KEY_INVALID, SCOPE_MISSING = 4401, 4403


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


def made_key(name: str, *scopes: str) -> str:
    """A key of a new organisation's."""
    ada = User.objects.create_user(name, f"{name}@example.org", "a long enough passphrase")
    organisation = vendors.found_organisation(by=ada, slug=name, name=name)
    return vendors.make_key(membership=organisation.memberships.get(), name=name, scopes=scopes, days=1)[0]


def by_program(web: Web, key: str, board: str = "overall") -> ClientConnection:
    """A program's socket: it shows a key, and no page's origin."""
    headers = {"Authorization": f"Bearer {key}"}
    return connect(f"ws://127.0.0.1:{web.port}/ws/boards/{board}", open_timeout=10, additional_headers=headers)


def end(socket: ClientConnection) -> int:
    """What the server closes with by itself."""
    with socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_program_watches_with_a_key_whose_sockets_are_counted_by_themselves(live_arena: LiveArena) -> None:
    one, other, narrow = made_key("one", "rankings"), made_key("other", "rankings"), made_key("narrow", "organisation")
    web = live_arena.web(MAX_SOCKETS_KEY="2", MAX_SOCKETS_NETWORK="1")
    with ExitStack() as stack:
        for key in (one, one, other):
            assert stack.enter_context(by_program(web, key)).recv(timeout=10)
        assert end(by_program(web, one)) == KEY_FULL
        assert served(web), "a page of the same network has its own place"
    assert end(by_program(web, one[:-1])) == KEY_INVALID
    assert end(by_program(web, one[:-1] + ("a" if one[-1] != "a" else "b"))) == KEY_INVALID
    assert end(by_program(web, narrow)) == SCOPE_MISSING
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{web.port}/ws/boards/overall", open_timeout=10)
