"""Django's handler for the API: a request's whole middleware and its view in one go, in a thread that lasts.

Django's own makes a thread for each request, and goes there and back for most pieces of middleware: that is half of what a small request costs.
"""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase

PATH = "/api/"
# More than there are database connections: who waits too long for one must be told so.
THREADS_A_CONNECTION = 4


class ApiHandler(ASGIHandler):
    """An ASGI application for the addresses under `PATH`."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        every = settings.MIDDLEWARE
        settings.MIDDLEWARE = [name for name in every if "servestatic" not in name]  # it is asynchronous, and the API has no files
        try:
            self.load_middleware(is_async=False)
        finally:
            settings.MIDDLEWARE = every
        self._threads = ThreadPoolExecutor(settings.DATABASE_POOL * THREADS_A_CONNECTION, thread_name_prefix="api")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.handle(scope, receive, send)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self._respond, request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            close_old_connections()  # this thread's goes back to the pool
