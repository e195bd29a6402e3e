"""The log's numbers: from 0, without gaps, whatever happens while they are given."""

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import Error, IntegrityError, connection, transaction

from arena import clock
from arena.append_only import AppendOnly
from arena.votelog import actions, queries
from arena.votelog.models import Entry, Pending
from arena.votelog.tree import Frontier, entry, root
from tests.integration.http.threads import results


def submit(subject: uuid.UUID | None = None, kind: str = "vote") -> uuid.UUID:
    subject = subject or clock.new_id()
    actions.submit(kind=kind, subject=subject, commit=clock.new_salt(), commit_person=clock.new_salt())
    return subject


def log() -> list[uuid.UUID]:
    """The subjects in the order of their numbers, which must be 0, 1, 2, ..."""
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    return [entry.subject for entry in entries]


def test_an_empty_log_has_no_head(db: None) -> None:
    assert (actions.number(), queries.head(), queries.seq_of("vote", uuid.uuid4())) == (0, -1, None)


def test_facts_are_numbered_in_order_across_batches(db: None) -> None:
    facts = [submit() for _ in range(7)]
    assert [actions.number(limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert log() == facts
    assert queries.head() == 6
    assert queries.seq_of("vote", facts[4]) == 4
    assert queries.seq_of("policy", facts[4]) is None
    assert not Pending.objects.exists()


def test_an_entry_carries_what_was_submitted(db: None) -> None:
    submit()
    waiting = Pending.objects.get()
    actions.number()
    entry = Entry.objects.get()
    for name in ("kind", "subject", "commit", "commit_person"):
        assert getattr(entry, name) == getattr(waiting, name)


def test_a_crash_while_numbering_loses_nothing_and_leaves_no_gap(db: None) -> None:
    facts = [submit() for _ in range(5)]
    actions.number(limit=2)

    class Crash(Exception):
        pass

    def crashing() -> None:
        with transaction.atomic():
            assert actions.number(limit=2) == 2
            raise Crash

    with pytest.raises(Crash):
        crashing()
    assert log() == facts[:2]
    actions.number()
    assert log() == facts


def test_a_fact_that_is_rolled_back_never_had_a_number(db: None) -> None:
    def failing() -> None:
        with transaction.atomic():
            submit()
            raise ValueError

    first = submit()
    with pytest.raises(ValueError):
        failing()
    last = submit()
    actions.number()
    assert log() == [first, last]


def test_a_fact_is_in_the_log_once(db: None) -> None:
    fact = submit()
    actions.number()
    submit(fact)
    with pytest.raises(IntegrityError, match="entry_once"), transaction.atomic():
        actions.number()
    assert log() == [fact]


def test_a_slow_transaction_is_numbered_late_and_not_lost(transactional_db: None) -> None:
    """A cursor on the row's id would have passed over it."""
    written, go_on = threading.Event(), threading.Event()
    slow = clock.new_id()

    def write() -> None:
        try:
            with transaction.atomic():
                submit(slow)
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert written.wait(20)
    quick = submit()
    assert actions.number() == 1
    go_on.set()
    thread.join(20)
    assert actions.number() == 1
    assert log() == [quick, slow]


def test_many_numberers_and_writers_at_once_leave_no_gap(transactional_db: None) -> None:
    def write(count: int) -> list[uuid.UUID]:
        return [submit() for _ in range(count)]

    def count() -> int:
        return sum(actions.number(limit=3) for _ in range(10))

    plays: list[Callable[[], list[uuid.UUID] | int]] = [*(partial(write, 10) for _ in range(4)), *(count for _ in range(4))]
    found = results(plays)
    while actions.number():
        pass
    facts = {fact for result in found if isinstance(result, list) for fact in result}
    assert len(facts) == 40
    assert set(log()) == facts


def test_while_one_numbers_another_does_nothing(transactional_db: None) -> None:
    submit()
    with transaction.atomic():
        assert actions.number() == 1
        assert results([actions.number]) == [0]
    assert queries.head() == 0


def facts() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, AppendOnly)]


def test_every_table_of_facts_refuses_to_be_changed(db: None) -> None:
    """P8: the database itself, for its owner too."""
    tables = {model._meta.db_table for model in facts()}
    assert {"battles_vote", "votelog_entry", "ledger_transfer", "users_consent", "contenders_event", "ratings_parameterchange"} <= tables
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'arena_refuse_change'::regproc AND tgenabled IN ('O', 'A')"
            " AND tgtype & 26 = 26"  # before (2), delete (8), update (16)
        )
        assert tables <= {name for (name,) in cursor.fetchall()}


def test_an_entry_cannot_be_changed_or_deleted(db: None) -> None:
    submit()
    actions.number()
    for sql in ("UPDATE votelog_entry SET commit = ''", "DELETE FROM votelog_entry"):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert len(log()) == 1


def test_the_tree_grows_from_where_it_stood_whatever_is_read_at_once(db: None) -> None:
    for _ in range(7):
        submit()
    submit(kind="policy")
    actions.number()
    whole = queries.grow(Frontier(), upto=queries.head())
    entries = [
        entry(kind=row.kind, seq=row.seq, time=row.time, commit=bytes(row.commit), commit_person=bytes(row.commit_person or b""))
        for row in Entry.objects.order_by("seq")
    ]
    assert (whole.size, whole.root) == (8, root(entries))
    for cut in range(8):
        begun = queries.grow(Frontier(), upto=cut - 1, chunk=2)
        assert queries.grow(Frontier(begun.size, begun.kept), upto=7, chunk=3).root == whole.root


def test_a_tree_is_not_grown_beyond_the_log(db: None) -> None:
    submit()
    actions.number()
    with pytest.raises(LookupError, match="no entry 1"):
        queries.grow(Frontier(), upto=1)
