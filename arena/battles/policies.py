"""The pairing rule as it is stored, and the exposure that it leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from arena.battles import pairing
from arena.contenders.models import Contender
from arena.contenders.queries import PUBLIC

COLUMNS = ("name", "uniform_share", "contender_floor", "contender_cap", "vendor_floor", "vendor_cap")
WINDOW = timedelta(days=30)


def policy_of(row: Mapping[str, Any] | None) -> pairing.Policy:
    """The rule of a row's COLUMNS, or without a row that of the settings. Raises ValueError for what makes no sense."""
    row = row or {"name": settings.PAIRING_POLICY, "uniform_share": settings.PAIRING_UNIFORM_SHARE}
    bounds = {name: float(row[name]) for name in COLUMNS[2:] if name in row}
    return pairing.Policy(
        name=row["name"],
        version=f"{row['name'].replace('_', '-')}-1",
        uniform_share=float(row["uniform_share"]),
        bounds=pairing.Bounds(**bounds),
    )


def opening(version: str, reason: str) -> dict[str, Any]:
    """What a pairing policy's commitment commits to; the version says all that the rule depends on."""
    return {"v": 1, "pairing": version, "reason": reason}


def exposure(now: datetime) -> dict[str, Any]:
    """How often each public contender and vendor stood in a battle whose vote within WINDOW is rated.

    Shares are of all sides of those battles. A battle counts from its vote on: counted before, whoever has just opened one could see in the
    difference who stands in it. Only rated ones: else what is missing from the sum would tell of private tests.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(contenders) AS one, count(*) FROM battles_vote WHERE at > %s AND rated GROUP BY one", [now - WINDOW])
        counts: dict[int, int] = dict(cursor.fetchall())
    total = sum(counts.values())
    rows = Contender.objects.filter(state__in=PUBLIC).order_by("slug").values_list("pk", "slug", "name", "vendor")
    vendors: dict[str, int] = {}
    for id, _, _, vendor in rows:
        vendors[vendor] = vendors.get(vendor, 0) + counts.get(id, 0)
    return {
        "days": WINDOW.days,
        "sides": total,
        "contenders": [
            {"slug": slug, "name": name, "vendor": vendor, "sides": counts.get(id, 0), "share": share(counts.get(id, 0), total)}
            for id, slug, name, vendor in rows
        ],
        "vendors": [{"vendor": vendor, "sides": sides, "share": share(sides, total)} for vendor, sides in sorted(vendors.items())],
    }


def share(part: int, whole: int) -> str:
    """With six decimals; of nothing, 0."""
    return f"{part / whole if whole else 0.0:.6f}"
