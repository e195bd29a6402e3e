"""C1 to C5: gas of whole transactions. Forge measures each and holds it to the unit; what it held is read from the test that held it."""

import re
import subprocess
from pathlib import Path

from tests.bench.bar import Bar

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
WHAT = {"C1": "first claim of a new holder", "C2": "later claim", "C3": "batch of 50 claims", "C4": "post of an epoch", "C5": "anchor"}
_HELD = re.compile(r'holds\("(C\d)", ([\d_]+), ([^)]+)\)')


def run() -> list[Bar]:
    subprocess.run(["node_modules/.bin/forge", "test", "--match-contract", "GasTest"], cwd=CONTRACTS, check=True, capture_output=True)
    text = (CONTRACTS / "test" / "Gas.t.sol").read_text()
    return [_bar(name, int(figure), _product(bar)) for name, figure, bar in _HELD.findall(text)]


def _product(words: str) -> int:
    """`HOLDERS * 31_000`, or a plain number."""
    result = 1
    for word in words.split("*"):
        result *= 50 if word.strip() == "HOLDERS" else int(word)
    return result


def _bar(name: str, figure: int, bar: int) -> Bar:
    return Bar(name, WHAT[name], figure, bar, "gas", f"{bar:,} or less", figure <= bar, 1, (figure, figure))
