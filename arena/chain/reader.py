"""Events of contracts, as the chain has them now: read once, put right when blocks are replaced, marked when they are final.

Final history is read in ranges of blocks, for each contract from where it was left. Blocks that may still be replaced are read one by one, by
their hash, from the head down to one that is known, each the parent of the one above. The network is asked outside of transactions; each
step is then written in one, under a lock, if the rows are still those that it began from. So it may be killed anywhere and run twice at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max

from arena import metrics
from arena.chain import abi
from arena.chain.client import BlockHead, Chain, Log, Refused
from arena.chain.models import Block, Deployment, Event, Followed
from arena.errors import ChainUnavailable

LOCK = 0x636861696E  # "chain"
WIDEST = 5_000
TRIES = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far was read: the head, the newest final block; how many events came, and how many blocks were replaced, since the last time."""

    head: int
    final: int
    events: int = 0
    replaced: int = 0


class _Moved(Exception):
    """The chain, or another reader, has moved on while we looked: look again."""


def follow(contracts: Sequence[Deployment], *, at: Chain) -> Progress:
    """Bring Block and Event rows of these contracts up to the head. Safe to repeat, to run twice at once and to be killed anywhere.

    Raises ChainUnavailable when the node does not answer, is behind what was final before, or tells another history than it did then:
    nothing is written that is not sure. On the development chain alone, which can be lost, another history is taken as it is.
    """
    for left in reversed(range(TRIES)):
        try:
            return _follow(contracts, at)
        except _Moved:
            if not left:
                raise ChainUnavailable("The chain moves faster than it can be read. It is tried again.") from None
    raise AssertionError


def _follow(contracts: Sequence[Deployment], at: Chain) -> Progress:
    newest = at.newest()
    final = min(at.final(), newest.number)
    if not contracts:
        return Progress(newest.number, final)
    floor = at.block(_never_back(final, newest, at))
    names = {row.address: row.name for row in contracts}
    starts = {row.address: 0 if at.development else row.block for row in contracts}
    events = sum(_read_final(names, starts, floor, at))
    _settle_floor(floor, at)
    arrived, replaced = _read_unfinal(names, starts, newest, floor, at)
    metrics.CHAIN_READ.set(newest.number)
    return Progress(newest.number, floor.number, events + arrived, replaced)


def _never_back(final: int, newest: BlockHead, at: Chain) -> int:
    """The final block to go by: never one before what was final already, and that one must still be what it was."""
    known = Block.objects.filter(chain_id=at.id, final=True).order_by("-number").first()
    if known is None:
        return final
    if newest.number >= known.number and at.block(known.number).hash == known.hash:
        return max(final, known.number)
    if not at.development:
        problem = "is behind" if newest.number < known.number else "tells another history than it did"
        raise ChainUnavailable(f"The chain's node {problem}: block {known.number} was final, {known.hash}. Nothing is read from it.")
    with transaction.atomic():
        _lock()
        Block.objects.filter(chain_id=at.id).delete()
        Followed.objects.filter(chain_id=at.id).delete()
        # Those below are looked at when their blocks are read anew.
        Event.objects.filter(chain_id=at.id, block_number__gt=final).update(canonical=False, final=False)
    return final


