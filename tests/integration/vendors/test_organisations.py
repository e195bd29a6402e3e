"""Who may speak for an organisation, and who sees what is its own."""

import uuid
from typing import Any

import pytest

from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.errors import Conflict, Forbidden, NotFound
from arena.vendors import actions
from arena.vendors.models import Entry, Membership, Organisation
from tests.cast import Arena, Person
from tests.integration.http.threads import results
from tests.integration.users.account import PASSWORD, guest, member, visitor
from tests.integration.vendors.stage import Vendor, program, vendor


@pytest.fixture
def amber(arena: Arena) -> Vendor:
    made = vendor()
    enter(made, arena.contenders["amber"])
    return made


def enter(of: Vendor, contender: Contender) -> Entry:
    return actions.enter(organisation=Organisation.objects.get(slug=of.slug), contender=contender)


def kind(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].removeprefix("/problems/")


def test_whoever_founds_an_organisation_owns_it(amber: Vendor) -> None:
    (mine,) = amber.account.get("organisations").json()["results"]
    assert mine == {"slug": "amber-labs", "name": "Amber Labs", "website": "", "role": "owner"}
    (who,) = amber.account.get("organisations/amber-labs/members").json()["results"]
    assert (who["id"], who["role"]) == (amber.account.id, "owner")


def test_an_organisation_is_for_people_with_an_account(arena: Arena) -> None:
    body = {"slug": "guests", "name": "Guests"}
    assert kind(guest().post("organisations", body)) == (403, "sign-in-required")
    assert kind(visitor().post("organisations", body)) == (401, "not-signed-in")
    assert not Organisation.objects.exists()


