"""Boards of any size for the page alone: what the API would answer, made by a seed, in the shapes of docs/openapi.json."""

import math
import random
from datetime import datetime, timedelta
from typing import Any

# An update of 400 rows, against the same machine laying out a bare table of them anew.
UPDATE_TO_BARE = 2
BARE = """() => {
    const began = performance.now(), table = document.createElement("table");
    table.innerHTML = ("<tr>" + "<td>1500.00</td>".repeat(9) + "</tr>").repeat(400);
    document.body.append(table);
    table.getBoundingClientRect();
    table.remove();
    return performance.now() - began;
}"""

NAMES = ("Amber", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Heron", "Iris", "Juniper")
VENDORS = ("Northwind", "Helix", "Lumen Labs", "Open Forge")
NOW = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
GOOD = ("correct", "complete", "clear", "useful", "creative", "well_formatted")
BAD = ("wrong", "incomplete", "unclear", "off_topic", "too_long", "ignored_instructions")
Json = dict[str, Any]


def head(slug: str = "overall", title: str = "Overall", seq: int = 4000, **changes: Any) -> Json:
    """The head of a board; `changes` replace its fields, and those of its filter."""
    filters: Json = {"categories": [], "languages": [], "pools": [], "since": None, "until": None, "window_days": None}
    filters |= {"ties": "draw", "both_bad": "draw", "minimum_votes": 30}
    for name in set(filters) & set(changes):
        filters[name] = changes.pop(name)
    of = {"slug": slug, "title": title, "seq": seq, "votes": seq + 1, "updated_at": NOW.isoformat(), "state": "live", "progress": 1.0}
    return of | {"generation": 1, "amended_seq": -1, "filter": filters} | changes


def slug_of(number: int) -> str:
    return f"{NAMES[number % len(NAMES)].lower()}-{number}"


def contender(number: int) -> Json:
    name = f"{NAMES[number % len(NAMES)]}-{number}" + (" Instruct Preview (long name)" if number % 7 == 3 else "")
    price = None if number % 9 == 8 else f"{12 * 0.55 ** (number % 9) * (1 + number % 4):.4f}"
    of = {"slug": slug_of(number), "name": name, "vendor": VENDORS[number % 4], "licence": "Apache-2.0" if number % 2 else "Proprietary"}
    of |= {"openness": "open-weights" if number % 2 else "closed", "parameters": f"{number % 70 + 1}B", "url": "https://example.org/"}
    return of | {"price_input": price, "price_output": price, "state": "listed", "toy": False}


def document(size: int, *, groups: int = 1, seq: int = 4000, shift: float = 0.0, **changes: Any) -> Json:
    """A whole board, best first within each group; `shift` moves every other rating, as new votes would."""
    chance = random.Random(size)
    rows = []
    for number in range(size):
        mu = 34 - 18 * number / max(size - 1, 1) + chance.gauss(0, 0.15) + (shift if number % 2 else 0)
        votes = max(4, int(8000 / size * chance.uniform(0.5, 1.5))) if number % 11 != 7 else 12
        wins = int(votes * (0.2 + 0.5 * (mu - 14) / 22))
        row = {"mu": mu, "sigma": 6 / math.sqrt(votes) + 0.2, "votes": votes, "wins": wins, "ties": votes // 8, "both_bad": votes // 12}
        row["losses"] = votes - wins - row["ties"] - row["both_bad"]
        rows.append(row | {"contender": contender(number), "preliminary": votes < 30, "group": number % groups + 1})
    ranked = [row for group in range(1, groups + 1) for row in _ranked([one for one in rows if one["group"] == group])]
    parameters = {"mu0": "25.0", "sigma0": "8.333333333", "beta": "4.166666667", "tau": "0.0", "draw_probability": "0.2"}
    return head(seq=seq, **changes) | {"parameters": parameters, "groups": groups, "rows": ranked}


def _ranked(rows: list[Json]) -> list[Json]:
    ordered = sorted(rows, key=lambda row: -row["mu"])
    ends = [(row["mu"] - 1.96 * row["sigma"], row["mu"] + 1.96 * row["sigma"]) for row in ordered]
    tier, anchor = 0, math.inf
    for place, (row, (low, high)) in enumerate(zip(ordered, ends, strict=True), start=1):
        if not row["preliminary"] and high < anchor:
            tier, anchor = tier + 1, low
        row |= {"rank": place, "low": low, "high": high, "tier": None if row["preliminary"] else tier}
        row["rank_low"] = 1 + sum(other > high for other, _ in ends)
        row["rank_high"] = sum(low <= other for _, other in ends)
        for name in ("mu", "sigma", "low", "high"):
            row[name] = f"{row[name]:.9f}"
    return ordered


def analysis(board: Json, **changes: Any) -> Json:
    """What would be worked out for this board; `changes` replace parts of it."""
    chance = random.Random(7)
    rows, slugs = board["rows"], [row["contender"]["slug"] for row in board["rows"]]
    strength = [float(row["mu"]) for row in rows]
    elo = [_told(slug, 40 * (mu - 25) + chance.gauss(0, 8), 30) for slug, mu in zip(slugs, strength, strict=True)]
    styled = [_told(row["slug"], row["elo"] * 0.8 + chance.gauss(0, 30), 34) for row in elo]
    settled = [_told(slug, mu + chance.gauss(0, 0.3), 0.8, "mu") | {"sigma": 0.4} for slug, mu in zip(slugs, strength, strict=True)]
    for row in (*styled, *settled):
        row["difference"] = chance.gauss(0, 0.4)
    voter = {"share": 0.031, "votes": 124, "shift_elo": 4.2, "changes_first": False}
    robustness = (
        {"leader": slugs[0], "runner_up": slugs[1], "votes_to_change_first": 38, "largest_voter": voter} if len(slugs) > 1 else None
    )
    whole = {name: board[name] for name in ("slug", "seq", "votes")} | {"at": NOW.isoformat(), "method": "analysis-1"}
    whole |= {"voters": 310, "prompts": 2200, "contenders": slugs, "groups": [slugs], "leagues": [slugs], "notes": []}
    whole["settled"] = {"rounds": 41, "rows": _placed(settled, "mu")}
    check = {"model": "rao-kupper", "margin": 61.2, "clusters": ["voter", "prompt"], "freedom": 309.0}
    whole["cross_check"] = check | {
        "rows": [row | {"rank_low": row["rank"], "rank_high": row["rank"] + 1, "tier": 1} for row in _placed(elo, "elo")]
    }
    whole["style"] = {"covariates": _covariates(), "rows": _placed(styled, "elo")}
    whole["head_to_head"] = _met(strength, chance)
    whole["position"] = {"first": 1502, "second": 1461, "ties": 540, "both_bad": 498, "share": 0.507, "low": 0.486, "high": 0.528}
    whole["robustness"] = robustness
    whole["speed"] = {
        slug: {"answers": 90, "tokens_per_second": 20 + 17.0 * (n * 7 % 12), "first_token_ms": 220 + 40 * (n % 9)}
        for n, slug in enumerate(slugs)
    }
    whole["reasons"] = {slug: _reasons(number) for number, slug in enumerate(slugs)}
    return whole | changes


def _told(slug: str, value: float, half: float, name: str = "elo") -> Json:
    return {"slug": slug, name: round(value, 4), "low": round(value - half, 4), "high": round(value + half, 4)}


def _placed(rows: list[Json], by: str) -> list[Json]:
    ordered = sorted(rows, key=lambda row: -row[by])
    return [row | {"rank": place} for place, row in enumerate(ordered, start=1)]


def _covariates() -> list[Json]:
    found = (("length", 0.41, 0.06), ("headers", 0.12, 0.05), ("lists", 0.08, 0.09), ("bold", -0.03, 0.06), ("code", 0.02, 0.04))
    return [{"name": name, "coefficient": value, "low": value - half, "high": value + half} for name, value, half in found]


def _met(strength: list[float], chance: random.Random) -> Json:
    size = len(strength)
    met: Json = {name: [[0] * size for _ in range(size)] for name in ("wins", "ties", "both_bad")}
    for one in range(size):
        for other in range(one):
            if size > 20 and chance.random() < 0.35:
                continue
            battles = chance.randint(2, 40)
            won = round(battles / (1 + 10 ** ((strength[other] - strength[one]) / 10)))
            met["wins"][one][other], met["wins"][other][one] = won, battles - won
            met["ties"][one][other] = met["ties"][other][one] = chance.randint(0, 6)
            met["both_bad"][one][other] = met["both_bad"][other][one] = chance.randint(0, 3)
    return met


def _reasons(number: int) -> Json:
    praised = {code: 40 // (place + 1) + number % 5 for place, code in enumerate(GOOD[number % 3 :])}
    return {"praised": praised, "blamed": {code: 12 // (place + 1) for place, code in enumerate(BAD[number % 4 :])}}


def history(board: Json, points: int = 24) -> Json:
    """Daily states up to now, ratings settling towards the board's, with events."""
    chance = random.Random(3)
    told = []
    for place in range(points):
        left = points - 1 - place
        rows = []
        for row in board["rows"]:
            mu = float(row["mu"]) + (chance.gauss(0, 0.06 * left) if left else 0)
            half = (float(row["high"]) - float(row["mu"])) * (1 + left / 8)
            rows.append([row["contender"]["slug"], row["rank"], round(mu, 4), round(mu - half, 4), round(mu + half, 4)])
        at = (NOW - timedelta(days=left)).isoformat()
        told.append({"at": at, "seq": board["seq"] - 150 * left, "votes": board["votes"] - 150 * left, "rows": rows})
    return {"slug": board["slug"], "points": told, "events": _events(board)}


def _events(board: Json) -> list[Json]:
    kinds = (("added", 20, ""), ("moved", 9, "The vendor changed its address."), ("retired", 3, "Replaced by a newer one."))
    of = [row["contender"] for row in board["rows"][:3]]
    return [
        {"at": (NOW - timedelta(days=days)).isoformat(), "kind": kind, "slug": one["slug"], "name": one["name"], "reason": reason}
        for one, (kind, days, reason) in zip(of, kinds, strict=False)
    ]
