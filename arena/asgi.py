"""The ASGI application: lean routes first, then websockets, then Django; security headers, and what is told of a request, around all of it."""

import asyncio
import contextlib
import gc
import os
import signal
import threading
from types import FrameType
from typing import Any

from arena import embedded
from arena.embedded import fleet

gc.disable()  # until all is imported, see arena/apps.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
embedded.prepare()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

django = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from arena import asyncdb, outbound  # noqa: E402
from arena.battles.streaming import route as streaming  # noqa: E402
from arena.chain import abi  # noqa: E402
from arena.http.access import Access  # noqa: E402
from arena.http.bounds import Bounds  # noqa: E402
from arena.http.handler import PATH, ApiHandler  # noqa: E402
from arena.http.headers import SecurityHeaders  # noqa: E402
from arena.http.lean import Routes  # noqa: E402
from arena.live.broadcast import hub  # noqa: E402
from arena.live.callers import Origins  # noqa: E402
from arena.prompts import classify, uploads  # noqa: E402
from arena.providers import vault  # noqa: E402
from arena.urls import lean, websockets  # noqa: E402

gc.enable()  # where Django was ready before

# So long the start waits to hear whether the stored secrets can be opened.
LOOK_SECONDS = 3.0


def drain_at_sigterm() -> None:
    """Have SIGTERM begin the draining, and reach the server DRAIN_NOTICE_SECONDS later; a second one reaches it at once.

    In between the process answers everything but new streams, and `/readyz` says that it is on its way out.
    """
    loop, ends = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(ends):
        return
    kept: list[asyncio.Task[None]] = []

    def begin() -> None:
        kept.append(loop.create_task(streaming.finish()))
        loop.call_later(settings.DRAIN_NOTICE_SECONDS, ends, signal.SIGTERM, None)

    def told(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, ends)
        loop.call_soon_threadsafe(begin)

    signal.signal(signal.SIGTERM, told)


def prepare() -> None:
    """What the first prompt, and the first look at a wallet, would wait for."""
    classify.prepare()
    if settings.CHAIN_RPC_URL:
        abi.prepare()
        gc.freeze()  # as below, for some 50 MB more


def trouble() -> str:
    """See `vault.trouble`; for a thread that ends."""
    try:
        return vault.trouble()
    finally:
        connection.close()


async def why_not() -> str:
    """Why this process must not serve; empty for nothing, also when nobody can tell within a moment: the database may come later."""
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(asyncio.to_thread(trouble), LOOK_SECONDS)
    return ""


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Start listening for boards when the server starts; let streams finish and close doors when it ends."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            if refusal := await why_not():
                await send({"type": "lifespan.startup.failed", "message": refusal})
                return
            hub().start()
            drain_at_sigterm()
            threading.Thread(target=prepare, daemon=True).start()  # the server does not wait for it
            # What has been made by now stays: it need not be looked through, in a tenth of a second in which nobody is served, ever again.
            gc.collect()
            gc.freeze()
            await send({"type": "lifespan.startup.complete"})
            fleet.tell_ready()
        elif message["type"] == "lifespan.shutdown":
            await streaming.finish()
            await hub().stop()
            await outbound.aclose()
            await asyncdb.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


api = ApiHandler()


async def by_address(scope: Any, receive: Any, send: Any) -> None:
    """What no lean route serves: the API, and all else (pages, files, accounts, the admin's site)."""
    await (api if scope["path"].startswith(PATH) else django)(scope, receive, send)


routes = Routes(lean, by_address)
application = Access(
    SecurityHeaders(
        Bounds(
            ProtocolTypeRouter(
                {
                    "http": routes,
                    "websocket": Origins(URLRouter(websockets)),
                    "lifespan": lifespan,
                }
            ),
            uploads.most,
        )
    ),
    routes,
)
