"""Anthropic's Messages: `POST /messages` with `"stream": true`.

After Anthropic's documentation, "Streaming messages": `message_start`, content blocks with `content_block_delta` (`text_delta`,
`thinking_delta`), `message_delta` with the reason and the usage so far, `message_stop`; `ping` and `error` at any time. Whatever else
comes, now or in later versions, is to be ignored.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.outbound import Secret
from arena.providers.base import FinishReason, Message, Params
from arena.providers.wire import Decoder, HttpAdapter, Refusal, parsed

VERSION = "2023-06-01"
_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class Anthropic(HttpAdapter):
    """Adapter for protocol `anthropic`. It has no seed."""

    def request(self, messages: Sequence[Message], params: Params) -> tuple[str, dict[str, str | Secret], dict[str, Any]]:
        """See `HttpAdapter.request`."""
        body: dict[str, Any] = {
            **params.extra,
            "model": self.endpoint.model,
            "messages": [{"role": m.role, "content": m.text} for m in messages if m.role != "system"],
            "stream": True,
            "max_tokens": params.max_tokens,
        }
        if system := "\n\n".join(message.text for message in messages if message.role == "system"):
            body["system"] = system
        chosen = {"temperature": params.temperature, "top_p": params.top_p}
        body |= {name: value for name, value in chosen.items() if value is not None}
        headers: dict[str, str | Secret] = {"anthropic-version": VERSION}
        if self.endpoint.api_key:
            headers["x-api-key"] = self.endpoint.api_key
        return "/messages", headers, body

    def decoder(self) -> Decoder:
        """See `HttpAdapter.decoder`."""
        return MessageDecoder()


class MessageDecoder(Decoder):
    """Reads message events up to `message_stop`. The event's name is repeated in its data, which is what we go by."""

    def decode(self, name: str, data: str) -> None:
        """See `Decoder.decode`."""
        event = parsed(data)
        match event.get("type"):
            case "content_block_delta":
                delta = event["delta"]
                match delta.get("type"):
                    case "text_delta":
                        self.emit("text", delta["text"])
                    case "thinking_delta":
                        self.emit("reasoning", delta["thinking"])
            case "message_start":
                self._usage(event["message"].get("usage"))
            case "message_delta":
                if reason := event["delta"].get("stop_reason"):
                    self.finish_reason = _FINISH.get(reason, "other")
                self._usage(event.get("usage"))
            case "message_stop":
                self.complete = True
            case "error":
                raise Refusal(event)

    def _usage(self, usage: dict[str, Any] | None) -> None:
        """Counts are cumulative; what was read from or written to the prompt cache is input too."""
        if not usage:
            return
        if usage.get("input_tokens") is not None:
            cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
            self.input_tokens = usage["input_tokens"] + sum(usage.get(name) or 0 for name in cached)
        if usage.get("output_tokens") is not None:
            self.output_tokens = usage["output_tokens"]
