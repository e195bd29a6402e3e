"""Google's Gemini: `POST /models/<model>:streamGenerateContent?alt=sse`.

After the Gemini API reference, "GenerateContentResponse": parts with `thought` are reasoning; `finishReason` comes with the last parts
and the stream then just ends; a prompt that is not answered has `promptFeedback.blockReason` instead of candidates.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from arena.outbound import Secret
from arena.providers.base import FinishReason, Message, Params
from arena.providers.wire import Decoder, HttpAdapter, Refusal, parsed

_FINISH: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
}


class Google(HttpAdapter):
    """Adapter for protocol `google`."""

    def request(self, messages: Sequence[Message], params: Params) -> tuple[str, dict[str, str | Secret], dict[str, Any]]:
        """See `HttpAdapter.request`. `generationConfig` in `extra` is merged below the parameters set here."""
        extra = dict(params.extra)
        given = extra.pop("generationConfig", {})
        chosen = {
            "maxOutputTokens": params.max_tokens,
            "temperature": params.temperature,
            "topP": params.top_p,
            "seed": params.seed,
        }
        body: dict[str, Any] = {
            **extra,
            "contents": [_content(message) for message in messages if message.role != "system"],
            "generationConfig": {
                **(given if isinstance(given, dict) else {}),
                **{name: value for name, value in chosen.items() if value is not None},
            },
        }
        if system := [{"text": m.text} for m in messages if m.role == "system"]:
            body["systemInstruction"] = {"parts": system}
        key = self.endpoint.api_key
        model = quote(self.endpoint.model.removeprefix("models/"), safe="")
        return f"/models/{model}:streamGenerateContent?alt=sse", {"x-goog-api-key": key} if key else {}, body

    def decoder(self) -> Decoder:
        """See `HttpAdapter.decoder`."""
        return ContentDecoder()


def _content(message: Message) -> dict[str, Any]:
    return {"role": "model" if message.role == "assistant" else "user", "parts": [{"text": message.text}]}


class ContentDecoder(Decoder):
    """Reads `GenerateContentResponse` objects to the end of the stream."""

    def decode(self, name: str, data: str) -> None:
        """See `Decoder.decode`."""
        response = parsed(data)
        if response.get("error"):
            raise Refusal(response)
        if usage := response.get("usageMetadata"):
            self._usage(usage)
        if candidates := response.get("candidates"):
            candidate = candidates[0]
            for part in (candidate.get("content") or {}).get("parts") or ():
                if text := part.get("text"):
                    self.emit("reasoning" if part.get("thought") else "text", text)
            if reason := candidate.get("finishReason"):
                self.finish_reason = _FINISH.get(reason, "other")
        elif (feedback := response.get("promptFeedback")) and feedback.get("blockReason"):
            self.finish_reason = "content_filter"

    def _usage(self, usage: dict[str, Any]) -> None:
        self.input_tokens = usage.get("promptTokenCount", self.input_tokens)
        if "candidatesTokenCount" in usage or "thoughtsTokenCount" in usage:
            self.output_tokens = (usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0)
