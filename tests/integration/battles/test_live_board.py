"""The leaderboard of everybody who watches: it moves at a vote, never back, and outlives what breaks below it."""

import json
from typing import Any

import httpx
import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from arena.battles import projector
from arena.battles.models import Battle
from arena.contenders import actions as contenders
from arena.contenders.models import State
from arena.live.broadcast import Hub
from arena.live.sockets import text_frame
from arena.ratings import actions as ratings
from arena.ratings.models import Board, Snapshot
from tests.cast import Arena, Person
from tests.integration.battles.stage import Stage, played
from tests.processes import Browser, LiveArena, Web, eventually

QUICK = {"BOARD_TICK_SECONDS": "0.05"}


def watch(web: Web, board: str = "overall", *, origin: str = "") -> ClientConnection:
    """To be entered. The page's own origin, unless told otherwise."""
    return connect(f"ws://127.0.0.1:{web.port}/ws/boards/{board}", origin=Origin(origin or web.url), open_timeout=10)


def told(socket: ClientConnection, *, votes: int, within: float = 40.0) -> list[dict[str, Any]]:
    """All messages up to the first that holds so many votes."""
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["votes"] < votes:
        heard.append(json.loads(socket.recv(timeout=within)))
    return heard


def vote(browser: Browser, outcome: str = "a") -> list[str]:
    """Read a battle and vote; who stood on a and who on b."""
    battle = browser.open()
    browser.read_all(battle["stream"]["url"])
    return [side["contender"]["slug"] for side in browser.cast(battle["id"], outcome).json()["vote"]["sides"]]


def rows(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["contender"]["slug"]: row for row in board["rows"]}


def test_P7_every_watcher_sees_the_board_move_and_never_go_back(live_arena: LiveArena) -> None:
    webs = [live_arena.web(), live_arena.web()]
    live_arena.projector(**QUICK)
    voters = [live_arena.browser(web) for web in webs]
    with watch(webs[0]) as here, watch(webs[1]) as there:
        first = told(here, votes=0)[0]
        assert first["type"] == "board"
        assert {row["mu"] for row in first["rows"]} == {"25.000000000"}
        told(there, votes=0)
        winner, loser = vote(voters[0])
        moved = told(here, votes=1)[-1]
        assert float(rows(moved)[winner]["mu"]) > 25 > float(rows(moved)[loser]["mu"])
        assert told(there, votes=1)[-1] == moved
        for number in range(6):
            vote(voters[number % 2])
        for socket in (here, there):
            seqs = [moved["seq"], *(message["seq"] for message in told(socket, votes=7))]
            assert seqs == sorted(set(seqs))
    with watch(webs[1]) as late:
        assert told(late, votes=7)[0]["votes"] == 7, "the newest board on connect"


def test_watchers_hear_of_votes_after_the_listening_connection_and_the_projector_were_killed(live_arena: LiveArena) -> None:
    web, numbering = live_arena.web(), live_arena.projector(**QUICK)
    voter = live_arena.browser(web)
    with watch(web) as socket:
        vote(voter)
        told(socket, votes=1)
        numbering.kill()
        numbering.wait(10)
        vote(voter)
        listeners = _terminate_listeners()
        assert listeners
        live_arena.projector(**QUICK)
        assert told(socket, votes=2)[-1]["votes"] == 2
        eventually(lambda: _listening() == listeners, what="listening again")
        vote(voter)
        assert told(socket, votes=3, within=4)[-1]["votes"] == 3, "told, not found at the next look after five seconds"


_LISTENER = "datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%%ratings_snapshot s JOIN%%'"


def _terminate_listeners() -> int:  # those of the shared web processes too
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_LISTENER}", [])
        return len(cursor.fetchall())


def _listening() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {_LISTENER}", [])
        return int(cursor.fetchone()[0])


async def test_P7_an_older_state_that_comes_late_is_not_passed_on() -> None:
    hub, heard = Hub(), list[int]()
    hub.join("overall", lambda state: heard.append(state.seq))
    for seq, etag in ((3, "c"), (2, "b"), (3, "c"), (5, "e"), (4, "d")):
        await hub._publish("overall", seq, b'{"slug":"overall"}', etag)
    assert heard == [3, 5]
    assert hub.boards["overall"].frame == text_frame(b'{"type":"board","slug":"overall"}')


@pytest.mark.parametrize("board", ["nowhere", "a.b", "overall/more", "../other", "../.."])
def test_an_unknown_board_or_address_is_closed_with_a_code_of_its_own(stage: Stage, board: str) -> None:
    with watch(stage.left, board) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        assert socket.close_code == 4404
    assert httpx.get(f"{stage.left.url}/api/v1/boards/nowhere").json()["type"] == "/problems/not-found"


def test_who_talks_too_much_is_closed_and_harms_nobody(stage: Stage) -> None:
    with watch(stage.left) as calm, watch(stage.left) as loud:
        calm.recv(timeout=10)
        with pytest.raises(ConnectionClosed):
            _chatter(loud)
        assert loud.close_code == 4429
        assert calm.ping().wait(10)
        browser = stage.browser()
        assert played(stage, browser)


def _chatter(socket: ClientConnection) -> None:
    for number in range(100_000):
        socket.send("x" * (number % 1000))


def test_a_page_of_another_site_may_not_watch(stage: Stage) -> None:
    with pytest.raises(InvalidStatus) as refused, watch(stage.left, origin="http://elsewhere.example"):
        pass
    assert refused.value.response.status_code == 403
    with watch(stage.left) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "board"


def test_a_board_that_has_not_changed_is_not_sent_again(stage: Stage) -> None:
    url = f"{stage.left.url}/api/v1/boards/overall"
    whole = httpx.get(url)
    assert whole.status_code == 200
    etag = whole.headers["etag"]
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        same = httpx.get(url, headers={"If-None-Match": condition})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert httpx.get(url, headers={"If-None-Match": '"other"'}).content == whole.content
    assert httpx.head(url).headers["content-length"] in ("0", str(len(whole.content)))


def test_the_board_on_the_socket_is_the_one_of_the_address(stage: Stage) -> None:
    with watch(stage.left) as socket:
        frame = json.loads(socket.recv(timeout=10))
    assert frame == {"type": "board", **httpx.get(f"{stage.left.url}/api/v1/boards/overall").json()}


def test_a_retired_contender_leaves_the_draw_and_keeps_its_place(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    sides = ada.vote(battle["id"], "a").json()["vote"]["sides"]
    gone = arena.contenders[sides[0]["contender"]["slug"].removesuffix("-7")]
    contenders.change_state(contender=gone, state=State.RETIRED, reason="tested")
    projector.project()
    ratings.publish(board_ids=[Board.objects.get().pk])  # at once, not at the next tick
    assert not any(gone.pk in Battle.objects.get(pk=ada.open()["id"]).candidates for _ in range(3))
    document = json.loads(bytes(Snapshot.objects.get(board=Board.objects.get()).body))
    assert document["votes"] == 1
    assert rows(document)[gone.slug]["wins"] == 1
