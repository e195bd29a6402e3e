"""OpenAI's Chat Completions, as spoken by most servers: `POST /chat/completions` with `"stream": true`.

After OpenAI's API reference ("Chat Completions", "The chat completion chunk object"), with what others add: `reasoning_content`
(DeepSeek, vLLM, llama.cpp), `reasoning` (OpenRouter, Groq), content in typed pieces (Mistral), `<think>` blocks, errors within the stream.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.outbound import Secret
from arena.providers.base import FinishReason, Message, Params
from arena.providers.think import ThinkSplitter
from arena.providers.wire import Decoder, HttpAdapter, Refusal, parsed

_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


class OpenAI(HttpAdapter):
    """Adapter for protocol `openai`."""

    def request(self, messages: Sequence[Message], params: Params) -> tuple[str, dict[str, str | Secret], dict[str, Any]]:
        """See `HttpAdapter.request`."""
        flags = self.endpoint.flags
        body: dict[str, Any] = {
            **params.extra,
            "model": self.endpoint.model,
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "stream": True,
            "max_completion_tokens" if "max_completion_tokens" in flags else "max_tokens": params.max_tokens,
        }
        if "no_stream_options" not in flags:
            body["stream_options"] = {"include_usage": True}
        chosen = {"temperature": params.temperature, "top_p": params.top_p, "seed": params.seed}
        body |= {name: value for name, value in chosen.items() if value is not None}
        key = self.endpoint.api_key
        return "/chat/completions", {"authorization": key.within("Bearer {}")} if key else {}, body

    def decoder(self) -> Decoder:
        """See `HttpAdapter.decoder`."""
        return ChunkDecoder()


class ChunkDecoder(Decoder):
    """Reads `chat.completion.chunk` objects up to `[DONE]`."""

    def __init__(self) -> None:
        super().__init__()
        self._splitter = ThinkSplitter()

    @property
    def plain(self) -> bool:
        """See `Decoder.plain`."""
        return self._splitter.plain

    def decode(self, name: str, data: str) -> None:
        """See `Decoder.decode`."""
        if data == "[DONE]":
            self.complete = True
            return
        chunk = parsed(data)
        if chunk.get("error"):
            raise Refusal(chunk)
        if choices := chunk.get("choices"):
            choice = choices[0]
            if delta := choice.get("delta"):
                self._delta(delta)
            if reason := choice.get("finish_reason"):
                self.finish_reason = _FINISH.get(reason, "other")
        if usage := chunk.get("usage"):
            self.input_tokens = usage.get("prompt_tokens")
            self.output_tokens = usage.get("completion_tokens")

    def flush(self) -> None:
        """See `Decoder.flush`."""
        for kind, text in self._splitter.finish():
            self.emit(kind, text)

    def _delta(self, delta: dict[str, Any]) -> None:
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            self.emit("reasoning", reasoning)
        content = delta.get("content") or delta.get("refusal")
        if isinstance(content, list):
            for piece in content:
                self._piece(piece)
        elif content:
            self._text(content)

    def _piece(self, piece: dict[str, Any]) -> None:
        """Mistral: `{"type": "text", "text": ...}`, or `{"type": "thinking", "thinking": [such pieces]}`."""
        if piece.get("type") == "thinking":
            for thought in piece["thinking"]:
                self.emit("reasoning", thought.get("text", ""))
        elif text := piece.get("text"):
            self._text(text)

    def _text(self, text: str) -> None:
        if self._splitter.plain:
            self.emit("text", text)
        else:
            for kind, part in self._splitter.feed(text):
                self.emit(kind, part)
