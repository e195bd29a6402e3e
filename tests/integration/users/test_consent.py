"""Consent and guests: facts that come before the first prompt."""

import hashlib
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from arena import clock
from arena.errors import ConsentOutdated, ConsentRequired, InvalidInput
from arena.users import actions, queries, terms
from arena.users.models import Consent, User
from tests.integration.http.threads import results


def accept(user: User, **change: Any) -> Consent:
    now = terms.current()
    wanted: dict[str, Any] = {"version": now.version, "hash": now.hash, "of_age": True, "publish": False, **change}
    return actions.accept_terms(user=user, **wanted)


@pytest.fixture
def guest(db: None) -> User:
    return actions.create_guest()


def test_the_terms_are_known_by_the_hash_of_their_text() -> None:
    now = terms.current()
    assert now.hash == hashlib.sha256(now.text.encode()).hexdigest()
    assert len(now.text) > 500
    files = list((Path(terms.__file__).parent / "terms_text").glob("*.md"))
    assert [path.stem for path in sorted(files)][-1] == now.version


def test_a_guest_has_no_name_and_no_way_to_sign_in(guest: User) -> None:
    assert guest.is_guest
    assert guest.display_name == "Guest"
    assert not guest.has_usable_password()
    assert actions.create_guest().username != guest.username


def test_consent_is_stored_with_version_hash_and_choice(guest: User) -> None:
    accept(guest, publish=True)
    stored = Consent.objects.get()
    assert (stored.user_id, stored.terms_version, stored.terms_hash, stored.publish) == (
        guest.pk,
        terms.current().version,
        terms.current().hash,
        True,
    )
    assert queries.require_consent(guest) == stored


def test_the_same_consent_again_changes_nothing(guest: User) -> None:
    assert accept(guest) == accept(guest)
    assert Consent.objects.count() == 1


def test_another_choice_is_a_new_fact_and_the_latest_holds(guest: User) -> None:
    for publish in (False, True, False):
        accept(guest, publish=publish)
    assert list(Consent.objects.order_by("id").values_list("publish", flat=True)) == [False, True, False]
    assert queries.require_consent(guest).publish is False


def test_without_consent_there_is_no_prompt(guest: User) -> None:
    with pytest.raises(ConsentRequired):
        queries.require_consent(guest)
    assert queries.consent_of(guest) is None


def test_consent_to_other_terms_is_outdated(guest: User, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(guest)
    monkeypatch.setattr(terms, "current", lambda: terms.Terms(version="later", hash="0" * 64, text=""))
    with pytest.raises(ConsentOutdated):
        queries.require_consent(guest)


def test_permission_to_publish_is_taken_back_without_accepting_new_terms(guest: User, monkeypatch: pytest.MonkeyPatch) -> None:
    known = accept(guest, publish=True)
    monkeypatch.setattr(terms, "current", lambda: terms.Terms(version="later", hash="0" * 64, text=""))
    taken = actions.choose_publication(user=guest, publish=False)
    assert (taken.terms_version, taken.terms_hash, taken.publish) == (known.terms_version, known.terms_hash, False)
    assert actions.choose_publication(user=guest, publish=False) == taken
    with pytest.raises(ConsentOutdated):
        queries.require_consent(guest)
    with pytest.raises(ConsentOutdated):
        actions.choose_publication(user=guest, publish=True)
    assert queries.consent_of(guest) == taken


@pytest.mark.parametrize("change", [{"version": "1999-01-01"}, {"hash": "0" * 64}, {"hash": ""}])
def test_terms_that_are_not_in_force_cannot_be_accepted(change: dict[str, Any], guest: User) -> None:
    with pytest.raises(ConsentOutdated):
        accept(guest, **change)
    assert not Consent.objects.exists()


def test_the_young_are_refused_and_no_guest_is_made(db: None) -> None:
    now = terms.current()
    with pytest.raises(InvalidInput, match="18"):
        actions.accept_terms_as(None, version=now.version, hash=now.hash, of_age=False, publish=False)
    assert not User.objects.exists()


def test_consent_cannot_be_changed_or_deleted(guest: User) -> None:
    consent = accept(guest)
    with pytest.raises(TypeError):
        consent.save()
    with pytest.raises(TypeError):
        consent.delete()
    for sql in ("UPDATE users_consent SET publish = true", "DELETE FROM users_consent"):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_same_consent_from_many_windows_is_one(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    guest, now = actions.create_guest(), clock.now()

    def slowly() -> datetime:
        time.sleep(0.05)
        return now

    monkeypatch.setattr(clock, "now", slowly)  # between looking for the latest consent and writing one
    results(partial(accept, guest) for _ in range(6))
    assert Consent.objects.count() == 1