def test_an_address_is_given_once_and_a_retry_founds_nothing_twice(amber: Vendor) -> None:
    body = {"slug": "birch-labs", "name": "Birch"}
    first, again = (amber.account.post("organisations", body, key="the-same-key") for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert kind(member("ben@example.org").post("organisations", body)) == (409, "conflict")
    assert Membership.objects.count() == 2


@pytest.mark.parametrize("slug", ["A", "-ab", "ab-", "a b", "x" * 41, "é"])
def test_an_address_is_plain(amber: Vendor, slug: str) -> None:
    assert kind(amber.account.post("organisations", {"slug": slug, "name": "Any"})) == (400, "invalid-input")


def test_its_contenders_are_shown_to_members_in_whatever_state(amber: Vendor, arena: Arena) -> None:
    enter(amber, contenders.register(slug="amber-8", name="Amber-8", vendor="Amber Labs", state=State.PRIVATE_TEST))
    shown = {row["slug"]: row["state"] for row in amber.account.get("organisations/amber-labs").json()["contenders"]}
    assert shown == {"amber-7": "listed", "amber-8": "private_test"}


def test_another_organisations_vendor_cannot_tell_it_from_one_that_is_not_there(amber: Vendor) -> None:
    ben = vendor("birch-labs", "ben@example.org").account
    for path in ("", "/members", "/keys"):
        there, nowhere = ben.get(f"organisations/amber-labs{path}"), ben.get(f"organisations/nowhere{path}")
        assert kind(there) == (404, "not-found")
        assert there.content == nowhere.content
    for method, path, body in (
        ("PATCH", "", {"name": "Mine"}),
        ("POST", "/keys", {"name": "mine", "scopes": ["rankings"]}),
        ("POST", "/invitations", {"role": "owner"}),
        ("PUT", f"/members/{amber.account.id}", {"role": "member"}),
        ("DELETE", f"/members/{amber.account.id}", {}),
    ):
        assert kind(ben.write(method, f"organisations/amber-labs{path}", body)) == (404, "not-found"), (method, path)
    assert Organisation.objects.get(slug="amber-labs").name == "Amber Labs"


def test_a_contender_belongs_to_one_organisation(amber: Vendor, arena: Arena) -> None:
    birch = vendor("birch-labs", "ben@example.org")
    enter(amber, arena.contenders["amber"])
    with pytest.raises(Conflict):
        enter(birch, arena.contenders["amber"])
    assert Entry.objects.get().organisation.slug == "amber-labs"


def test_a_member_reads_and_an_owner_changes(amber: Vendor) -> None:
    ben = amber.colleague("ben@example.org")
    assert ben.get("organisations/amber-labs").json()["role"] == "member"
    for method, path, body in (
        ("PATCH", "", {"name": "Mine"}),
        ("POST", "/keys", {"name": "mine", "scopes": ["rankings"]}),
        ("POST", "/invitations", {"role": "owner"}),
        ("PUT", f"/members/{ben.id}", {"role": "owner"}),
        ("DELETE", f"/members/{amber.account.id}", {}),
    ):
        assert kind(ben.write(method, f"organisations/amber-labs{path}", body)) == (403, "forbidden"), (method, path)
    assert amber.account.write("PUT", f"organisations/amber-labs/members/{ben.id}", {"role": "owner"}).json()["role"] == "owner"
    assert ben.write("PATCH", "organisations/amber-labs", {"website": "https://amber.example"}).json()["website"] == "https://amber.example"


def test_an_invitation_lets_one_person_in_once(amber: Vendor) -> None:
    link = amber.invitation()
    ben, cleo = member("ben@example.org"), member("cleo@example.org")
    assert ben.post("memberships", {"invitation": link}).status_code == 200
    assert ben.post("memberships", {"invitation": link}).status_code == 200
    assert kind(cleo.post("memberships", {"invitation": link})) == (404, "not-found")
    assert kind(cleo.post("memberships", {"invitation": "x" * 52})) == (404, "not-found")
    assert Membership.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_invitation_of_who_is_no_owner_any_more_lets_nobody_in(amber: Vendor) -> None:
    eve = amber.colleague("eve@example.org", "owner")
    kept = eve.post("organisations/amber-labs/invitations", {"role": "owner"}).json()["invitation"]
    assert amber.account.write("DELETE", f"organisations/amber-labs/members/{eve.id}").status_code == 204
    assert eve.post("memberships", {"invitation": kept}).status_code == 404
    assert not Membership.objects.filter(user=uuid.UUID(eve.id)).exists()


def test_who_was_dismissed_while_they_asked_dismisses_nobody(amber: Vendor) -> None:
    eve = amber.colleague("eve@example.org", "owner")
    stale = Membership.objects.get(user=uuid.UUID(eve.id))
    actions.dismiss(membership=Membership.objects.get(user=uuid.UUID(amber.account.id)), user=stale.user_id)
    with pytest.raises(Forbidden):
        actions.dismiss(membership=stale, user=Membership.objects.get().user_id)
    assert Membership.objects.count() == 1


def test_two_people_with_one_invitation_at_once_are_one_member(transactional_db: None) -> None:
    Arena.seeded()
    amber = vendor()
    link = amber.invitation()
    people = [member(f"{name}@example.org") for name in ("ben", "cleo", "dan")]
    replies = results([lambda who=who: who.post("memberships", {"invitation": link}).status_code for who in people])  # type: ignore[misc]
    assert sorted(replies) == [200, 404, 404]
    assert Membership.objects.count() == 2


def test_the_last_owner_stays_while_there_are_members(amber: Vendor) -> None:
    ben = amber.colleague("ben@example.org")
    own = f"organisations/amber-labs/members/{amber.account.id}"
    assert kind(amber.account.delete(own)) == (409, "conflict")
    assert kind(amber.account.write("PUT", own, {"role": "member"})) == (409, "conflict")
    assert ben.delete(f"organisations/amber-labs/members/{ben.id}").status_code == 204
    assert ben.get("organisations").json()["results"] == []
    assert amber.account.delete(own).status_code == 204


def test_a_closed_account_speaks_for_nobody(amber: Vendor) -> None:
    ben = amber.colleague("ben@example.org")
    assert ben.delete("me", {"password": PASSWORD}).status_code == 204
    assert [row["id"] for row in amber.account.get("organisations/amber-labs/members").json()["results"]] == [amber.account.id]


def test_the_last_owner_hands_over_before_they_close_their_account(amber: Vendor) -> None:
    ben = amber.colleague("ben@example.org")
    refused = amber.account.delete("me", {"password": PASSWORD})
    assert kind(refused) == (409, "conflict")
    assert "Amber Labs" in refused.json()["detail"]
    assert amber.account.signed_in()
    assert amber.account.write("PUT", f"organisations/amber-labs/members/{ben.id}", {"role": "owner"}).status_code == 200
    assert amber.account.delete("me", {"password": PASSWORD}).status_code == 204
    assert [row["role"] for row in ben.get("organisations/amber-labs/members").json()["results"]] == ["owner"]


def test_who_is_let_go_while_they_ask_for_a_key_gets_none(amber: Vendor) -> None:
    eve = amber.colleague("eve@example.org", "owner")
    stale = Membership.objects.get(user=uuid.UUID(eve.id))
    assert amber.account.write("DELETE", f"organisations/amber-labs/members/{eve.id}").status_code == 204
    with pytest.raises(NotFound):
        actions.make_key(membership=stale, name="kept", scopes=["rankings"], days=None)
    assert not stale.organisation.keys.exists()


@pytest.mark.parametrize("leaves", ["is let go", "closes the account"])
def test_keys_that_somebody_made_end_when_they_leave(amber: Vendor, leaves: str) -> None:
    eve = amber.colleague("eve@example.org", "owner")
    known, kept = Vendor(eve, "amber-labs").key("eve's"), amber.key("ours")
    if leaves == "is let go":
        assert amber.account.delete(f"organisations/amber-labs/members/{eve.id}").status_code == 204
    else:
        assert eve.delete("me", {"password": PASSWORD}).status_code == 204
    assert kind(program("organisations/amber-labs", known)) == (401, "key-invalid")
    assert program("organisations/amber-labs", kept).status_code == 200


def test_the_export_of_ones_own_data_tells_of_organisations(amber: Vendor) -> None:
    (told,) = amber.account.get("me/export").json()["organisations"]
    assert (told["organisation__slug"], told["role"]) == ("amber-labs", "owner")


def test_unknown_fields_are_refused(amber: Vendor, ada: Person) -> None:
    assert kind(amber.account.post("organisations", {"slug": "abc", "name": "Abc", "owner": "me"})) == (400, "invalid-input")
