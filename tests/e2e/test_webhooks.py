"""What a vendor does on the page of webhooks, with a worker and a receiver of its own."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from arena import clock
from arena.users.models import User
from arena.vendors import actions as vendors
from tests.e2e.looking import fits, new_window
from tests.processes import LiveArena, Web

PASSWORD = "a long enough passphrase"
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Receiver(ThreadingHTTPServer):
    """On loopback, which a developer's arena may post to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(server.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@dataclass(frozen=True)
class Owner:
    """Of Amber Labs, whose contender Amber-7 is."""

    user: User


@pytest.fixture
def page(chromium: Browser, site: Web) -> Iterator[Page]:
    """A window; a refusal that asks for a proof is noted by the browser as an error, a script's error fails the test."""
    context = new_window(chromium, site.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def ada(page: Page, site: Web, live_arena: LiveArena) -> Owner:
    """Signed in at the page, having proved a moment ago who she is."""
    live_arena.start("manage.py", "worker")
    user = User.objects.create_user("ada", "ada@example.org", PASSWORD)
    organisation = vendors.found_organisation(by=user, slug="amber-labs", name="Amber Labs")
    vendors.enter(organisation=organisation, contender=live_arena.arena.contenders["amber"])
    session = SessionStore()
    session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp(), "email": user.email}]
    session.create()
    page.context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": site.url}])
    return Owner(user)


def shot(page: Page, name: str) -> None:
    """At both widths, where a folder for it is named."""
    if folder := os.environ.get("SHOTS"):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
            assert fits(page), f"{name} is wider than the window"
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_vendor_adds_a_webhook_tests_it_and_sees_what_became_of_it(ada: Owner, page: Page, receiver: Receiver) -> None:
    page.goto("/vendor/webhooks")
    expect(page.get_by_test_id("no-hooks")).to_be_visible()
    shot(page, "webhooks-none")
    page.get_by_test_id("hook-url").fill(receiver.url)
    page.get_by_test_id("hook-add").click()
    expect(page.get_by_test_id("hook-secret").or_(page.get_by_test_id("prove"))).to_be_visible(timeout=60_000)
    if page.get_by_test_id("prove").is_visible():
        shot(page, "webhooks-prove")
        page.get_by_test_id("prove").fill(PASSWORD)
        page.get_by_test_id("prove-send").click()
    secret = page.get_by_test_id("hook-secret").inner_text(timeout=60_000)
    shot(page, "webhooks-made")
    page.get_by_test_id("kept").click()
    page.get_by_test_id("hook-test").click()
    expect(page.get_by_test_id("message").get_by_text("Delivered")).to_be_visible(timeout=60_000)
    headers, body = receiver.got[0]
    assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    receiver.status = 500
    page.get_by_test_id("hook-test").click()
    expect(page.get_by_text("The receiver answered 500.")).to_be_visible(timeout=60_000)
    page.get_by_test_id("message").first.get_by_text("Look at it").click()
    expect(page.get_by_text('"type":"webhook.test"')).to_be_visible()
    shot(page, "webhooks-failing")
    receiver.status = 200
    page.get_by_test_id("message").first.get_by_text("Try now").click()
    expect(page.get_by_test_id("message").first.get_by_text("Delivered")).to_be_visible(timeout=60_000)
    page.get_by_test_id("hook-turn").click()
    expect(page.get_by_test_id("hook-state")).to_have_text("Switched off")
