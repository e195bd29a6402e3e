"""The promises of the house that a database can hold, each by its name. (P5 and P10 belong to the credits.)"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F

from arena.append_only import AppendOnly
from arena.battles import actions, entries, projector
from arena.battles.ballots import Ballot
from arena.battles.models import Battle, Vote
from arena.errors import AlreadyVoted, InsufficientFunds
from arena.ledger import actions as ledger
from arena.ledger import queries as ledger_queries
from arena.ledger.models import Account, Kind, Transfer
from arena.ratings.models import Board, Rating
from arena.users.models import User
from arena.votelog.models import Entry, Pending
from tests.cast import Arena, Person
from tests.integration.battles.conftest import UNCAPPED
from tests.integration.battles.stage import at_once, chance
from tests.integration.ledger.issuance import issued
from tests.processes import Browser, LiveArena, Web, eventually

OUTCOMES = ("a", "b", "tie", "both_bad", "skip")


def voted(arena: Arena, person: Person, outcome: str = "a") -> Vote:
    battle = person.open()
    arena.answer(battle["id"])
    assert person.vote(battle["id"], outcome).status_code == 200
    return Vote.objects.get(battle_id=battle["id"])


def closing_connections(work: Any) -> Any:
    """`work`, for a thread: its database connections do not outlive it."""

    def done(item: Any) -> Any:
        try:
            return work(item)
        finally:
            connections.close_all()

    return done


@pytest.fixture
def committed(transactional_db: None) -> Arena:
    return Arena.seeded()


def test_P1_a_battle_has_one_vote_however_many_are_cast_at_once(committed: Arena) -> None:
    ada = committed.person("ada")
    battle = ada.open()
    committed.answer(battle["id"])
    voter = Battle.objects.get().voter

    def cast(outcome: str) -> str:
        try:
            return str(actions.cast_vote(battle_id=uuid.UUID(battle["id"]), voter=voter, ballot=Ballot(outcome, 0, 0)).pk)
        except AlreadyVoted:
            return "refused"

    results = at_once(closing_connections(cast), ["a", "b"] * 4)
    assert Vote.objects.count() == Transfer.objects.count() == Pending.objects.filter(kind="vote").count() == 1
    assert sorted(results) == sorted([str(Vote.objects.get().pk)] * 4 + ["refused"] * 4)


def test_P1_the_database_itself_refuses_a_second_vote(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    columns = ", ".join(f'"{field.column}"' for field in Vote._meta.concrete_fields if field.column != "id")
    with pytest.raises(IntegrityError, match="battle_id"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO battles_vote (id, {columns}) SELECT %s, {columns} FROM battles_vote WHERE id = %s", [uuid.uuid4(), vote.pk]
        )


def test_P2_every_transfer_moves_what_it_takes_and_the_sum_is_zero(arena: Arena, ada: Person, ben: Person) -> None:
    for person in (ada, ben):
        for outcome in OUTCOMES:
            voted(arena, person, outcome)
    ledger.release_due()
    held = [ledger_queries.balances(user.pk) for user in User.objects.all()]
    assert sum(balance.pending + balance.available + balance.converted for balance in held) == issued() == 80
    assert {(balance.pending, balance.available) for balance in held} == {(0, 40)}
    assert not ledger_queries.unsound()


@pytest.mark.parametrize("change", ["amount = 0", "amount = -5", "target_id = source_id", "key = key"])
def test_P2_the_database_itself_refuses_a_transfer_that_is_none(arena: Arena, ada: Person, change: str) -> None:
    voted(arena, ada)
    name, _, value = change.partition(" = ")
    row = {"key": "'other'", "source_id": "source_id", "target_id": "target_id", "amount": "amount"} | {name: value}
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, at)"
            f" SELECT {row['key']}, {row['source_id']}, {row['target_id']}, {row['amount']}, kind, reason, policy, at FROM ledger_transfer"
        )


def test_P3_no_account_goes_below_zero_however_many_spend_at_once(committed: Arena) -> None:
    committed.person("ada")
    person = User.objects.get()
    mine, issuance, conversions = ledger.account(Kind.AVAILABLE, person.pk), ledger.account(Kind.ISSUANCE), ledger.account(Kind.CONVERSIONS)
    ledger.post(key="gift", source=issuance, target=mine, amount=100, kind="award", reason="test")

    def spend(number: int) -> bool:
        try:
            ledger.post(key=f"spend-{number}", source=mine, target=conversions, amount=30, kind="conversion", reason="test")
        except InsufficientFunds:
            return False
        return True

    assert sum(at_once(closing_connections(spend), range(16))) == 3
    assert ledger_queries.balances(person.pk).available == 10
    _overdraw(mine, conversions)


def _overdraw(mine: Account, target: Account) -> None:
    """Around the action, too."""
    with pytest.raises(IntegrityError, match="account_never_below_zero"), transaction.atomic():
        Transfer.objects.create(key="sly", source=mine, target=target, amount=11, kind="conversion", reason="test")


def test_P4_a_rebuilt_board_equals_the_live_one_bit_for_bit_however_it_was_batched(
    arena: Arena, ada: Person, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = chance(request)
    for number in range(40):
        voted(arena, ada, rng.choice(OUTCOMES))
        if number % 3 == 0:
            monkeypatch.setattr(projector, "BATCH", rng.randrange(1, 5))
            projector.project()
    while projector.project():
        pass
    assert Board.objects.get().votes == Vote.objects.filter(rated=True).count() > 20
    for size in (1, 7, 1000):
        monkeypatch.setattr(entries, "_CHUNK", size)
        call_command("rebuild_board")
        assert "no differences" in capsys.readouterr().out
    row = Rating.objects.order_by("pk")[0]
    Rating.objects.filter(pk=row.pk).update(mu=F("mu") + 2.0**-40)
    with pytest.raises(CommandError):
        call_command("rebuild_board")
    with pytest.raises(CommandError):
        call_command("rebuild_board")
    call_command("rebuild_board", write=True)
    assert Rating.objects.get(pk=row.pk).mu == row.mu


# Those that one vote fills: a trigger for each row says nothing of an empty table.
FILLED = (
    "battles_battle",
    "battles_side",
    "battles_vote",
    "contenders_event",
    "ledger_transfer",
    "ratings_parameterchange",
    "users_consent",
    "votelog_entry",
)


@pytest.mark.parametrize("change", ["UPDATE {table} SET {key} = {key}", "DELETE FROM {table}"])
def test_P8_the_database_itself_refuses_to_change_a_fact(arena: Arena, ada: Person, change: str) -> None:
    voted(arena, ada)
    projector.project()
    facts = {model._meta.db_table: model for model in apps.get_models() if issubclass(model, AppendOnly)}
    for table in FILLED:
        before = facts[table]._default_manager.count()
        assert before
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table=table, key=facts[table]._meta.pk.column))
        assert facts[table]._default_manager.count() == before


@pytest.mark.django_db
def test_P8_every_table_of_facts_bears_the_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid WHERE p.proname = 'arena_refuse_change'"
            " AND tgenabled IN ('O', 'A') AND tgtype & 27 = 27"  # for each row, before, on update and on delete
        )
        guarded = {table for (table,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)} >= set(FILLED)


def test_P9_killing_processes_loses_no_acknowledged_vote_and_pays_nothing_twice(
    live_arena: LiveArena, request: pytest.FixtureRequest
) -> None:
    rng = chance(request)
    house = _House(live_arena)
    voters = [_Voter(house, random.Random(rng.random())) for _ in range(3)]
    for what in rng.sample(["web"] * 3 + ["projector"] * 6, 9):
        time.sleep(rng.uniform(0.1, 0.6))
        house.kill(what, rng)
    for voter in voters:
        voter.stop()
    acknowledged = {id: outcome for voter in voters for id, outcome in voter.acknowledged.items()}
    assert len(acknowledged) > 20
    stored = {str(vote.battle_id): vote.outcome for vote in Vote.objects.all()}
    assert stored == acknowledged
    board = eventually(_settled, within=15, what="numbering and folding")
    seqs = list(Entry.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(len(seqs)))
    assert sorted(Entry.objects.filter(kind="vote").values_list("subject", flat=True)) == sorted(Vote.objects.values_list("pk", flat=True))
    assert board.votes == Vote.objects.filter(rated=True).count()
    call_command("rebuild_board")
    paid = {vote.pk: vote.award for vote in Vote.objects.filter(award__gt=0)}
    assert {key: row.amount for row in Transfer.objects.all() if (key := uuid.UUID(row.key.removeprefix("award:")))} == paid
    assert not ledger_queries.unsound()


def _settled() -> Board | None:
    if Pending.objects.exists():
        return None
    return Board.objects.filter(last_seq=Entry.objects.order_by("-seq")[0].seq).first()


class _House:
    """Two web processes and two projectors, each of which is replaced when it is killed."""

    def __init__(self, live: LiveArena):
        self.live = live
        self.starting = ThreadPoolExecutor(2)
        self.webs: list[Web] = [web.result() for web in [self.starting.submit(self._web) for _ in range(2)]]
        self.coming: Future[Web] | None = None
        self.projectors = [live.projector(), live.projector()]

    def _web(self) -> Web:
        return self.live.web(LEASE_SECONDS="1", **UNCAPPED)

    def kill(self, what: str, rng: random.Random) -> None:
        if what == "projector":
            self.projectors.pop(0).kill()  # the older one, which has begun to work
            self.projectors.append(self.live.projector())
            return
        if self.coming:  # one of the two serves, always
            self.webs.append(self.coming.result())
        self.webs.pop(rng.randrange(2)).kill()
        self.coming = self.starting.submit(self._web)


class _Voter:
    """Reads and votes without a pause, as a page does: what gets no answer is sent again with the same key, wherever somebody listens."""

    def __init__(self, house: _House, rng: random.Random):
        self.house, self.rng = house, rng
        self.acknowledged: dict[str, str] = {}
        self.cookies = dict(house.live.browser(house.webs[0]).cookies)
        self._over = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._one()
        except BaseException as error:
            self._error = error

    def _one(self) -> None:
        battle = self._insist("battles", {"prompt": "Why is the sky blue?"})
        view = self._read(battle)
        can = view["can"]["vote"]
        outcome = self.rng.choice([one for one in OUTCOMES if one in can])
        self._insist(f"battles/{battle['id']}/vote", {"outcome": outcome, "turn": 0, "attempt": 0})
        self.acknowledged[battle["id"]] = outcome

    def _read(self, battle: dict[str, Any]) -> dict[str, Any]:
        def read(browser: Browser) -> dict[str, Any] | None:
            browser.get(battle["stream"]["url"]).raise_for_status()
            view: dict[str, Any] = browser.get(f"/api/v1/battles/{battle['id']}").raise_for_status().json()
            return view if view["stream"] is None else None

        return self._until(read)

    def _insist(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.UUID(int=self.rng.getrandbits(128)))

        def send(browser: Browser) -> dict[str, Any]:
            found: dict[str, Any] = browser.send_json(path, body, key=key).raise_for_status().json()
            return found

        return self._until(send)

    def _until(self, work: Callable[[Browser], dict[str, Any] | None]) -> dict[str, Any]:
        """What comes of `work` on one web process or the other, however often it breaks off."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            web = self.rng.choice(self.house.webs)
            with Browser(base_url=web.url, timeout=15.0, cookies=self.cookies) as browser:
                try:
                    if found := work(browser):
                        return found
                except httpx.TransportError:
                    time.sleep(0.02)
        raise AssertionError("nobody answered")
