"""An epoch is sealed: what every wallet is owed becomes a tree, with all that a stranger needs to derive it again."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from arena import clock, metrics, transactions
from arena.credits import dataset, merkle, queries
from arena.credits.models import Epoch, File, Tree
from arena.errors import Conflict, Unsound
from arena.ratings.models import Snapshot
from arena.users.models import User
from arena.votelog import actions as votelog
from arena.votelog import queries as log
from arena.votelog.tree import Frontier

LOCK = 0x45564553  # "EVES": the advisory lock under which one process seals, or takes a conversion back

# The oldest first, as far as there is room.
_TAKE = """
INSERT INTO credits_sealed (conversion_id, epoch_id) SELECT waiting.id, %s FROM (
    SELECT c.id, sum(c.units) OVER (ORDER BY c.at, c.id) AS together FROM credits_conversion c
    WHERE NOT EXISTS (SELECT FROM credits_sealed s WHERE s.conversion_id = c.id)
    AND NOT EXISTS (SELECT FROM credits_void v WHERE v.conversion_id = c.id)
) waiting WHERE waiting.together <= %s
"""
_OWED = """
SELECT c.wallet, sum(c.units)::bigint FROM credits_conversion c JOIN credits_sealed s ON s.conversion_id = c.id
WHERE NOT EXISTS (SELECT FROM credits_void v WHERE v.conversion_id = c.id) GROUP BY c.wallet ORDER BY c.wallet COLLATE "C"
"""
_NEW = "SELECT coalesce(sum(c.units), 0)::bigint FROM credits_conversion c JOIN credits_sealed s ON s.conversion_id = c.id WHERE s.epoch_id = %s"
_LINES = """
COPY (
    SELECT 'conversion' AS kind, c.id, c.wallet, c.points, c.units_per_point, c.units
    FROM credits_conversion c JOIN credits_sealed s ON s.conversion_id = c.id WHERE s.epoch_id = {number}
    UNION ALL
    SELECT 'void', c.id, c.wallet, c.points, c.units_per_point, c.units FROM credits_void v
    JOIN credits_conversion c ON c.id = v.conversion_id JOIN credits_sealed s ON s.conversion_id = c.id
    WHERE v.after = {number} - 1 AND s.epoch_id < {number}
    ORDER BY 1, 2
) TO STDOUT WITH (FORMAT csv, HEADER)
"""
_FELL = """
SELECT b.account FROM credits_leaf b LEFT JOIN credits_leaf n ON n.account = b.account AND n.epoch_id = %s
WHERE b.epoch_id = %s AND b.cumulative > coalesce(n.cumulative, 0) ORDER BY 1 LIMIT 1
"""
# What was sealed and holds, by the ledger.
_LEFT = """
SELECT coalesce(sum(t.amount * c.units_per_point), 0)::bigint FROM credits_sealed s
JOIN credits_conversion c ON c.id = s.conversion_id
JOIN ledger_transfer t ON t.id = c.transfer_id AND t.source_id <> t.target_id
JOIN ledger_account a ON a.id = t.target_id AND a.kind = 'conversions'
WHERE NOT EXISTS (SELECT FROM credits_void v WHERE v.conversion_id = c.id)
"""


def hold_seal() -> None:
    """Let nobody else seal or take back until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def seal_due() -> Epoch | None:
    """Seal an epoch if `EPOCH_SECONDS` have passed since the last, or since the first conversion of all; any number may call this."""
    if not queries.enabled() or not _is_due():
        return None
    with transaction.atomic():
        hold_seal()
        return seal_epoch() if _is_due() else None  # somebody may have sealed while this one waited


def _is_due() -> bool:
    at = queries.next_seal_at()
    return at is not None and at <= clock.now()


@transaction.atomic
def seal_epoch(*, by: User | None = None) -> Epoch | None:
    """Seal what is neither sealed nor taken back, and say what every wallet is owed in all; None when there is nothing new that fits.

    The contract takes no epoch that adds more than its cap, so what is above that waits for a later one. By hand, what a vetoed epoch left
    unpaid is new as well. Raises Conflict where the arena has no credits, and Unsound (nothing is sealed) if the epochs before are of
    another contract, a leaf fell against the last epoch that holds, or leaves, total and ledger disagree.
    """
    hold_seal()
    transactions.take_time()  # it hashes; who is frozen there holds up nothing but the next seal
    if not queries.enabled():
        raise Conflict("This arena gives out no credits; nothing was sealed.")
    if left := queries.left_behind():
        raise Unsound(f"{left} Nothing was sealed.")
    number = queries.newest_number() + 1
    if not _changed(_TAKE, number, queries.room()) and not (by is not None and queries.rides_again()):
        return None
    owed: list[tuple[str, int]] = [(wallet, units) for wallet, units in _all(_OWED)]
    if not owed:
        return None
    contracts = queries.contracts()
    grown = merkle.build(chain_id=settings.CHAIN_ID, contract=contracts["credits"], owed=owed)
    epoch, files = _write(number, owed, grown, contracts, by)
    _publish(epoch, owed, grown, files)
    _require_sound(epoch, owed)
    transaction.on_commit(metrics.EPOCHS_SEALED.inc)
    votelog.submit(kind="epoch", subject=subject(epoch), commit=bytes(epoch.data_hash))
    return epoch


