"""Web processes behind one address. SIGHUP replaces them one by one, with the code that is there then, and no request is lost."""

import asyncio
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena.embedded.fleet import Fleet
from arena.providers import vault

BACKLOG = 2048
SLACK_SECONDS = 5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--processes", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        if refusal := vault.trouble():
            raise CommandError(refusal)
        argv, patience = uvicorn()
        family = socket.AF_INET6 if ":" in options["host"] else socket.AF_INET
        with socket.create_server((options["host"], options["port"]), family=family, backlog=BACKLOG) as listening:
            fleet = Fleet([*argv, "--fd", "{fd}"], max(1, options["processes"]), listening, patience)
            raise SystemExit(asyncio.run(fleet.run()))


def uvicorn() -> tuple[list[str], float]:
    """How a web process is started, but for where it listens; and how many seconds it may take to leave.

    Answers end DRAIN_SECONDS after the signal, and storing that may take a moment; then readers and sockets are cut off.
    """
    patience = settings.DRAIN_SECONDS + SLACK_SECONDS
    argv = [sys.executable, "-m", "uvicorn", "arena.asgi:application", "--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    argv.append("--no-access-log")  # we have our own; this one would be made for every request, and thrown away
    sockets = ["--ws", "arena.live.sockets:Sockets", "--ws-max-size", "4096", "--ws-per-message-deflate", "false"]
    leaving = ["--timeout-graceful-shutdown", str(int(patience)), "--no-proxy-headers"]
    return [*argv, *sockets, *leaving], settings.DRAIN_NOTICE_SECONDS + patience + SLACK_SECONDS
