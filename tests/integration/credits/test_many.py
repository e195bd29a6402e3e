"""A hundred thousand wallets in one epoch: statements over all rows at once, a proof by a few slices."""

import resource
import sys
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena.credits import actions, merkle, queries
from arena.credits.models import Leaf
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from tests.integration.credits.stage import convert, member
from tests.unit.credits.proofs import leads

MANY = 100_000
_TRANSFERS = """
INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, at)
SELECT 'conversion:' || n, %s, %s, 1 + n %% 50, 'conversion', 'converted', '', now() FROM generate_series(1, %s) n
"""
_CONVERSIONS = """
INSERT INTO credits_conversion (id, owner_id, wallet, points, units_per_point, units, transfer_id, at)
SELECT gen_random_uuid(), %s, '0x' || lpad(to_hex(row_number() OVER (ORDER BY id)), 40, '0'), amount, 1000, 1000 * amount, id, now()
FROM ledger_transfer WHERE kind = 'conversion'
"""


def converted(count: int) -> None:
    """So many conversions, each for a wallet of its own. The points come from the source itself, whose balance nobody has to look at."""
    owner = member("everybody")
    source, target = ledger.account(Kind.ISSUANCE), ledger.account(Kind.CONVERSIONS)
    with connection.cursor() as cursor:
        cursor.execute(_TRANSFERS, [source.pk, target.pk, count])
        cursor.execute(_CONVERSIONS, [owner.pk])


@pytest.mark.usefixtures("credited")
def test_sealing_ten_times_as_much_takes_no_more_statements() -> None:
    ada = member("ada", 1_000)
    convert(ada, 1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        actions.seal_epoch()
    for number in range(30):
        convert(member(f"person {number}", 10), 5)
    with CaptureQueriesContext(connection) as many:
        actions.seal_epoch()
    assert len(many) <= len(few) + 2  # the epoch before is compared with


@pytest.mark.usefixtures("credited")
@pytest.mark.slow
def test_a_hundred_thousand_wallets_are_sealed_within_bounds(record_property: Callable[[str, object], None]) -> None:
    converted(MANY)
    before, begun, clock = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), time.monotonic()
    epoch = actions.seal_epoch()
    used, waited = time.process_time() - begun, time.monotonic() - clock
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    record_property("seconds of CPU", used)
    print(f"{MANY} wallets sealed: {used:.1f} s of CPU, {waited:.1f} s, {grown:.0f} MiB more", file=sys.stderr)
    assert epoch is not None
    assert (epoch.accounts, epoch.leaves.count()) == (MANY, MANY)
    assert used < 30
    assert grown < 400
    leaf = Leaf.objects.filter(epoch=epoch).order_by("-position")[0]
    with CaptureQueriesContext(connection) as asked:
        found = queries.proof(epoch.number, leaf.account)
    assert found is not None
    assert len(asked) == 2
    hashed = merkle.leaf(chain_id=epoch.chain_id, contract=epoch.contract, account=leaf.account, cumulative=leaf.cumulative)
    assert leads([bytes.fromhex(node[2:]) for node in found["proof"]], leaf=hashed, root=bytes(epoch.root))
