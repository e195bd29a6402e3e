"""A client of an Evenhand arena's rankings API: `Arena("https://arena.example", key="eh_...").board("overall")`."""

import hashlib
import http.client
import json
import re
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode, urlsplit

from evenhand import shapes

__all__ = ["ApiError", "Arena", "Limit", "Unreachable", "shapes"]

_TRIES = 3
_REMEMBERED = 256
_LONGEST_PAUSE = 60.0
# Closed with these, a socket would be closed again: a key that does not hold or lacks the scope, no such board, words of ours.
_FINAL = {4401, 4403, 4404, 4429}


class ApiError(Exception):
    """The arena refused. `code` is stable; `detail` is a sentence that says what to do; `errors` names fields."""

    def __init__(self, status: int, problem: Mapping[str, Any]):
        self.status = status
        self.code = str(problem.get("type", "")).rpartition("/")[2]
        self.detail = str(problem.get("detail") or f"The arena answered {status}.")
        self.retry_after: int | None = problem.get("retry_after")
        self.errors: list[dict[str, str]] = problem.get("errors", [])
        super().__init__(f"{status} {self.code}: {self.detail}")


class Unreachable(Exception):
    """There was no answer, several times in a row."""


class Limit(NamedTuple):
    """What is left of a quota, and in how many seconds it is whole again."""

    name: str
    left: int
    reset: int


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Arena:
    """An arena at an address, asked with a key or without. `timeout`, `patience`: seconds. Safe for several threads."""

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 30.0, patience: float = 60.0):
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the address of an arena: {url!r}")
        self._parts, self._key, self._timeout, self._patience = parts, key, timeout, patience
        self._seen: dict[str, tuple[str, bytes]] = {}
        self._local, self._open = threading.local(), list[http.client.HTTPConnection]()
        weakref.finalize(self, _close, self._open)
        self.limit: Limit | None = None

    def boards(self) -> list[shapes.BoardSummary]:
        """All boards, in the arena's order."""
        return cast(shapes.Boards, self._json("boards"))["results"]

    def board(self, slug: str = "overall", *, at: str | None = None) -> shapes.Board:
        """A board now, or as it was at a day (its end) or moment, ISO 8601."""
        return cast(shapes.Board, self._json(f"boards/{_part(slug)}", at=at))

    def board_csv(self, slug: str = "overall", *, at: str | None = None) -> str:
        """The same as a table."""
        return self._read(f"boards/{_part(slug)}", at=at, format="csv").decode()

    def board_history(self, slug: str = "overall") -> shapes.BoardHistory:
        """The states of a board that were kept, in brief, oldest first."""
        return cast(shapes.BoardHistory, self._json(f"boards/{_part(slug)}/history"))

    def analysis(self, slug: str = "overall") -> dict[str, Any]:
        """A board's statistics."""
        return cast(dict[str, Any], self._json(f"boards/{_part(slug)}/analysis"))

    def contenders(self) -> list[shapes.Contender]:
        """Every contender that is or was public."""
        return cast(shapes.Contenders, self._json("contenders"))["results"]

    def contender(self, slug: str) -> shapes.ContenderDetail:
        """A contender: what it is, where it stands, what became of it."""
        return cast(shapes.ContenderDetail, self._json(f"contenders/{_part(slug)}"))

    def contender_history(self, slug: str, *, board: str | None = None) -> shapes.ContenderHistory:
        """A contender on a board over time, oldest first."""
        return cast(shapes.ContenderHistory, self._json(f"contenders/{_part(slug)}/history", board=board))

    def head_to_head(self, *, board: str | None = None, contender: str | None = None) -> shapes.HeadToHead:
        """Who beat whom: every pair once, or all pairs of one contender, it first."""
        return cast(shapes.HeadToHead, self._json("head-to-head", board=board, contender=contender))

    def snapshots(self) -> list[shapes.Snapshot]:
        """The days whose rankings were kept to be cited, the newest first."""
        return cast(shapes.Snapshots, self._json("snapshots"))["results"]

    def snapshot(self, date: str) -> shapes.Manifest:
        """The manifest of a day's rankings."""
        return cast(shapes.Manifest, self._json(f"snapshots/{_part(date)}"))

    def download(self, date: str, folder: str | Path) -> list[Path]:
        """Write a day's files into a folder, the manifest first. Raises ValueError if one is not what the manifest says."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        manifest = self._read(f"snapshots/{_part(date)}/manifest.json")
        files = {"manifest.json": manifest}
        for file in cast(shapes.Manifest, json.loads(manifest))["files"]:
            body = self._read(f"snapshots/{_part(date)}/{_part(file['name'])}")
            if Path(file["name"]).name != file["name"] or hashlib.sha256(body).hexdigest() != file["sha256"]:
                raise ValueError(f"{file['name']} is not what the manifest of {date} says")
            files[file["name"]] = body
        for name, body in files.items():
            (target / name).write_bytes(body)
        return [target / name for name in files]

    def organisation(self, slug: str) -> shapes.Organisation:
        """The key's own organisation, with its contenders in whatever state; needs the scope `organisation`."""
        return cast(shapes.Organisation, self._json(f"organisations/{_part(slug)}"))

    def watch(self, slug: str = "overall") -> Iterator[shapes.Board]:
        """The board now and at every change, for ever; comes back after a break, and skips what it gave already. Needs `evenhand[live]`.

        Raises ApiError when there is no such board, or the key does not hold.
        """
        from websockets.exceptions import ConnectionClosed, InvalidHandshake
        from websockets.sync.client import connect

        scheme, pause, last = "wss" if self._parts.scheme == "https" else "ws", 1.0, ""
        address = f"{scheme}://{self._parts.netloc}{self._parts.path}/ws/boards/{_part(slug)}"
        origin = f"{self._parts.scheme}://{self._parts.netloc}"
        while True:
            try:
                with connect(address, additional_headers=self._headers() | {"Origin": origin}, open_timeout=self._timeout) as socket:
                    for message in socket:
                        board = cast(shapes.Board, json.loads(message))
                        mark = hashlib.sha256(message.encode() if isinstance(message, str) else message).hexdigest()
                        if mark != last:
                            yield board
                        last, pause = mark, 1.0
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 0
                if code in _FINAL:
                    raise ApiError(code, {"detail": closed.rcvd.reason if closed.rcvd else ""}) from closed
            except (OSError, TimeoutError, InvalidHandshake):
                pass
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _json(self, path: str, **query: str | None) -> Any:
        return json.loads(self._read(path, **query))

    def _read(self, path: str, **query: str | None) -> bytes:
        """The body; from memory while it has not changed."""
        given = urlencode({name: value for name, value in query.items() if value is not None})
        target = f"{self._parts.path}/api/v1/{path}{'?' + given if given else ''}"
        etag, known = self._seen.get(target, ("", b""))
        until = time.monotonic() + self._patience
        while True:
            reply = self._ask(target, {"If-None-Match": etag} if etag else {})
            self._note(reply.headers)
            if reply.status == 304:
                return known
            if reply.status == 200:
                if fresh := reply.headers.get("etag"):
                    if len(self._seen) >= _REMEMBERED:
                        self._seen.clear()
                    self._seen[target] = (fresh, reply.body)
                return reply.body
            error = ApiError(reply.status, _problem(reply.body))
            wait = error.retry_after if reply.status in (429, 503) else None
            if wait is None or time.monotonic() + wait > until:
                raise error
            time.sleep(wait)

    def _ask(self, target: str, headers: Mapping[str, str]) -> _Reply:
        """One answer, over this thread's connection. A read may be sent again: the connection may have been closed meanwhile."""
        for number in range(_TRIES):
            connection = self._connection()
            try:
                connection.request("GET", target, headers={**self._headers(), **headers})
                reply = connection.getresponse()
                return _Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if number == _TRIES - 1:
                    raise Unreachable(f"{self._parts.netloc} does not answer: {error}") from error
                time.sleep(0.2 * number)
        raise AssertionError

    def _connection(self) -> http.client.HTTPConnection:
        known: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if known is None:
            kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
            known = self._local.connection = kind(str(self._parts.hostname), self._parts.port, timeout=self._timeout)
            self._open.append(known)
        return known

    def _headers(self) -> dict[str, str]:
        told = {"Accept": "application/json, text/csv, */*", "User-Agent": "evenhand-python/0.1"}
        return told | ({"Authorization": f"Bearer {self._key}"} if self._key else {})

    def _note(self, headers: Mapping[str, str]) -> None:
        if found := re.match(r'"([^"]+)";r=(\d+);t=(\d+)', headers.get("ratelimit", "")):
            self.limit = Limit(found[1], int(found[2]), int(found[3]))


def _close(connections: list[http.client.HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


def _part(text: str) -> str:
    return quote(text, safe="")


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
