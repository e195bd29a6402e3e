"""The terms in force. Their text lies beside this file; their hash is what a person accepts."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

VERSION = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms: Markdown text and the SHA-256 (hex) of its UTF-8 bytes."""

    version: str
    hash: str
    text: str

    @classmethod
    def read(cls, folder: Path, version: str) -> "Terms":
        """The text of this version, from its file in the folder."""
        raw = (folder / f"{version}.md").read_bytes()
        return cls(version=version, hash=hashlib.sha256(raw).hexdigest(), text=raw.decode())


@functools.cache
def current() -> Terms:
    return Terms.read(Path(__file__).parent / "terms_text", VERSION)
