"""Invitations are for one person, once; roles change at once, on the record, and somebody is always left who can give them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from arena import clock
from arena.console import queries
from arena.console.models import Invitation
from arena.trail.models import Change
from arena.users.models import User
from tests.integration.console.staff import prove, registered, staff, with_factor
from tests.integration.users.account import Account, guest, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    cache.clear()


@pytest.fixture
def root() -> Account:
    return staff("admin")


def invited(root: Account, role: str = "operator", **more: Any) -> tuple[str, str]:
    """The id and the token of a new invitation."""
    reply = root.post("operator/invitations", {"role": role, **more})
    assert reply.status_code == 201, reply.content
    body = reply.json()
    return body["id"], body["link"].partition("#")[2]


def accept(who: Account, token: str) -> Any:
    return who.post("operator/invitations/acceptance", {"token": token})


def test_an_invitation_gives_its_role_to_who_accepts_it(root: Account) -> None:
    _, token = invited(root)
    ben = with_factor("ben@example.org")
    assert ben.get("operator/me").status_code == 403
    reply = accept(ben, token)
    assert (reply.status_code, reply.json()["roles"]) == (200, ["operator"])
    assert "prompts.change_pool" in ben.get("operator/me").json()["permissions"]
    assert ben.get("operator/health").status_code == 200
    (one,) = root.get("operator/people").json()["invitations"]
    assert (one["state"], one["accepted_by"]) == ("accepted", "ben@example.org")


def test_an_invitation_is_good_for_one_person_and_one_role(root: Account) -> None:
    _, token = invited(root)
    ben, cleo = with_factor("ben@example.org"), with_factor("cleo@example.org")
    assert accept(ben, token).status_code == 200
    assert accept(ben, token).status_code == 200
    refused = accept(cleo, token)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/invitation-over")
    assert not User.objects.get(pk=cleo.id).is_staff
    assert Change.objects.filter(object_pk=ben.id, changes__has_key="roles").count() == 1


def test_an_invitation_ends_when_it_expires_or_is_revoked(root: Account) -> None:
    ben = with_factor("ben@example.org")
    late, stopped = invited(root, hours=1), invited(root)
    Invitation.objects.filter(pk=late[0]).update(expires_at=clock.now() - timedelta(seconds=1))
    for _ in range(2):
        assert root.delete(f"operator/invitations/{stopped[0]}").json()["state"] == "revoked"
    for _, token in (late, stopped):
        assert accept(ben, token).json()["type"] == "/problems/invitation-over"
    assert {one["state"] for one in root.get("operator/people").json()["invitations"]} == {"expired", "revoked"}


def test_an_invitation_of_who_may_invite_no_more_gives_the_right_back_to_nobody(root: Account) -> None:
    eve = staff("admin", email="eve@example.org")
    _, token = invited(eve, "admin")
    assert root.write("PUT", f"operator/people/{eve.id}/roles", {"roles": ["auditor"]}).status_code == 200
    refused = accept(eve, token)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/invitation-over")
    assert not User.objects.get(pk=eve.id).groups.filter(name="admin").exists()


def test_no_open_invitation_is_hidden_behind_others(root: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "INVITATIONS_SHOWN", 2)
    kept, _ = invited(root, "admin")
    for name in ("ben", "cleo"):
        assert accept(with_factor(f"{name}@example.org"), invited(root)[1]).status_code == 200
    shown = root.get("operator/people").json()["invitations"]
    assert shown[0]["id"] == kept
    invited(root)
    assert root.post("operator/invitations", {"role": "operator"}).status_code == 409


def test_a_used_invitation_cannot_be_revoked(root: Account) -> None:
    id, token = invited(root)
    assert accept(with_factor("ben@example.org"), token).status_code == 200
    assert root.delete(f"operator/invitations/{id}").status_code == 409


def test_the_link_is_told_once_and_kept_nowhere(root: Account) -> None:
    id, token = invited(root)
    assert token
    assert token not in root.get("operator/people").content.decode()
    assert token.encode() not in bytes(Invitation.objects.get(pk=id).token_hash)
    assert not any(token in str(change.changes) + str(change.additional_data) for change in Change.objects.all())


def test_who_has_no_second_factor_no_account_or_no_recent_proof_is_given_no_role(root: Account) -> None:
    _, token = invited(root)
    weak = registered("ben@example.org")
    assert accept(weak, token).json()["type"] == "/problems/second-factor-missing"
    assert accept(with_factor("cleo@example.org", seconds_ago=3600), token).json()["type"] == "/problems/proof-required"
    assert accept(guest(), token).json()["type"] == "/problems/forbidden"
    assert accept(visitor(), token).status_code == 401
    assert User.objects.filter(is_staff=True).count() == 1


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 101])
def test_a_made_up_token_opens_nothing(token: str) -> None:
    assert accept(with_factor("ben@example.org"), token).status_code in (400, 404)


def test_roles_change_at_once_and_with_them_what_opens(root: Account) -> None:
    ben = staff("operator", email="ben@example.org")

    def put(*roles: str) -> Any:
        return root.write("PUT", f"operator/people/{ben.id}/roles", {"roles": list(roles)})

    assert put("treasurer").json()["roles"] == ["treasurer"]
    assert ben.get("operator/rewards").status_code == 200
    assert ben.get("operator/pairing").status_code == 403
    assert put().json()["roles"] == []
    assert ben.get("operator/me").status_code == 403
    assert ben.client.get("/admin/").status_code == 302
    assert put("operator").status_code == 404  # no staff any more: to be invited


def test_a_change_of_roles_is_recorded_with_before_and_after(root: Account) -> None:
    ben = staff("operator", email="ben@example.org")
    for _ in range(2):
        root.write("PUT", f"operator/people/{ben.id}/roles", {"roles": ["auditor", "operator"]})
    change = Change.objects.get(object_pk=ben.id, changes__has_key="roles")
    assert change.changes == {"roles": ["operator", "operator, auditor"]}
    assert (str(change.actor_id), change.remote_addr) == (root.id, "127.0.0.1")
    assert change.request == "PUT /api/v1/operator/people/<uuid:id>/roles"


def test_the_last_admin_stays(root: Account) -> None:
    own = f"operator/people/{root.id}/roles"
    refused = root.write("PUT", own, {"roles": ["operator"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-admin")
    staff("admin", email="ben@example.org")
    assert root.write("PUT", own, {"roles": ["operator"]}).status_code == 200
    assert root.get("operator/people").status_code == 403


def test_only_admins_see_and_change_people_and_only_with_a_recent_proof(root: Account) -> None:
    for role in ("operator", "treasurer"):
        who = staff(role)
        assert who.get("operator/people").status_code == 403
        assert who.post("operator/invitations", {"role": "admin"}).status_code == 403
    auditor = staff("auditor")
    assert auditor.get("operator/people").json()["can_change"] is False
    assert auditor.write("PUT", f"operator/people/{auditor.id}/roles", {"roles": ["admin"]}).status_code == 403
    prove(root.client, User.objects.get(pk=root.id), seconds_ago=3600)
    for method, path, body in (
        ("POST", "operator/invitations", {"role": "admin"}),
        ("PUT", f"operator/people/{auditor.id}/roles", {"roles": []}),
    ):
        assert root.write(method, path, body).json()["type"] == "/problems/proof-required"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"role": "root"}, {"role": "admin", "hours": 0}, {"role": "admin", "hours": 721}, {"role": "admin", "x": 1}]
)
def test_an_invitation_to_nothing_is_refused(root: Account, body: dict[str, Any]) -> None:
    assert root.post("operator/invitations", body).status_code == 400
    assert not Invitation.objects.exists()


def test_people_are_shown_with_what_is_missing(root: Account) -> None:
    registered("weak@example.org", "operator")
    shown = {one["name"]: one for one in root.get("operator/people").json()["people"]}
    assert set(shown) == {"admin@example.org", "weak@example.org"}
    assert (shown["weak@example.org"]["second_factor"], shown["admin@example.org"]["second_factor"]) == (False, True)
