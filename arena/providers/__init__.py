"""Who streams text: endpoints, their wire protocols, their keys.

`registry.open_stream` is the way in; `base` holds the words; `openai`, `anthropic` and `google` the protocols over HTTP (`wire`, `sse`,
`think`); `scripted` the fake; `breaker` what leaves a failing provider alone.
"""
