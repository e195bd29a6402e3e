"""A server started without the arena's websocket protocol says what is missing."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from arena.live.consumers import BoardConsumer


@pytest.mark.asyncio
@pytest.mark.parametrize("more", [{}, {"extensions": {}}])
async def test_a_server_that_cannot_send_frames_is_told_how_to_be_started(more: dict[str, object]) -> None:
    consumer = BoardConsumer()
    consumer.scope = {"url_route": {"kwargs": {"slug": "overall"}}, "headers": [], **more}
    with pytest.raises(ImproperlyConfigured, match=r"--ws arena\.live\.sockets:Sockets"):
        await consumer.connect()
