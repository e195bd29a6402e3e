"""The terms that whoever submits a contender accepts. Their text lies beside this file; their hash is what is accepted."""

import functools
import hashlib
from pathlib import Path

from arena.users.terms import Terms

VERSION = "2026-11-28"


@functools.cache
def current() -> Terms:
    raw = (Path(__file__).parent / "terms_text" / f"{VERSION}.md").read_bytes()
    return Terms(version=VERSION, hash=hashlib.sha256(raw).hexdigest(), text=raw.decode())
