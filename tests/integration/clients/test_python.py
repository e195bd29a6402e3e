"""The Python client against a running arena: what it reads, how it waits, and what it refuses to believe."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from evenhand import ApiError, Arena, Unreachable

from arena.ratings import actions as ratings
from arena.ratings.models import Board, Snapshot
from arena.vendors.models import ApiKey
from tests.integration.clients.conftest import Running
from tests.processes import ROOT

CLIENT = ROOT / "clients" / "python"


def test_it_reads_what_the_arena_tells(running: Running, folder: Path) -> None:
    arena, published = Arena(running.url), json.loads(bytes(Snapshot.objects.get().body))
    assert arena.board("overall") == published
    assert [board["slug"] for board in arena.boards()] == ["overall"]
    assert arena.board_csv().splitlines()[0].startswith("rank,rank_low,")
    assert {row["slug"] for row in arena.contenders()} == {row["contender"]["slug"] for row in published["rows"]}
    assert arena.contender("amber-7")["standings"][0]["board"]["slug"] == "overall"
    assert len(arena.contender_history("amber-7")["points"]) == len(arena.board_history()["points"]) == 1
    assert {row["contender"] for row in arena.head_to_head(contender="amber-7")["results"]} == {"amber-7"}
    assert arena.board(at="2999-01-01") == published
    day = arena.snapshots()[0]["date"]
    manifest = arena.snapshot(day)
    written = arena.download(day, folder / "kept")
    assert [path.name for path in written] == ["manifest.json", *(file["name"] for file in manifest["files"])]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written[1:]} == {
        file["name"]: file["sha256"] for file in manifest["files"]
    }


def test_what_has_not_changed_is_not_sent_again_and_not_counted(running: Running) -> None:
    ApiKey.objects.update(quota=3)
    arena = Arena(running.url, running.key)
    boards = [arena.board("overall") for _ in range(50)]
    assert boards == [boards[0]] * 50
    assert arena.limit is not None
    assert (arena.limit.name, arena.limit.left) == ("key", 2)
    Board.objects.update(title="Another title")
    ratings.publish(board_ids=[Board.objects.get().pk])
    for _ in range(200):
        if arena.board("overall")["title"] == "Another title":
            break
    assert arena.board("overall")["title"] == "Another title"
    assert arena.limit.left == 1


def test_refusals_say_what_and_why(running: Running) -> None:
    arena = Arena(running.url, running.key, patience=0)
    with pytest.raises(ApiError) as nowhere:
        arena.contender("nowhere")
    assert (nowhere.value.status, nowhere.value.code) == (404, "not-found")
    with pytest.raises(ApiError) as unclear:
        arena.board(at="yesterday")
    assert (unclear.value.code, unclear.value.errors[0]["field"]) == ("invalid-input", "at")
    with pytest.raises(ApiError) as wrong:
        Arena(running.url, running.key[:-1]).contenders()
    assert wrong.value.code == "key-invalid"
    small = Arena(running.url, running.another_key("small", "rankings"), patience=0)
    ApiKey.objects.filter(name="small").update(quota=1)
    small.contenders()
    with pytest.raises(ApiError) as spent:
        small.contenders()
    assert spent.value.code == "throttled"
    assert spent.value.retry_after


def test_a_key_reads_its_own_organisation(running: Running) -> None:
    assert [row["slug"] for row in Arena(running.url, running.key).organisation("amber-labs")["contenders"]] == ["amber-7"]
    with pytest.raises(ApiError) as narrow:
        Arena(running.url, running.another_key("narrow", "rankings")).organisation("amber-labs")
    assert narrow.value.code == "scope-missing"


def test_it_watches_a_board_with_its_key_and_comes_back(running: Running) -> None:
    boards = Arena(running.url, running.key).watch("overall")
    assert next(boards)["title"] == "Overall"
    Board.objects.update(title="Second")
    ratings.publish(board_ids=[Board.objects.get().pk])
    assert next(boards)["title"] == "Second"
    with pytest.raises(ApiError) as unknown:
        next(Arena(running.url, running.key).watch("nowhere"))
    assert unknown.value.status == 4404
    with pytest.raises(ApiError) as wrong:
        next(Arena(running.url, running.key[:-1]).watch("overall"))
    assert wrong.value.status == 4401


Said = tuple[int, dict[str, str], bytes]


@contextmanager
def speaking(replies: list[Said | None]) -> Iterator[str]:
    """A server that gives these replies in turn; None: it hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = replies.pop(0)
            if reply is None:
                self.close_connection = True
                return
            status, headers, body = reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_it_waits_as_long_as_it_is_told_and_tries_again_after_a_break() -> None:
    busy: Said = (503, {}, b'{"type": "/problems/busy", "detail": "Busy.", "retry_after": 0}')
    good: Said = (200, {}, b'{"results": []}')
    with speaking([busy, None, busy, good]) as url:
        assert Arena(url).boards() == []
    with speaking([None] * 3) as url, pytest.raises(Unreachable):
        Arena(url).boards()
    with speaking([(502, {}, b"<html>")]) as url, pytest.raises(ApiError) as gateway:
        Arena(url).boards()
    assert gateway.value.status == 502


@pytest.mark.parametrize("name", ["board.json", "../board.json"])
def test_a_file_that_is_not_what_the_manifest_says_is_not_written(folder: Path, name: str) -> None:
    body = b"{}"
    right = hashlib.sha256(body).hexdigest()
    file = {"name": name, "sha256": right if "/" in name else "0" * 64}
    manifest = json.dumps({"files": [file]}).encode()
    with speaking([(200, {}, manifest), (200, {}, body)]) as url, pytest.raises(ValueError, match="manifest"):
        Arena(url).download("2026-11-28", folder / "kept")
    assert not list(folder.rglob("*.json"))


def test_it_packs_into_a_wheel_that_is_typed(folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    made = subprocess.run([uv, "build", "--wheel", "--offline", "-q", "--out-dir", folder, CLIENT], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    (wheel,) = folder.glob("*.whl")
    assert {"evenhand/__init__.py", "evenhand/shapes.py", "evenhand/py.typed"} <= set(ZipFile(wheel).namelist())
