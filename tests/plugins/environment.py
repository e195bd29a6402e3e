"""What the environment says under test: `python -m pytest -p tests.plugins.environment`. A plugin, because settings are read before conftest.

A test does in a second what people do in hours, all from one address. The mechanism of limits runs all the same; tests of it set their own.
"""

import os

PLENTY = "1000000"

os.environ.setdefault("POW_AFTER", "-1")
os.environ.setdefault("SECRETS_KEYS", "YS1rZXktZm9yLXRlc3RzLWFuZC1ub3RoaW5nLWVsc2U=")
# Many a test is one transaction, in which it may wait for long. Processes that a test starts are bound as everywhere: tests/processes.py.
os.environ.setdefault("PGOPTIONS", "-c idle_in_transaction_session_timeout=0")
for what in ("BATTLES", "TURNS", "VOTES", "CONSENTS", "REPORTS", "CONVERSIONS"):
    for whose in ("", "_NETWORK", "_ARENA"):
        os.environ.setdefault(f"LIMIT_{what}_PER_HOUR{whose}", PLENTY)
