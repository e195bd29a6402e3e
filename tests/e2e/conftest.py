"""A real Chromium, as people use it."""

import os
import shutil
import zlib
from collections.abc import Iterator

import pytest
from django.conf import global_settings
from django.conf import settings as django_settings
from django.contrib.auth import hashers
from django.core.cache import cache
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.looking import LOOKS, new_window
from tests.processes import LiveArena, Web

# Playwright's synchronous interface keeps an event loop in this thread; Django would take its own calls for asynchronous ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ONE_LOOK each test that has several looks has one of them, always the same: half of them each, where time is short."""
    if "ONE_LOOK" not in os.environ:
        return
    looks = [f"{width}-{scheme}]" for width, scheme in LOOKS]

    def is_left_out(item: pytest.Item) -> bool:
        name, _, look = item.nodeid.rpartition("[")
        return look in looks and looks.index(look) != zlib.crc32(name.encode()) % len(looks)

    config.hook.pytest_deselected(items=[item for item in items if is_left_out(item)])
    items[:] = [item for item in items if not is_left_out(item)]


@pytest.fixture(scope="session", autouse=True)
def _passwords_as_everywhere() -> None:
    """A password of few rounds would be hashed anew by the site at the first proof, which ends the session."""
    django_settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    hashers.reset_hashers(setting="PASSWORD_HASHERS")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing. On Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def live_arena(live_arena: LiveArena) -> LiveArena:
    """The same for everybody, with no limit used up."""
    cache.clear()
    return live_arena


@pytest.fixture
def site(live_arena: LiveArena) -> Web:
    """The arena with one web process and a projector."""
    web = live_arena.web()
    live_arena.projector()
    return web


@pytest.fixture
def page(chromium: Browser, site: Web) -> Iterator[Page]:
    """A new visitor's window; a message on the console or a script error fails the test."""
    context = new_window(chromium, site.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def seen(request: pytest.FixtureRequest, chromium: Browser, site: Web) -> Iterator[Page]:
    """A new visitor's window of one width and colour scheme, at a name, because passkeys are bound to one."""
    width, scheme = request.param
    url = site.url.replace("127.0.0.1", "localhost")
    context = new_window(chromium, url, width, scheme, height=800)
    yield context.new_page()
    context.close()
