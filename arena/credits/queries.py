"""Reading epochs and conversions. What became of an epoch is derived from what people said and what the chain shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import CharField, Count, Func, Max, Min, QuerySet, Sum, Value
from django.db.models.functions import Length

from arena import clock
from arena.chain.abi import checksummed
from arena.chain.models import Block, Deployment, Event
from arena.credits import dataset, merkle
from arena.credits.models import Alarm, Attempt, Conversion, Epoch, File, Leaf, Sealed, Treasury

SEALED, AWAITING, UNCOVERED, SENDING = "sealed", "awaiting_approval", "uncovered", "sending"
POSTED, ACTIVE, VETOED = "posted", "active", "vetoed"
STATES = (SEALED, AWAITING, UNCOVERED, SENDING, POSTED, ACTIVE, VETOED)
NEEDED = 2
DAY = timedelta(hours=24)
MOST = 2**63 - 1
PIECE = 2**20
_PIECE = "SELECT substring(content FROM %s FOR %s) FROM credits_file WHERE epoch_id = %s AND name = %s"


def contracts() -> dict[str, str]:
    """By name, the address of each of our contracts on the chain in use; the newest of a name."""
    return dict(Deployment.objects.filter(chain_id=settings.CHAIN_ID).order_by("pk").values_list("name", "address"))


def enabled() -> bool:
    """Whether this arena gives out credits: a chain is named, and the contract stands on it."""
    return bool(settings.CHAIN_RPC_URL) and Deployment.objects.filter(chain_id=settings.CHAIN_ID, name="credits").exists()


def last_seen() -> Treasury | None:
    """What the contract in use said when it was last asked."""
    return Treasury.objects.filter(chain_id=settings.CHAIN_ID, contract=contracts().get("credits", "")).first()


def rate_name() -> str:
    """What the rate in force is called in the ledger."""
    return f"rate-{settings.UNITS_PER_POINT}"


def newest_number() -> int:
    """The number of the newest epoch, 0 before the first."""
    return int(Epoch.objects.aggregate(newest=Max("number"))["newest"] or 0)


def _events(*names: str) -> QuerySet[Event]:
    address = contracts().get("credits", "")
    return Event.objects.filter(chain_id=settings.CHAIN_ID, contract=address, name__in=names, canonical=True)


def rolled_back() -> set[int]:
    """Epochs that were vetoed before their activation, finally: nothing can ever be claimed on them, and their total no longer counts."""
    return {int(args["id"]) for args in _events("EpochVetoed").filter(final=True).values_list("args", flat=True) if args["wasPending"]}


def good_numbers() -> set[int]:
    """Epochs that pay, or may still come to pay, what they hold."""
    return set(Epoch.objects.values_list("number", flat=True)) - rolled_back()


def last_good(before: int) -> Epoch | None:
    """The newest epoch below this number that was not rolled back."""
    return Epoch.objects.filter(number__lt=before).exclude(number__in=rolled_back()).order_by("-number").first()


def released(epoch: Epoch) -> int:
    """Units that an epoch adds to what was promised before: its own, and what a vetoed one before it rolls over."""
    good = last_good(epoch.number)
    return epoch.cum_total - (good.cum_total if good else 0)


def approvers(epoch: Epoch) -> set[Any]:
    """The people whose word counts for an epoch: who sealed it by hand, and who approved it."""
    return {by for by in (epoch.sealed_by_id, *epoch.approvals.values_list("by", flat=True)) if by is not None}


def unattended(epoch: Epoch) -> int:
    """Units of the epochs sealed in the 24 hours before this one that have not the word of two people, be they posted or waiting for it.

    One that was rolled back pays nothing: its units are in the released ones of the next.
    """
    near = Epoch.objects.filter(number__lt=epoch.number, sealed_at__gt=epoch.sealed_at - DAY).exclude(number__in=rolled_back())
    total, before = 0, None
    for one in near.annotate(words=Count("approvals")).order_by("number"):
        if one.words + (one.sealed_by_id is not None) < NEEDED:
            total += released(one) if before is None else one.cum_total - before
        before = one.cum_total
    return total


def needed(epoch: Epoch, adds: int = 0) -> int:
    """People whose word an epoch needs, 0 or NEEDED: many epochs just below the threshold go on without it no more than one above it."""
    return NEEDED if max(adds, released(epoch)) + unattended(epoch) > settings.EPOCH_RELEASE_ABOVE else 0


def approved(epoch: Epoch, adds: int = 0) -> bool:
    """Whether it may be posted as far as people are concerned; `adds`: what the contract's own total says that it adds, where that is known."""
    return len(approvers(epoch)) >= needed(epoch, adds)


