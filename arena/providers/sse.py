"""Server-sent events, parsed from bytes as they come.

After the WHATWG HTML standard, 9.2.6 "Interpreting an event stream". `id` and `retry` are ignored: an answer is never reconnected to.
Lines are split before they are decoded: CR and LF cannot be a part of a longer UTF-8 sequence, so no cut can split a character.
"""

MAX_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class TooBig(ValueError):
    """A line, or the data of an event, is over `MAX_BYTES`."""


class Parser:
    """Feed it bytes in any pieces; it gives whole events as (name, data). An event that its blank line never ended is dropped."""

    __slots__ = ("_after_cr", "_data", "_first", "_held", "_held_size", "_name", "_size", "strange")

    def __init__(self) -> None:
        self._held: list[bytes] = []  # pieces of a line whose end has not come
        self._held_size = 0
        self._after_cr = False  # a LF that comes next belongs to the CR before it
        self._first = True
        self._name = b""
        self._data: list[bytes] = []
        self._size = 0
        self.strange = False  # whether a line came that no event stream has

    def feed(self, piece: bytes) -> list[tuple[str, str]]:
        """The events that `piece` completes. Raises TooBig."""
        if piece[:6] == b"data: " and piece.find(b"\n") == len(piece) - 2 and self._fresh(piece):
            return [("message", piece[6:-2].decode("utf-8", "replace"))]
        if self._after_cr and piece:
            self._after_cr = False
            if piece[0] == 0x0A:
                piece = piece[1:]
        if b"\n" not in piece and b"\r" not in piece:
            self._hold(piece)
            return []
        if self._held:
            piece = b"".join((*self._held, piece))
            self._held.clear()
            self._held_size = 0
        lines = piece.splitlines()
        if piece[-1] == 0x0D:
            self._after_cr = True
        elif piece[-1] != 0x0A:
            self._hold(lines.pop())
        events: list[tuple[str, str]] = []
        for line in lines:
            self._line(line, events)
        return events

    def _fresh(self, piece: bytes) -> bool:
        """Whether `piece`, whose only line feeds are its last byte and perhaps the one before, is one event: as nearly all pieces are."""
        if piece[-1] != 0x0A or b"\r" in piece or len(piece) > MAX_BYTES:
            return False
        if not self.between:
            return False
        self._first = False
        return True

    @property
    def between(self) -> bool:
        """Whether no event has begun that is not whole."""
        return not (self._held or self._data or self._after_cr or self._name)

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._held.append(piece)
            self._held_size += len(piece)
            if self._held_size > MAX_BYTES:
                raise TooBig("a line is too long")

    def _line(self, line: bytes, events: list[tuple[str, str]]) -> None:
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                data = b"\n".join(self._data).decode("utf-8", "replace")
                events.append((self._name.decode("utf-8", "replace") or "message", data))
                self._data.clear()
                self._size = 0
            self._name = b""
            return
        field, _, value = line.partition(b":")
        if field == b"data":
            value = value[1:] if value[:1] == b" " else value
            self._size += len(value) + 1
            if self._size > MAX_BYTES:
                raise TooBig("an event is too long")
            self._data.append(value)
        elif field == b"event":
            self._name = value[1:] if value[:1] == b" " else value
        elif field not in (b"", b"id", b"retry"):
            self.strange = True
