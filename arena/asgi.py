"""The ASGI application: lean routes first, then websockets, then Django; security headers around all of it."""

import os
from typing import Any

from arena import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
embedded.prepare()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

django = get_asgi_application()

from arena import asyncdb, outbound  # noqa: E402
from arena.battles.streaming import route as streaming  # noqa: E402
from arena.http.bounds import Bounds  # noqa: E402
from arena.http.headers import SecurityHeaders  # noqa: E402
from arena.http.lean import Routes  # noqa: E402
from arena.live.broadcast import hub  # noqa: E402
from arena.urls import lean, websockets  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Start listening for boards when the server starts; let streams finish and close doors when it ends."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            hub().start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await streaming.drain()
            await hub().stop()
            await outbound.aclose()
            await asyncdb.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


application = SecurityHeaders(
    Bounds(
        ProtocolTypeRouter(
            {
                "http": Routes(lean, django),
                "websocket": AllowedHostsOriginValidator(URLRouter(websockets)),
                "lifespan": lifespan,
            }
        )
    )
)
