"""`make bench [ONLY=S1,S6]`: every bar against its limit in the same run, as a table and as var/bench.json."""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from tests.bench.bar import Bar

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var/bench.json"
# The module that measures each bar, by its id; one module may measure several at once.
MODULES = {
    "S1": "empty_route",
    "S2": "proxy",
    "S3": "proxy",
    "S4": "proxy",
    "S5": "idle_streams",
    "OVERLOAD": "overload",
    "S6": "viewers",
    "S7": "votes",
    "S8": "projection",
    "S9": "board_read",
    "S10": "rebuild",
    "S11": "first_paint",
    "B1": "many_boards",
    "B2": "many_boards",
    "R1": "fits",
    "R2": "rebuild",
    "R3": "fits",
    "R4": "fits",
    "R5": "fits",
    "R6": "fits",
    "R7": "fits",
    "R8": "fits",
    "R9": "predictions",
    "R10": "coverage",
    "C1": "gas",
    "C2": "gas",
    "C3": "gas",
    "C4": "gas",
    "C5": "gas",
    "C6": "tree",
    "R11": "rank_coverage",
    "V1": "polls",
}


def line(bar: Bar) -> str:
    """One row of the printed table."""
    low, high = bar.spread
    told = "yes" if bar.reached else "NO"
    return (
        f"{bar.name:4} {told:4} {bar.ratio:9.3f}  {bar.value:12.4g} / {bar.limit:<12.4g} {bar.unit:24} "
        f"[{low:.4g}, {high:.4g}] x{bar.runs}  {bar.what}; bar: {bar.bar}{'; ' + bar.note if bar.note else ''}"
    )


def keep(bars: list[Bar]) -> None:
    """Write the bars into var/bench.json, beside those of earlier runs."""
    KEPT.parent.mkdir(exist_ok=True)
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for bar in bars:
        fields = {"value": bar.value, "limit": bar.limit, "ratio": bar.ratio, "unit": bar.unit, "runs": bar.runs}
        known[bar.name] = {**fields, "spread": bar.spread, "note": bar.note, "bar": bar.bar, "reached": bar.reached, "at": int(time.time())}
    KEPT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def main() -> int:
    """Run the asked bars; 0 whatever they reached (a slow machine is no fault), 2 for an unknown id."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default=",".join(MODULES), help="ids, parted by commas")
    only = [name for name in parser.parse_args().only.split(",") if name]
    if unknown := [name for name in only if name not in MODULES]:
        print(f"No such bar: {', '.join(unknown)}. There are {', '.join(MODULES)}.", file=sys.stderr)
        return 2
    print("id   ok       ratio         value / limit        unit                     [spread] runs")
    for module in dict.fromkeys(MODULES[name] for name in only):
        bars = importlib.import_module(f"tests.bench.{module}").run()
        keep(bars)
        print("\n".join(line(bar) for bar in bars), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
