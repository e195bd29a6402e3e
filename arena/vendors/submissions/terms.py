"""The terms that whoever submits a contender accepts. Their text lies beside this file; their hash is what is accepted."""

import functools
from pathlib import Path

from arena.users.terms import Terms

VERSION = "2026-11-28"


@functools.cache
def current() -> Terms:
    return Terms.read(Path(__file__).parent / "terms_text", VERSION)
