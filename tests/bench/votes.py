"""S7: durable votes over HTTP, each with its transfer, against pgbench writing the same rows in one statement a transaction."""

import itertools
import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg

from tests.bench import stage
from tests.bench.bar import Bar, cpu_seconds, middle
from tests.bench.pump import Pumped, pump

if TYPE_CHECKING:
    from tests.processes import LiveArena, Web

VOTERS, CONNECTIONS, SECONDS, RUNS = 64, 12, 6.0, 3
BATTLES = 12_000  # more than can be voted on in all runs together
BENCH_BATTLES = 200_000
SECRET = "b" * 32
FROM_ELSEWHERE = {"PROXY_DEPTH": "1"}  # every voter comes from a network of their own, as X-Forwarded-For says

# What `cast_vote` writes, row by row.
_STATEMENT = r"""
\set who random(1, {voters})
WITH n AS (SELECT lpad(to_hex(nextval('bench_vote')), 32, '0')::uuid AS id),
v AS (INSERT INTO battles_vote (id, battle_id, turn, attempt, outcome, contenders, ranks, rated, unrated_reason, naming, standings, award,
                                award_reason, reward_policy, commit, commit_person, at)
      SELECT id, id, 0, 0, 'a', '{{1,2}}', '{{0,1}}', true, '', '{{}}', '{{}}', 10, 'flat', 'bench', {hash}, {hash}, now() FROM n RETURNING id, at),
s AS (INSERT INTO battles_votesalt (vote_id, rating, person, person_opening) SELECT id, {hash}, {hash}, '{{}}' FROM v),
c AS (INSERT INTO battles_votecontext (vote_id, reasons, comment, measures, network) SELECT id, '{{}}', '', '{{}}', 'n' || :who FROM v),
q AS (INSERT INTO votelog_pending (kind, subject, commit, commit_person, at) SELECT 'vote', id, {hash}, {hash}, at FROM v),
t AS (INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, subject, at)
      SELECT 'award:' || id, {source}, {first} + :who - 1, 10, 'award', 'flat', 'bench', id, at FROM v RETURNING id, at)
INSERT INTO ledger_hold (transfer_id, until) SELECT id, at FROM t;
"""
_BATTLES = """
CREATE SEQUENCE IF NOT EXISTS bench_vote MINVALUE 0;
INSERT INTO battles_battle (id, voter_id, category, language, seed, candidates, standings_seq, policy, probability, publish, created_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, '{voter}', '', '', 1, '{{1,2}}', 0, 'bench', 1, false, now() FROM generate_series(0, {battles}) n
"""


def requests(count: int) -> Iterator[bytes]:
    """The request of each vote: on so many battles, answered and not voted on, of many voters in turn. Straight into the tables."""
    from django.test import Client

    from arena import clock
    from arena.battles.models import Answer, Battle, Side, Status, Turn
    from arena.contenders.models import Contender
    from arena.users.models import User

    voters = User.objects.bulk_create([User(username=f"bench-{number}", is_guest=True) for number in range(VOTERS)])
    sessions = []
    for voter in voters:
        client = Client()
        client.force_login(voter, "django.contrib.auth.backends.ModelBackend")
        sessions.append(client.cookies["sessionid"].value)
    a, b, *_ = Contender.objects.order_by("pk")
    plain = {"seed": 1, "candidates": [a.pk, b.pk], "standings_seq": 0, "policy": "bench", "probability": 1.0, "publish": False}
    battles = Battle.objects.bulk_create([Battle(voter=voters[n % VOTERS], **plain) for n in range(count)])
    places = [(battle, at, contender) for battle in battles for at, contender in enumerate((a, b))]
    sides = Side.objects.bulk_create([Side(battle=battle, position=at, contender=contender) for battle, at, contender in places])
    content = [{"type": "text", "text": "Why is the sky blue?"}]
    turns = Turn.objects.bulk_create([Turn(battle=battle, number=0, content=content) for battle in battles])
    said = {"attempt": 0, "status": Status.DONE, "text": "Blue light is scattered more than red. " * 25, "finished_at": clock.now()}
    Answer.objects.bulk_create([Answer(turn=turns[n // 2], side=side, **said) for n, side in enumerate(sides)])
    return iter([_request(battle.pk, sessions[n % VOTERS], n % VOTERS) for n, battle in enumerate(battles)])


def _request(battle: uuid.UUID, session: str, network: int) -> bytes:
    body = '{"outcome":"a","turn":0,"attempt":0}'
    head = f"POST /api/v1/battles/{battle}/vote HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: sessionid={session}; csrftoken={SECRET}\r\n"
    head += f"x-csrftoken: {SECRET}\r\nidempotency-key: {uuid.uuid4()}\r\nx-forwarded-for: 10.0.{network}.7\r\n"
    return f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def cast(web: "Web", asked: Iterator[bytes], seconds: float = SECONDS) -> Pumped:
    """Votes as fast as they are taken; every one must be."""
    done = pump(web.port, asked, connections=CONNECTIONS, seconds=seconds)
    assert set(done.statuses) == {200}, done.statuses
    return done


def pgbench() -> float:
    """Transactions a second of the one statement, at as many connections."""
    from arena.ledger import actions as ledger
    from arena.ledger.models import Account, Kind
    from arena.users.models import User

    owners = User.objects.bulk_create([User(username=f"pgbench-{number}") for number in range(VOTERS)])
    accounts = Account.objects.bulk_create([Account(kind=Kind.PENDING, owner=owner) for owner in owners])
    with psycopg.connect(stage.superuser(), autocommit=True) as connection:
        for statement in _BATTLES.format(voter=owners[0].pk, battles=BENCH_BATTLES).split(";"):
            connection.execute(statement)
    source, hash = ledger.account(Kind.ISSUANCE).pk, "decode(repeat('ab', 32), 'hex')"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(
            re.sub(r"\n(?!\\|WITH)", " ", _STATEMENT.format(voters=VOTERS, hash=hash, source=source, first=accounts[0].pk).strip())
        )
        script.flush()
        options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-T", str(int(SECONDS)), "-f", script.name]
        command = [stage.program("pgbench"), *options, stage.superuser()]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"tps = ([0-9.]+)", told)
    assert found, told
    return float(found[1])


def web(live: "LiveArena") -> "Web":
    from tests.bench import traffic

    return traffic.web(live, **FROM_ELSEWHERE)


def run() -> list[Bar]:
    with stage.arena() as live:
        server, asked = web(live), requests(BATTLES)
        cast(server, itertools.islice(asked, 50))
        used, taken = cpu_seconds(server.process.pid), [cast(server, asked) for _ in range(RUNS)]
        used = cpu_seconds(server.process.pid) - used
        live.dismiss(keep=0)
        limit = pgbench()
    value, spread = middle([one.statuses[200] / one.seconds for one in taken])
    done = sum(one.statuses[200] for one in taken)
    note = f"one web process, {used / done * 1000:.1f} ms of its CPU a vote; {CONNECTIONS} voters at a time, with Idempotency-Key"
    return [Bar("S7", "durable votes", value, limit, "votes/s", "report; >= 0.6 is the aim", value >= 0.6 * limit, RUNS, spread, note)]
