"""Reasoning that a model writes inline: `<think>...</think>` at the very start of its text, as open-weight models do."""

from arena.providers.base import Kind

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Feed it text in any pieces; it tells reasoning from answer. Only a block at the start counts; later ones are the answer's own words.

    White space around the block belongs to neither; without a block the text passes through as it is.
    """

    __slots__ = ("_held", "_state", "plain")

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"  # start -> reasoning -> gap
        self.plain = False  # from here on everything is the answer: the caller may stop asking

    def feed(self, piece: str) -> list[tuple[Kind, str]]:
        """What is now known of the text, in order."""
        if self.plain:
            return [("text", piece)] if piece else []
        text, self._held = self._held + piece, ""
        out: list[tuple[Kind, str]] = []
        if self._state == "start":
            text = self._start(text, out)
        if self._state == "reasoning":
            text = self._reasoning(text, out)
        if self._state == "gap" and (text := text.lstrip()):
            self.plain = True
            out.append(("text", text))
        return out

    def finish(self) -> list[tuple[Kind, str]]:
        """What was held back, now that no more comes."""
        text, self._held = self._held, ""
        if not text:
            return []
        return [("reasoning" if self._state == "reasoning" else "text", text)]

    def _start(self, text: str, out: list[tuple[Kind, str]]) -> str:
        body = text.lstrip()
        if body.startswith(_OPEN):
            self._state = "reasoning"
            return body[len(_OPEN) :]
        if _OPEN.startswith(body):
            self._held = text
        else:
            self.plain = True
            out.append(("text", text))
        return ""

    def _reasoning(self, text: str, out: list[tuple[Kind, str]]) -> str:
        thought, close, rest = text.partition(_CLOSE)
        if close:
            self._state = "gap"
        else:
            keep = _overlap(text)
            self._held = text[len(text) - keep :]
            thought = text[: len(text) - keep]
        if thought:
            out.append(("reasoning", thought))
        return rest


def _overlap(text: str) -> int:
    """How many of the last characters could be the start of a closing tag."""
    return next((n for n in range(min(len(text), len(_CLOSE) - 1), 0, -1) if _CLOSE.startswith(text[-n:])), 0)
