"""How `verify_epoch` reads a site: through the door, no more than a file may have, and nothing but that site."""

import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError
from pytest_django import Settings

from arena.management.commands import verify_epoch
from arena.outbound import client

PAGES = {"leaves.csv": (200, b"x" * 5_000), "gone.csv": (404, b""), "moved.csv": (301, b""), "broken.csv": (500, b"")}
BUSY: list[tuple[int, bytes]] = []


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        status, body = BUSY.pop() if BUSY else PAGES[name]
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "https://arena.example/")
        if status == 429:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_file_is_read_whole_or_is_not_there(site: str) -> None:
    with verify_epoch._from_site(site, print) as read:
        assert read(1, "leaves.csv") == b"x" * 5_000
        assert read(1, "gone.csv") is None


@pytest.mark.parametrize(("name", "told"), [("moved.csv", "moved to https://arena.example/: name that site"), ("broken.csv", "status 500")])
def test_any_other_answer_is_said_and_followed_nowhere(site: str, name: str, told: str) -> None:
    with verify_epoch._from_site(site, print) as read, pytest.raises(CommandError, match=told):
        read(1, name)


def test_a_site_that_is_busy_is_waited_for(site: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(sys.modules[__name__], "BUSY", [(429, b"")] * 2)
    with verify_epoch._from_site(site, print) as read:
        assert read(1, "leaves.csv") == b"x" * 5_000
    assert (waited, capsys.readouterr().out.count("in 7 s")) == ([7, 7], 2)


def test_more_than_a_file_may_have_is_not_read(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_epoch, "LARGEST_FILE", 4_999)
    with verify_epoch._from_site(site, print) as read, pytest.raises(CommandError, match="longer than allowed"):
        read(1, "leaves.csv")


def test_the_site_that_was_named_is_let_in_wherever_it_stands_and_no_other(site: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = []
    with verify_epoch._from_site(site, print) as read:
        assert read(1, "gone.csv") is None
        with verify_epoch._from_site("http://127.0.0.1:9", print):
            pass
    assert client._current_limits().allow == ()
    with verify_epoch._from_site("https://arena.example", print) as other:
        assert client._current_limits().allow == ("arena.example",)
        assert other is not None


@pytest.mark.parametrize("address", ["arena.example", "file:///etc/passwd", "https://", "https://ada:secret@arena.example"])
def test_what_is_no_site_is_said_at_once(address: str) -> None:
    with pytest.raises(CommandError, match="https://"), verify_epoch._from_site(address, print):
        raise AssertionError
