"""What S3 is twice as good as: the same proxy as one would write it first. Django's StreamingHttpResponse, httpx's client, an asyncio.Queue.

    BENCH_PROVIDER=<port> python -m uvicorn tests.bench.stock:application --port <port>

`GET /<model>` asks the provider twice. The one thing set for it is the client's number of connections: with httpx's own 100 it would serve 50.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

settings.configure(SECRET_KEY="bench", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True)
application = get_asgi_application()
URL = f"http://127.0.0.1:{os.environ['BENCH_PROVIDER']}/v1/chat/completions"
client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None))


async def ask(model: str, side: str, queue: "asyncio.Queue[str | None]") -> None:
    async with client.stream("POST", URL, content=json.dumps({"model": model, "stream": True}, separators=(",", ":"))) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                delta = json.loads(line[6:])["choices"][0]["delta"].get("content", "")
                await queue.put(f"event: delta\ndata: {json.dumps({'side': side, 'text': delta})}\n\n")
    await queue.put(None)


async def both(model: str) -> AsyncIterator[str]:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    sides = [asyncio.create_task(ask(model, side, queue)) for side in "ab"]
    left = len(sides)
    try:
        while left:
            frame = await queue.get()
            if frame is None:
                left -= 1
            else:
                yield frame
    finally:
        for side in sides:
            side.cancel()


async def stream(request: HttpRequest, model: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(both(model), content_type="text/event-stream")


urlpatterns: list[Any] = [path("<str:model>", stream)]