def left_behind() -> str:
    """A sentence if the newest epoch is of another contract than the one in use, whose claims know nothing of what was paid there; or empty."""
    newest, address = Epoch.objects.order_by("-number").first(), contracts().get("credits")
    if newest is None or (newest.chain_id, newest.contract) == (settings.CHAIN_ID, address):
        return ""
    return f"Epoch {newest.number} is of the contract {newest.contract} on chain {newest.chain_id}, and {address} on chain {settings.CHAIN_ID} is in use."


def epoch_cap() -> int:
    """Units that the contract lets one epoch add; as good as without bounds until it was asked."""
    seen = last_seen()
    return int(seen.figures.get("epoch_cap", MOST)) if seen else MOST


def room() -> int:
    """Units that the next epoch may take so that the contract will not refuse it for its cap, whichever epochs before it are vetoed yet."""
    return min(MOST, _beyond_veto() + epoch_cap() - owed())


def _beyond_veto() -> int:
    """What the contract's total can fall to at most: the total of the newest epoch that was active, not vetoed, in a final block."""
    seen, last = last_seen(), Block.objects.filter(chain_id=settings.CHAIN_ID, final=True).order_by("-number").first()
    if seen is None or last is None:
        return 0
    since = last.time - timedelta(seconds=int(seen.figures["delay"]))
    posted = _events("EpochPosted").filter(final=True, time__lte=since)
    good = {int(args["id"]) for args in posted.values_list("args", flat=True)} - rolled_back()
    found = Epoch.objects.filter(number__in=good).order_by("-number").first()
    return found.cum_total if found else 0


def owed() -> int:
    """Units of all that was sealed and not taken back."""
    return int(Sealed.objects.filter(conversion__void=None).aggregate(total=Sum("conversion__units"))["total"] or 0)


# One statement, one moment.
_CONVERTED = """
SELECT
    (SELECT coalesce(sum(CASE WHEN a.id = t.target_id THEN t.amount ELSE -t.amount END), 0) FROM ledger_account a
        JOIN ledger_transfer t ON a.id IN (t.target_id, t.source_id) WHERE a.kind = 'conversions')::bigint,
    (SELECT coalesce(sum(c.points), 0) FROM credits_conversion c
        WHERE NOT EXISTS (SELECT FROM credits_void v WHERE v.conversion_id = c.id))::bigint
"""


def unsound() -> list[str]:
    """A sentence if the points that left the ledger are not those that were converted and not taken back (P5)."""
    with connection.cursor() as cursor:
        cursor.execute(_CONVERTED)
        left, converted = cursor.fetchone()
    return [f"{left} points left the ledger, but {converted} were converted"] if left != converted else []


def rides_again() -> bool:
    """Whether the newest epoch was rolled back and something of it is still owed."""
    newest = newest_number()
    if newest not in rolled_back():
        return False
    good = last_good(newest)
    return owed() > (good.cum_total if good else 0)


def next_seal_at() -> datetime | None:
    """When the next epoch is due; None while nothing waits for one."""
    first = Conversion.objects.filter(sealed=None, void=None).aggregate(first=Min("at"))["first"]
    if first is None:
        return None
    begun: datetime = Epoch.objects.aggregate(last=Max("sealed_at"))["last"] or first
    return begun + timedelta(seconds=settings.EPOCH_SECONDS)


def described(epochs: Sequence[Epoch]) -> list[dict[str, Any]]:
    """Epochs as everybody may see them: state, totals, and their transactions."""
    on_chain, stopped, seen = posted(), vetoed(), last_seen()
    sent = _transactions(epoch.number for epoch in epochs)
    uncovered = set(Alarm.objects.filter(code="uncovered", closed_at=None).values_list("subject", flat=True))
    return [
        {
            "number": epoch.number,
            "state": _state(epoch, on_chain.get(epoch.number), epoch.number in stopped, bool(sent[epoch.number]), uncovered, seen),
            "sealed_at": epoch.sealed_at,
            "root": _hex(epoch.root),
            "cum_total": str(epoch.cum_total),
            "new_units": str(epoch.new_units),
            "accounts": epoch.accounts,
            "data_hash": _hex(epoch.data_hash),
            "log_size": epoch.log_size,
            "log_root": _hex(epoch.log_root),
            "ratings_root": _hex(epoch.ratings_root),
            "active_at": active_at(on_chain[epoch.number], seen) if epoch.number in on_chain else None,
            "transactions": sent[epoch.number],
        }
        for epoch in epochs
    ]


def _state(epoch: Epoch, on_chain: Event | None, stopped: bool, sending: bool, uncovered: set[str], seen: Treasury | None) -> str:
    if stopped:
        return VETOED
    if on_chain is not None:
        return ACTIVE if _is_active(on_chain, seen) else POSTED
    if sending:
        return SENDING
    if not approved(epoch):
        return AWAITING
    return UNCOVERED if str(epoch.number) in uncovered else SEALED


def posted() -> dict[int, Event]:
    """By epoch, the event that put it on chain; of an epoch that a stranger put there, too."""
    return _by_number("EpochPosted")


