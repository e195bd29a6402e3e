"""Streaming: both answers at once, kept as they grow, readable from any web process, continued exactly where a reader was."""
