"""Floors and caps on exposure: pair weights are scaled until every contender's and vendor's share keeps its bounds.

First the shares that the weights give are moved into the bounds, as little as may be: all alike by one factor, clipped.
Then the weights become `d_i w_ij d_j` with the `d` that gives these shares; of all distributions with these shares that
one is nearest to the weights (in relative entropy), and no pair becomes impossible.

When not all bounds can hold, these give way, in this order:
1. A floor above the even share (one by the number of contenders, or of vendors) becomes that share, and so does a cap
   below it. A contender's cap is at most HIGHEST_SHARE (a half with two candidates): who were in nearly every battle
   would leave nothing for pairs without it.
2. A vendor's cap goes before its contenders' floors, and its contenders' caps go before the vendor's floor.
3. Vendors' caps that together still hold less than the whole are raised, each in proportion to the room that its
   contenders leave; floors that together exceed the whole are lowered in proportion.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from arena.battles.pairing.policy import Bounds

Array = NDArray[np.float64]
Groups = NDArray[np.intp]

HIGHEST_SHARE = 0.4
TOLERANCE = 1e-9
_HALVINGS = 100
_SWEEPS = 10_000


def shares(weights: Array) -> Array:
    """Each contender's share of exposure under symmetric pair weights with an empty diagonal; they sum to 1."""
    rows: Array = weights.sum(axis=1)
    found: Array = rows / rows.sum()
    return found


def bounded(weights: Array, vendors: Sequence[str], bounds: Bounds) -> Array:
    """Pair weights nearest to these (symmetric, above 0 off the diagonal) that keep the bounds within TOLERANCE."""
    _, owner = np.unique(np.asarray(vendors), return_inverse=True)
    wanted = target(shares(weights), owner.astype(np.intp), bounds)
    scale = np.ones(len(weights))
    weights = weights / weights.sum()
    for _ in range(_SWEEPS):
        now = scale * (weights @ scale)
        if np.abs(now - wanted).max() < TOLERANCE:
            break
        scale *= np.sqrt(wanted / now)  # the root, because each share moves with both its own factor and the others'
    return weights * np.outer(scale, scale)


def target(given: Array, owner: Groups, bounds: Bounds) -> Array:
    """The shares, nearest to those given, that keep the bounds; `owner` numbers each contender's vendor from 0 on."""
    low, high, vendor_low, vendor_high = _limits(owner, bounds)
    everyone = np.zeros(len(given), dtype=np.intp)
    moved = _fill(given, low, high, everyone, np.ones(1))
    of_vendors: Array = np.bincount(owner, weights=moved).astype(np.float64)
    if (of_vendors >= vendor_low - TOLERANCE).all() and (of_vendors <= vendor_high + TOLERANCE).all():
        return moved
    whole = np.zeros(len(of_vendors), dtype=np.intp)
    return _fill(moved, low, high, owner, _fill(of_vendors, vendor_low, vendor_high, whole, np.ones(1)))


def _limits(owner: Groups, bounds: Bounds) -> tuple[Array, Array, Array, Array]:
    """Lowest and highest share of each contender, and of each vendor, that can hold together."""
    count = np.bincount(owner).astype(np.float64)
    even, even_vendor = 1.0 / len(owner), 1.0 / len(count)
    highest = max(HIGHEST_SHARE, even)
    cap = min(max(bounds.contender_cap, even), highest)
    vendor_cap = max(bounds.vendor_cap, even_vendor)
    floor = np.minimum(min(bounds.contender_floor, even), vendor_cap / count)
    vendor_high = np.minimum(vendor_cap, count * cap)
    vendor_low = np.minimum(np.maximum(min(bounds.vendor_floor, even_vendor), count * floor), vendor_high)
    if (missing := 1.0 - vendor_high.sum()) > 0.0:
        room = count * highest - vendor_high
        vendor_high = vendor_high + missing * room / room.sum()
    if (total := vendor_low.sum()) > 1.0:
        vendor_low = vendor_low / total
    low = np.minimum(floor, vendor_low / count)[owner]
    high = np.maximum(cap, vendor_high / count)[owner]
    return low, high, vendor_low, vendor_high


def _fill(given: Array, low: Array, high: Array, group: Groups, totals: Array) -> Array:
    """The values times one factor for each group, clipped to their limits, so that each group has its total."""
    least, most = np.zeros(len(totals)), np.full(len(totals), high.max() / given.min())
    for _ in range(_HALVINGS):
        factor = (least + most) / 2.0
        short = np.bincount(group, weights=np.clip(given * factor[group], low, high)) < totals
        least, most = np.where(short, factor, least), np.where(short, most, factor)
    filled: Array = np.clip(given * most[group], low, high)
    return filled