def subject(epoch: Epoch) -> uuid.UUID:
    """What the log calls an epoch; its commitment there is the manifest's SHA-256, without a salt: nothing of it is secret."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"epoch:{epoch.chain_id}:{epoch.contract}:{epoch.number}")


def _write(
    number: int, owed: Sequence[tuple[str, int]], grown: merkle.Tree, contracts: dict[str, str], by: User | None
) -> tuple[Epoch, dict[str, bytes]]:
    """The epoch's row, and its files by name."""
    last = Epoch.objects.filter(pk=number - 1).first()
    frontier = Frontier(last.log_size, bytes(last.log_frontier)) if last else Frontier()
    log.grow(frontier, upto=log.head())
    snapshot = Snapshot.objects.filter(board__slug="overall").first()
    files = {
        dataset.CONVERSIONS: _copied(_LINES.format(number=number)),
        dataset.LEAVES: dataset.leaves(owed),
        dataset.RATINGS: dataset.ratings(None if snapshot is None else json.loads(bytes(snapshot.body))),
    }
    head = dataset.Head(
        number=number,
        chain_id=settings.CHAIN_ID,
        contracts=contracts,
        sealed_at=clock.now(),
        root=grown.root,
        cum_total=sum(units for _, units in owed),
        new_units=int(_all(_NEW, number)[0][0]),
        accounts=len(owed),
        log_size=frontier.size,
        log_root=frontier.root,
        ratings_root=dataset.ratings_root(files[dataset.RATINGS]),
        previous=None if last is None else (last.number, bytes(last.data_hash)),
    )
    files[dataset.MANIFEST] = dataset.manifest(head, files)
    same = ("number", "chain_id", "sealed_at", "root", "cum_total", "new_units", "accounts", "log_size", "log_root", "ratings_root")
    epoch = Epoch.objects.create(
        **{name: getattr(head, name) for name in same},
        contract=contracts["credits"],
        log_frontier=frontier.kept,
        data_hash=dataset.sha256(files[dataset.MANIFEST]),
        sealed_by=by,
    )
    return epoch, files


def _publish(epoch: Epoch, owed: Sequence[tuple[str, int]], grown: merkle.Tree, files: dict[str, bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY credits_leaf (epoch_id, account, cumulative, position) FROM STDIN") as copy:
        for (account, cumulative), place in zip(owed, grown.places, strict=True):
            copy.write_row((epoch.number, account, cumulative, place))
    Tree.objects.create(epoch=epoch, nodes=grown.nodes)
    for name, content in files.items():
        File.objects.create(epoch=epoch, name=name, content=content, sha256=dataset.sha256(content).hex())


def _require_sound(epoch: Epoch, owed: Sequence[tuple[str, int]]) -> None:
    """Raises Unsound for what must never be posted; the transaction then leaves nothing behind."""
    good = max((number for number in queries.good_numbers() if number < epoch.number), default=0)
    with connection.cursor() as cursor:
        # What follows looks at every row. Where nobody has counted the rows lately, loops within loops would be taken for cheap.
        cursor.execute("SET LOCAL enable_nestloop = off")
    if fell := _all(_FELL, epoch.number, good):
        raise Unsound(f"The leaf of {fell[0][0]} would fall against epoch {good}; nothing was sealed.")
    ((by_ledger,),) = _all(_LEFT)
    if not sum(units for _, units in owed) == epoch.cum_total == by_ledger:
        raise Unsound(f"The leaves come to {epoch.cum_total} units, but what left the ledger for them to {by_ledger}; nothing was sealed.")
    if unsound := queries.unsound():
        raise Unsound(f"{unsound[0]}; nothing was sealed.")


def _changed(statement: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _all(statement: str, *values: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _copied(statement: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)
