"""uvicorn's websockets with a way to send frames made beforehand, and with an end for whoever never reads or never stops talking.

A board goes to thousands at once. Through ASGI each of them costs an encoding, three copies and a task that wakes up; here the very same
bytes are handed to every transport. Servers are started with `--ws arena.live.sockets:Sockets`.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

EXTENSION = "arena.frames"
# A watcher has nothing to say but pongs. Parsing what somebody says all the same holds up everybody else, 20 microseconds for each frame of
# a few bytes: so little is read of it. Counted anew at every ping.
MAX_HEARD_BYTES = 1024
TALKS_TOO_MUCH = 4429
LEAVE_SECONDS = 1.0


def text_frame(text: bytes) -> bytes:
    """UTF-8 text as one unmasked, uncompressed websocket frame."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


class Sockets(WebSocketsSansIOProtocol):
    """One websocket. `scope["extensions"][EXTENSION]` is its `offer`."""

    waiting: bytes | None = None
    heard = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Whatever the kernel does not take at once pauses us: frames never queue here.
        transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else the handshake was refused
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.offer

    def offer(self, frame: bytes) -> None:
        """Send a frame of `text_frame`; while the one before has not left, the newest offered waits, and replaces any that waits."""
        if not self.writable.is_set():
            self.waiting = frame
        elif not (self.close_sent or self.transport.is_closing()):
            self.transport.write(frame)

    def resume_writing(self) -> None:
        super().resume_writing()
        if (frame := self.waiting) is not None:
            self.waiting = None
            self.offer(frame)

    def data_received(self, data: bytes) -> None:
        self.heard += len(data)
        if self.heard <= MAX_HEARD_BYTES or not self.handshake_complete:
            super().data_received(data)
        elif not self.transport.is_closing():
            self.transport.pause_reading()  # for good: not a byte more of it is looked at
            if not self.close_sent:
                self.conn.send_close(TALKS_TOO_MUCH)
                self.transport.write(b"".join(self.conn.data_to_send()))
                self.close_sent = True
            self._end_within(LEAVE_SECONDS)

    async def send(self, message: Any) -> None:
        if self.close_sent:  # by us, of which the application has not heard yet
            return
        await super().send(message)
        if message["type"] == "websocket.close":
            self._end_within(self.close_timeout + LEAVE_SECONDS)

    def send_keepalive_ping(self) -> None:
        self.heard = 0
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._end_within(LEAVE_SECONDS)

    def _end_within(self, seconds: float) -> None:
        """Cut off who has not gone by then: a transport that is closed first sends what waits, and nobody may ever take that."""
        self.loop.call_later(seconds, self.transport.abort)