def _read_final(names: dict[str, str], starts: dict[str, int], floor: BlockHead, at: Chain) -> Iterator[int]:
    """Read what is missing up to `floor`, and yield how many events each range brought."""
    width = WIDEST
    while behind := _behind(starts, floor.number, at):
        first = min(behind.values())
        group = [address for address, start in behind.items() if start == first]
        limit = min([floor.number, *(start - 1 for start in behind.values() if start > first)])
        last = min(limit, first + width - 1)
        try:
            logs = at.logs(group, first=first, last=last)
        except Refused:
            if width == 1:
                raise
            width = max(1, min(width, last - first + 1) // 2)
            continue
        yield _write_final(group, first, last, _events(names, logs, at, final=True, first=first, last=last), at)


def _behind(starts: dict[str, int], final: int, at: Chain) -> dict[str, int]:
    """From which block on each contract's final events are still to be read; those that are not behind are left out."""
    read = dict(Followed.objects.filter(chain_id=at.id, contract__in=starts).values_list("contract", "read_to"))
    following = {address: read.get(address, start - 1) + 1 for address, start in starts.items()}
    return {address: start for address, start in following.items() if start <= final}


def _events(names: dict[str, str], logs: Iterable[Log], at: Chain, *, final: bool, first: int, last: int) -> list[Event]:
    """The logs that are events of ours; each block's time is asked for once, and its hash must be the one that its logs name."""
    blocks: dict[int, BlockHead] = {}
    found = []
    for log in logs:
        if log.address not in names or not first <= log.block_number <= last:
            raise ChainUnavailable("The chain's node answers with events that were not asked for.")
        decoded = abi.decode_event(names[log.address], log.topics, log.data)
        if decoded is None:
            continue
        block = blocks.get(log.block_number) or at.block(log.block_number)
        blocks[log.block_number] = block
        if block.hash != log.block_hash:
            raise _Moved
        found.append(_event(decoded, log, block, at, final=final))
    return found


def _event(decoded: tuple[str, dict[str, object]], log: Log, block: BlockHead, at: Chain, *, final: bool) -> Event:
    return Event(
        chain_id=at.id,
        contract=log.address,
        name=decoded[0],
        args=decoded[1],
        block_number=block.number,
        block_hash=block.hash,
        transaction=log.transaction,
        log_index=log.index,
        time=block.time,
        final=final,
    )


def _lock() -> None:
    """One writes at a time; let go at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def _write_final(group: list[str], first: int, last: int, events: list[Event], at: Chain) -> int:
    _lock()
    read = dict(Followed.objects.filter(chain_id=at.id, contract__in=group).values_list("contract", "read_to"))
    if any(read.get(address, first - 1) != first - 1 for address in group):
        raise _Moved
    here = Event.objects.filter(chain_id=at.id, contract__in=group, block_number__range=(first, last))
    known = set(here.values_list("block_hash", "log_index"))
    # What is in no block of the final chain is an event of a block that was replaced.
    here.update(canonical=False, final=False)
    here.filter(block_hash__in={event.block_hash for event in events}).update(canonical=True, final=True)
    fresh = [event for event in events if (event.block_hash, event.log_index) not in known]
    Event.objects.bulk_create(fresh)
    for address in group:
        Followed.objects.update_or_create(chain_id=at.id, contract=address, defaults={"read_to": last})
    return len(fresh)


@transaction.atomic
def _settle_floor(floor: BlockHead, at: Chain) -> None:
    """Keep the newest final block, and none below it."""
    _lock()
    rows = Block.objects.filter(chain_id=at.id)
    highest = rows.filter(final=True).aggregate(number=Max("number"))["number"]
    if highest is not None and highest > floor.number:
        raise _Moved
    rows.filter(number__lte=floor.number).exclude(hash=floor.hash).delete()
    if not rows.filter(hash=floor.hash).update(final=True, canonical=True):
        Block.objects.create(chain_id=at.id, final=True, **_fields(floor))


def _fields(block: BlockHead) -> dict[str, object]:
    return {"number": block.number, "hash": block.hash, "parent": block.parent, "time": block.time}


def _read_unfinal(names: dict[str, str], starts: dict[str, int], newest: BlockHead, floor: BlockHead, at: Chain) -> tuple[int, int]:
    """Read the blocks above `floor`; how many events came, and how many blocks were replaced."""
    known = _known(floor, at)
    followed = set(Followed.objects.filter(chain_id=at.id, unfinal=True).values_list("contract", flat=True))
    # A contract that was not followed before may have events in blocks that were read already.
    blocks = _walk_down(known if names.keys() <= followed else {}, newest, floor, at)
    read: list[tuple[BlockHead, list[Event]]] = []
    for block in reversed(blocks):
        wanted = [address for address in names if starts[address] <= block.number]
        try:
            logs = at.logs_of_block(wanted, hash=block.hash) if wanted else []
        except Refused:
            raise _Moved from None
        if any(log.block_hash != block.hash for log in logs):
            raise _Moved
        decoded = [(abi.decode_event(names[log.address], log.topics, log.data), log) for log in logs if log.address in names]
        read.append((block, [_event(event, log, block, at, final=False) for event, log in decoded if event]))
    return _write_unfinal(starts, known, read, newest, floor, at)


def _known(floor: BlockHead, at: Chain) -> dict[int, str]:
    """The blocks above `floor` that were read and not replaced since: their hashes by number."""
    return dict(Block.objects.filter(chain_id=at.id, canonical=True, number__gt=floor.number).values_list("number", "hash"))


def _walk_down(known: dict[int, str], newest: BlockHead, floor: BlockHead, at: Chain) -> list[BlockHead]:
    """The blocks from the head down to one that is known, or to `floor`: each must be the parent of the one above."""
    found, block = [], newest
    while block.number > floor.number and known.get(block.number) != block.hash:
        found.append(block)
        below = floor if block.number - 1 == floor.number else at.block(block.number - 1)
        if below.hash != block.parent:
            raise _Moved
        block = below
    return found


@transaction.atomic
def _write_unfinal(
    starts: dict[str, int],
    known: dict[int, str],
    read: list[tuple[BlockHead, list[Event]]],
    newest: BlockHead,
    floor: BlockHead,
    at: Chain,
) -> tuple[int, int]:
    _lock()
    rows, events = Block.objects.filter(chain_id=at.id), Event.objects.filter(chain_id=at.id)
    if _known(floor, at) != known or not rows.filter(hash=floor.hash, final=True).exists():
        raise _Moved
    fresh = {block.hash for block, _ in read}
    first = read[0][0].number if read else newest.number + 1
    gone = [hash for number, hash in known.items() if number >= first and hash not in fresh]
    rows.filter(hash__in=gone).update(canonical=False)
    events.filter(block_hash__in=gone).update(canonical=False)
    # A block may come back that was replaced before.
    rows.filter(hash__in=fresh).update(canonical=True)
    events.filter(block_hash__in=fresh).update(canonical=True)
    there = set(rows.filter(hash__in=fresh).values_list("hash", flat=True))
    Block.objects.bulk_create([Block(chain_id=at.id, **_fields(block)) for block, _ in read if block.hash not in there])
    had = set(events.filter(block_hash__in=fresh).values_list("block_hash", "log_index"))
    arrived = [event for _, found in read for event in found if (event.block_hash, event.log_index) not in had]
    Event.objects.bulk_create(arrived)
    for address in starts:
        Followed.objects.get_or_create(chain_id=at.id, contract=address, defaults={"read_to": starts[address] - 1})
    followed = Followed.objects.filter(chain_id=at.id)
    followed.filter(contract__in=starts, unfinal=False).update(unfinal=True)
    if read:
        followed.exclude(contract__in=starts).update(unfinal=False)
    return len(arrived), len(gone)
