"""Operators see and do what their permissions allow, with a second factor, on the record, and twice is once."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from arena.chain import abi, contracts, signing
from arena.credits import outgoing
from arena.credits.models import Attempt, Conversion, Epoch
from arena.trail.models import Change
from arena.users.models import User
from tests.anvil import TREASURY, Anvil
from tests.integration.console import staff
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import Town

pytestmark = pytest.mark.django_db
EVERYTHING = ("view_epoch", "add_approval", "veto_epoch", "seal_epoch", "pause", "void_conversion", "fund")
WRITES = {
    "epochs": ("seal_epoch", {}),
    "epochs/1/approval": ("add_approval", {}),
    "epochs/1/veto": ("veto_epoch", {"reason": "no"}),
    "conversions/{conversion}/void": ("void_conversion", {"reason": "no"}),
    "pause": ("pause", {}),
    "fund": ("fund", {"units": "5"}),
}


class Operator(staff.Operator):
    def get(self, path: str = "payouts") -> Any:
        return super().get(path)

    def post(self, path: str, body: Any = None, *, key: str = "a-key-of-mine") -> Any:
        return super().post(path, body, key=key)


@pytest.fixture
def olga(town: Town) -> Operator:
    return Operator("olga", *EVERYTHING)


def journal() -> list[str]:
    """What was done, without the lines of requests that did nothing new: those are about who asked."""
    deeds = Change.objects.exclude(additional_data=None).exclude(content_type__model="user")
    return [change.said for change in deeds.order_by("pk")]


@pytest.mark.parametrize("path", WRITES)
def test_nobody_does_what_they_have_no_permission_for(town: Town, path: str) -> None:
    town.seal(ada=30)
    permission, body = WRITES[path]
    path = path.format(conversion=Conversion.objects.get().pk)
    assert Client().post(f"/api/v1/operator/{path}", body, content_type="application/json").status_code == 401
    others = Operator("olga", *(set(EVERYTHING) - {permission})).post(path, body)
    assert (others.status_code, others.json()["type"].rpartition("/")[2]) == (403, "forbidden")
    bare = Operator("oleg", permission, second_factor=False).post(path, body)
    assert bare.status_code == 403
    assert "second factor" in bare.json()["detail"]
    assert not journal()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("path", WRITES)
def test_a_stolen_session_moves_no_money(town: Town, settings: Any, path: str) -> None:
    epoch = town.seal(ada=30)
    permission, body = WRITES[path]
    path = path.format(conversion=Conversion.objects.get().pk)
    olga, other = Operator("olga", permission, "view_epoch"), Operator("oleg", "view_epoch")
    for one in (olga, other):
        one.prove(seconds_ago=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    refused = olga.post(path, body)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "proof-required")
    assert "Prove that it is you" in refused.json()["detail"]
    assert other.post(path, body).json()["type"].endswith("forbidden"), "who may not do it is asked for no proof"
    assert olga.get().status_code == 200
    assert not journal()
    assert not Attempt.objects.exists()
    assert list(Epoch.objects.all()) == [epoch]
    olga.prove()
    again = olga.post(path, body)  # under the key that was refused
    assert again.status_code in {200, 201, 409}
    assert not again.json().get("type", "").endswith("idempotency-conflict")


def test_whoever_looks_sees_epochs_transactions_alarms_and_what_they_can_do(town: Town, settings: Any) -> None:
    settings.EPOCH_RELEASE_ABOVE = 1
    viewer = Operator("vera", "view_epoch", "veto_epoch")
    assert Operator("otto", "veto_epoch").get().status_code == 403
    town.seal(ada=30, ben=12)
    town.round()
    told = viewer.get().json()
    (epoch,) = told["epochs"]
    assert (epoch["state"], epoch["needs"], epoch["approvals"], epoch["released"]) == ("awaiting_approval", 2, [], "42000")
    assert {what for what, can in told["can"].items() if can} == {"veto"}
    settings.EPOCH_RELEASE_ABOVE = 10**9
    town.round()
    (attempt,) = viewer.get().json()["attempts"]
    assert (attempt["purpose"], attempt["number"]) == ("post:1", 0)
    assert set(told["roles"]) == {"settler", "guardian"}
    assert contracts.read("credits", "hasRole", abi.keccak(b"GUARDIAN"), told["roles"]["guardian"], at=town.at)


def test_what_waits_for_a_seal_is_shown_until_it_is_sealed_or_taken_back(town: Town, olga: Operator) -> None:
    town.earn("ada", 30)
    town.earn("ben", 12)
    first, second = Conversion.objects.order_by("at")
    shown = olga.get().json()["waiting"]
    assert [(row["id"], row["owner"], row["points"], row["units"]) for row in shown] == [
        (str(first.pk), "ada@example.org", 30, "30000"),
        (str(second.pk), "ben@example.org", 12, "12000"),
    ]
    assert olga.post(f"conversions/{first.pk}/void", {"reason": "Asked for it"}).status_code == 200
    assert [row["id"] for row in olga.get().json()["waiting"]] == [str(second.pk)]
    town.seal()
    assert olga.get().json()["waiting"] == []


def test_an_epoch_is_sealed_by_hand_once_for_one_key(town: Town, olga: Operator) -> None:
    town.earn("ada", 30)
    first, second = olga.post("epochs"), olga.post("epochs")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Epoch.objects.get().sealed_by == olga.user
    assert journal() == ["Sealed epoch 1"]
    assert olga.post("epochs", key="another-key").status_code == 409


def test_two_people_release_an_epoch_above_the_threshold(town: Town, olga: Operator, settings: Any) -> None:
    settings.EPOCH_RELEASE_ABOVE = 29_999
    town.earn("ada", 30)
    olga.post("epochs")
    assert olga.post("epochs/1/approval", key="for-approval").json()["type"].endswith("second-person-needed")
    oleg = Operator("oleg", "add_approval")
    for _ in range(2):
        assert oleg.post("epochs/1/approval").status_code == 200
    town.round()
    assert town.head == 1
    assert journal() == ["Sealed epoch 1", "Approved epoch 1"]


def test_a_veto_is_sent_by_the_guardian_and_stays_on_record(town: Town, olga: Operator, anvil: Anvil) -> None:
    town.seal(ada=30)
    assert olga.post("epochs/1/veto", {"reason": "early"}).status_code == 409
    town.round()
    sent = olga.post("epochs/1/veto", {"reason": "a leaf is wrong"}).json()
    assert sent["hash"]
    assert town.epoch(1)[3]
    again = olga.post("epochs/1/veto", {"reason": "a leaf is wrong"}).json()
    assert again["hash"] == sent["hash"]
    assert Attempt.objects.filter(purpose="veto:1").count() == 1
    assert "Vetoed epoch 1: a leaf is wrong" in journal()
    for nothing in (0, 7, 2**300):
        assert olga.post(f"epochs/{nothing}/veto", {"reason": "?"}).status_code == 404


def test_an_epoch_that_a_thief_has_posted_is_vetoed_too(town: Town, olga: Operator, anvil: Anvil) -> None:
    town.seal(ada=30)
    town.settle(CONFIRMATIONS)
    anvil.do(signing.key_of("settler"), "credits", town.where.credits, "post", 2, b"r" * 32, 40_000, b"d" * 32)
    assert olga.post("epochs/2/veto", {"reason": "a thief"}).json()["hash"]
    assert town.epoch(2)[3]
    assert journal()[-1] == "Vetoed epoch 2: a thief"


def test_where_no_guardians_key_is_the_veto_of_a_thiefs_epoch_is_told_for_their_account(
    town: Town, olga: Operator, anvil: Anvil, settings: Any
) -> None:
    anvil.do(signing.key_of("settler"), "credits", town.where.credits, "post", 1, b"r" * 32, 0, b"d" * 32)
    settings.DEBUG = False
    sent = olga.post("epochs/1/veto", {"reason": "a thief"}).json()
    assert sent["hash"] is None
    assert sent["transaction"] == {"to": town.where.credits, "data": f"0x{abi.encode_call('credits', 'veto', [1]).hex()}", "value": "0"}


def test_a_veto_whose_nonce_something_else_has_used_is_sent_again(town: Town, olga: Operator, anvil: Anvil) -> None:
    town.seal(ada=30)
    town.round()
    anvil.hold()
    olga.post("epochs/1/veto", {"reason": "a leaf is wrong"})
    anvil.rpc("anvil_dropAllTransactions")
    anvil.send(signing.key_of("guardian"), town.where.stablecoin, b"", gas=60_000)
    anvil.mine()
    anvil.rpc("evm_setAutomine", True)
    olga.post("epochs/1/veto", {"reason": "a leaf is wrong"})
    assert town.epoch(1)[3]


def test_a_conversion_is_taken_back_with_a_reason(town: Town, olga: Operator) -> None:
    town.earn("ada", 30)
    conversion = Conversion.objects.get()
    assert olga.post(f"conversions/{conversion.pk}/void", {}).status_code == 400
    reply = olga.post(f"conversions/{conversion.pk}/void", {"reason": "a mistake"}, key="for-the-void")
    assert reply.status_code == 200
    assert conversion.void.reason == "a mistake"
    assert conversion.void.by == olga.user
    assert journal() == [f"Took the conversion {conversion.pk} back: a mistake"]


def test_funds_are_given_once_for_one_key(town: Town, olga: Operator) -> None:
    for _ in range(2):
        assert olga.post("fund", {"units": "5000"}).status_code == 200
    assert town.balance("stablecoin", None) == TREASURY + 5000
    assert olga.post("fund", {"units": "5000"}, key="another-key").status_code == 200
    assert town.balance("stablecoin", None) == TREASURY + 10_000
    assert olga.post("fund", {"units": "-5"}).status_code == 400


def test_any_key_of_the_usual_form_will_do_for_funds_and_none_or_another_sum_will_not(town: Town, olga: Operator) -> None:
    longest = "k" * 80
    first = olga.post("fund", {"units": "5000"}, key=longest)
    assert first.status_code == 200, first.content
    assert olga.post("fund", {"units": "5000"}, key=longest).json() == first.json()
    other_sum = olga.post("fund", {"units": "7"}, key=longest)
    assert (other_sum.status_code, other_sum.json()["type"]) == (422, "/problems/idempotency-conflict")
    for bad in ("", "k" * 7, "k" * 81, "has a space"):
        assert olga.post("fund", {"units": "5000"}, key=bad).status_code == 400
    assert town.balance("stablecoin", None) == TREASURY + 5000


def test_funds_that_were_given_when_the_key_stood_in_the_purpose_are_not_given_again(town: Town, olga: Operator) -> None:
    data = contracts.encode("stablecoin", "mint", town.where.credits, 5000)
    former = f"fund:{olga.user.pk.hex[:8]}:an-old-key"
    sent = outgoing.submit(purpose=former, role="deployer", target=town.where.stablecoin, data=data, at=town.at)
    assert sent is not None
    assert olga.post("fund", {"units": "5000"}, key="an-old-key").json()["hash"] == sent.hash
    assert town.balance("stablecoin", None) == TREASURY + 5000


def test_a_pause_stops_posts_and_is_sent_once(town: Town, olga: Operator) -> None:
    assert olga.post("pause").json()["hash"]
    assert olga.post("pause").json()["hash"] is None
    assert contracts.read("credits", "paused", at=town.at)
    assert journal() == ["Paused posts and claims"]


@pytest.mark.parametrize(("path", "function"), [("pause", "pause"), ("fund", "transfer")])
def test_elsewhere_the_answer_is_the_transaction_that_somebody_else_has_to_make(
    town: Town, olga: Operator, settings: Any, path: str, function: str
) -> None:
    settings.DEBUG = False
    sent = olga.post(path, {"units": "5"} if "fund" in path else {}).json()
    assert sent["hash"] is None
    name = "credits" if function == "pause" else "stablecoin"
    args = [] if function == "pause" else [town.where.credits, 5]
    assert sent["transaction"] == {
        "to": getattr(town.where, name),
        "data": f"0x{abi.encode_call(name, function, args).hex()}",
        "value": "0",
    }
    assert not Attempt.objects.exists()


def test_the_admin_shows_epochs_transactions_and_alarms_and_changes_none(town: Town, client: Client) -> None:
    town.seal(ada=30)
    town.settle(CONFIRMATIONS)
    admin = User.objects.create_superuser("root", "root@example.org", "a long enough passphrase")
    Authenticator.objects.create(user=admin, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(admin)
    for page in ("epoch", "attempt", "alarm", "approval", "conversion", "void"):
        assert client.get(f"/admin/credits/{page}/").status_code == 200
        assert client.get(f"/admin/credits/{page}/add/").status_code == 403
    attempt = Attempt.objects.get(purpose="post:1")
    assert client.get(f"/admin/credits/attempt/{attempt.pk}/change/").status_code == 200
    assert client.post(f"/admin/credits/attempt/{attempt.pk}/delete/", {"post": "yes"}).status_code == 403
