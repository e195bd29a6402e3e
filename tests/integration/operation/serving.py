"""Web processes that share one address: the parent holds the listening socket, so that none who knocks finds nobody."""

import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import ROOT, START_SECONDS, LiveArena, Web, eventually


@dataclass(slots=True)
class Door:
    """One listening socket and the processes behind it; their logs go to `logs`."""

    live: LiveArena
    logs: Path
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=512))
    started: int = 0

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def web(self, **env: str) -> Web:
        """One more process behind the door; returns once it has begun to serve."""
        self.started += 1
        log = self.logs / f"web-{self.started}.log"
        options = ["--fd", str(self.listening.fileno()), "--ws", "arena.live.sockets:Sockets", "--no-proxy-headers"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "arena.asgi:application", *options],
                cwd=ROOT,
                env=self.live.environment(**env),
                pass_fds=[self.listening.fileno()],
                stdout=out,
                stderr=out,
            )
        self.live.children.append(process)
        eventually(lambda: "Application startup complete" in log.read_text(), within=START_SECONDS, what="the web process")
        return Web(process, self.port)

    def told(self) -> str:
        """Everything that the processes have logged."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("web-*.log")))