def vetoed() -> dict[int, Event]:
    """By epoch, the event of its veto."""
    return _by_number("EpochVetoed")


def _by_number(name: str) -> dict[int, Event]:
    return {int(event.args["id"]): event for event in _events(name)}


def active_at(posted: Event, seen: Treasury | None) -> datetime | None:
    """From when on the epoch of an EpochPosted event can be claimed; None until the contract was asked for its delay."""
    return None if seen is None else posted.time + timedelta(seconds=int(seen.figures["delay"]))


def _is_active(posted: Event, seen: Treasury | None) -> bool:
    """By our clock, or by the chain's where that is ahead."""
    since = active_at(posted, seen)
    return seen is not None and since is not None and since <= max(clock.now(), seen.time)


def _transactions(numbers: Iterable[int]) -> defaultdict[int, list[dict[str, Any]]]:
    """By epoch, what was sent for it: the purpose, the hash, and where it was mined."""
    wanted = {f"{what}:{number}": number for number in numbers for what in ("post", "veto", "anchor")}
    # A purpose that failed is followed by another for the same aim: `post:3`, `post:3/2`.
    aimed = Attempt.objects.filter(chain_id=settings.CHAIN_ID).annotate(
        aim=Func("purpose", Value("/"), Value(1), function="split_part", output_field=CharField())
    )
    rows = aimed.filter(aim__in=wanted).select_related("receipt").order_by("at")
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        receipt = getattr(row, "receipt", None)
        told = {"block": receipt and receipt.block_number, "succeeded": receipt and receipt.succeeded}
        found[wanted[row.aim]].append({"purpose": row.aim.partition(":")[0], "hash": row.hash, **told})
    return found


def _hex(value: bytes | memoryview) -> str:
    return f"0x{bytes(value).hex()}"


def files(epoch: Epoch) -> list[dict[str, Any]]:
    """An epoch's files, the manifest first."""
    rows = File.objects.filter(epoch=epoch).annotate(size=Length("content")).values("name", "size", "sha256")
    return sorted(map(dict, rows), key=lambda row: (row["name"] != dataset.MANIFEST, row["name"]))


def file_mark(number: int, name: str) -> tuple[str, int] | None:
    """The SHA-256 of a file, and how many bytes it has; None when there is none."""
    return File.objects.filter(epoch_id=number, name=name).annotate(size=Length("content")).values_list("sha256", "size").first()


def file_pieces(number: int, name: str, size: int) -> Iterator[bytes]:
    """The bytes of a file of this size, each piece by a statement of its own."""
    for begin in range(1, size + 1, PIECE):
        with connection.cursor() as cursor:
            cursor.execute(_PIECE, [begin, PIECE, number, name])
            (piece,) = cursor.fetchone()
        yield bytes(piece)


def file_content(number: int, name: str) -> bytes:
    """A file's bytes; raises File.DoesNotExist."""
    return bytes(File.objects.get(epoch_id=number, name=name).content)


def content(number: int, *names: str) -> dict[str, bytes]:
    """The files of an epoch by name, all or these; none where there is no such epoch."""
    rows = File.objects.filter(epoch_id=number, **({"name__in": names} if names else {}))
    return {row.name: bytes(row.content) for row in rows}


# Slices of what is stored in slices: nothing else of the tree is read.
_NODES = "SELECT substring(nodes FROM {size} * place + 1 FOR {size}) FROM credits_tree, unnest(%s::int[]) WITH ORDINALITY AS wanted (place, rank)"
_PROOF = f"{_NODES.format(size=merkle.SIZE)} WHERE epoch_id = %s ORDER BY rank"


def proof(number: int, address: str) -> dict[str, Any] | None:
    """What an account may have claimed in all as of an epoch, and the proof; None when it has no leaf. Upper and lower case are alike."""
    try:
        leaf = Leaf.objects.filter(epoch_id=number, account=checksummed(address)).first()
    except ValueError:
        return None
    if leaf is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PROOF, [merkle.siblings(leaf.position), number])
        nodes = [_hex(node) for (node,) in cursor.fetchall()]
    return {"epoch": number, "account": leaf.account, "cumulative": str(leaf.cumulative), "proof": nodes}


def newest_active() -> tuple[int, datetime] | None:
    """The newest epoch that can be claimed on, and since when; None when there is none. One that a stranger posted pays none of our leaves."""
    stopped, seen = vetoed(), last_seen()
    roots = {number: _hex(root) for number, root in Epoch.objects.values_list("number", "root")}
    ours = ((number, event) for number, event in posted().items() if event.args["root"] == roots.get(number) and number not in stopped)
    active = [(number, event) for number, event in ours if _is_active(event, seen)]
    if not active:
        return None
    number, event = max(active, key=lambda one: one[0])
    since = active_at(event, seen)
    return None if since is None else (number, since)
