"""The shape of an event: nearly all events of an answer are the same bytes around another few letters.

Where one is known, those of its shape that follow it are read without parsing them. JSON is read from left to right: after the same bytes a
reader is in the same state, and a string without quotes, escapes and control characters leaves it in the same state as any other. So such
an event says what the known one said, but for that string; and what else it tells was told by the known one just before.
"""

import re

from arena.providers.base import Delta

_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
TRIES = 8  # when learning has been in vain so many times more than it was of use it is given up: some providers' events all differ


class Shape:
    """What surrounds the words of an event, learnt from one whose meaning is known."""

    __slots__ = ("_after", "_before", "_between", "_kind", "_left", "known")

    def __init__(self) -> None:
        self.known: bool = False
        self._left = TRIES

    def forget(self) -> None:
        """Something else came."""
        self.known = False

    def learn(self, piece: bytes, said: Delta) -> None:
        """`piece` holds whole events, of which the last said this and no other words."""
        event = piece[piece.rfind(b"\n\n", 0, -2) + 2 :] if b"\n\n" in piece[:-2] else piece
        words = b'"%s"' % said.text.encode()
        if not self._left or b"\\" in event or b"\r" in event or event.count(words) != 1 or not _PLAIN.fullmatch(said.text):
            return
        self._left -= 1
        before, after = event.split(words)
        self._before, self._after, self._kind = before + b'"', b'"' + after, said.kind
        self._between = (self._after + self._before).decode("utf-8", "replace")
        self.known = after.endswith(b"\n\n")

    def read(self, piece: bytes) -> Delta | None:
        """What the events in `piece` say, which are whole and all of this shape; None where it holds anything else."""
        if not piece.startswith(self._before) or not piece.endswith(self._after):
            return None
        try:
            words = piece[len(self._before) : -len(self._after)].decode().replace(self._between, "")
        except UnicodeDecodeError:
            return None
        if not _PLAIN.fullmatch(words):
            return None
        self._left = min(TRIES, self._left + 1)
        return Delta(words, self._kind)
