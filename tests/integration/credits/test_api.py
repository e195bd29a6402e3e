"""Credits through the API: the rules, converting, what became of it, and the public data."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.accounts.actions import delete_person
from arena.credits import actions, dataset
from arena.credits.models import Conversion
from arena.ledger import queries as ledger
from arena.users.models import User, Wallet
from tests.cast import Arena, Person
from tests.integration.credits.stage import address, asked, convert, give, link, member, posted, sealed, vetoed

pytestmark = pytest.mark.usefixtures("credited")
ORDER = {"points": 10, "units_per_point": 1_000}
SEEN: list[tuple[Any, ...]] = []


def user_of(person: Person) -> User:
    return User.objects.get(pk=person.get("me").json()["user"]["id"])


@pytest.fixture
def rich(ada: Person) -> Person:
    """Ada with a wallet and a hundred points."""
    user = user_of(ada)
    link(user, "ada")
    give(user, 100)
    return ada


def refused(reply: Any, status: int, code: str, words: str = "") -> None:
    body = reply.json()
    assert (reply.status_code, body["type"]) == (status, f"/problems/{code}"), body
    assert words in body["detail"]
    assert not Conversion.objects.exists()


def test_everybody_is_told_the_rules(stranger: Client, settings: Settings) -> None:
    rules = stranger.get("/api/v1/credits").json()
    assert rules["enabled"] is True
    assert rules["contracts"]["credits"] == address("credits")
    assert (rules["units_per_point"], rules["minimum"], rules["daily_cap"], rules["decimals"]) == (1_000, 1, 10_000, 6)
    assert (rules["rate"], rules["delay_seconds"], rules["next_seal_at"]) == (None, None, None)
    asked(num="2", den="3")
    rules = stranger.get("/api/v1/credits").json()
    assert (rules["rate"], rules["delay_seconds"]) == ({"num": "2", "den": "3"}, 60)
    settings.CHAIN_RPC_URL = ""
    assert stranger.get("/api/v1/credits").json()["enabled"] is False


def test_points_are_converted_for_the_wallet_of_the_moment(rich: Person) -> None:
    reply = rich.post("me/conversions", ORDER)
    assert reply.status_code == 201
    made = reply.json()
    assert (made["points"], made["units"], made["wallet"], made["state"], made["epoch"]) == (10, "10000", address("ada"), "waiting", None)
    assert rich.get("me/points").json()["balances"] == {"pending": 0, "available": 90, "converted": 10}
    assert rich.get("me/points").json()["results"][0]["changes"] == [
        {"account": "available", "amount": -10},
        {"account": "converted", "amount": 10},
    ]
    wallet = rich.get("me/wallet").json()
    assert (wallet["converted_units"], wallet["unsealed_units"], wallet["sealed_units"], wallet["step"]) == ("10000", "10000", "0", "seal")
    assert (wallet["today"]["left"], wallet["month"]["left"], wallet["reachable"]) == (9_990, 49_990, False)


def test_the_same_request_with_the_same_key_converts_once(rich: Person, settings: Settings) -> None:
    first, again = (rich.post("me/conversions", ORDER, key="the-same-key") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Conversion.objects.count() == 1
    settings.CONVERSION_CHECK = "tests.integration.credits.test_api.nobody"
    assert rich.post("me/conversions", ORDER, key="the-same-key").json() == first.json()
    assert rich.post("me/conversions", {**ORDER, "points": 11}, key="the-same-key").status_code == 422


def test_what_became_of_a_conversion_is_told(rich: Person) -> None:
    def states() -> list[tuple[int, str, int | None]]:
        return [(row["points"], row["state"], row["epoch"]) for row in rich.get("me/conversions").json()["results"]]

    rich.post("me/conversions", ORDER)
    epoch = sealed()
    rich.post("me/conversions", {**ORDER, "points": 5})
    assert states() == [(5, "waiting", None), (10, "sealed", 1)]
    asked()
    posted(epoch, active=clock.now() + timedelta(hours=1))
    assert states()[1] == (10, "posted", 1)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert states()[1] == (10, "active", 1)
        claimable = rich.get("me/wallet").json()["claimable"]
        assert (claimable["epoch"], claimable["amount"], claimable["cumulative"], claimable["proof"]) == (1, "10000", "10000", [])
    actions.void_conversion(id=Conversion.objects.latest("pk").pk, reason="asked for", by=None)
    assert states()[0] == (5, "void", None)
    vetoed(epoch)
    assert states()[1] == (10, "vetoed", 1)
    assert rich.get("me/wallet").json()["claimable"] is None


def test_a_guest_without_a_wallet_is_told_to_link_one(ada: Person) -> None:
    give(user_of(ada), 100)
    refused(ada.post("me/conversions", ORDER), 409, "wallet-required", "Link a wallet first")


def test_a_guest_is_told_to_sign_in_where_that_is_asked(rich: Person, settings: Settings) -> None:
    settings.SIGN_IN = "required"
    refused(rich.post("me/conversions", ORDER), 403, "sign-in-required")


def test_nobody_is_nobody(stranger: Client) -> None:
    assert stranger.get("/api/v1/me/wallet").status_code == 401
    assert stranger.get("/api/v1/me/conversions").status_code == 401


def test_another_rate_than_the_one_in_force_is_refused(rich: Person) -> None:
    refused(rich.post("me/conversions", {**ORDER, "units_per_point": 2_000}), 409, "conflict", "worth 1000 units now, not 2000")


def test_too_few_points_at_a_time_are_refused(rich: Person, settings: Settings) -> None:
    settings.CONVERSION_MINIMUM = 11
    refused(rich.post("me/conversions", ORDER), 400, "invalid-input", "Convert 11 points or more")


def test_more_than_there_is_is_refused(rich: Person) -> None:
    refused(rich.post("me/conversions", {**ORDER, "points": 101}), 409, "insufficient-funds")


def test_a_wallet_on_another_chain_is_none_here(rich: Person, settings: Settings) -> None:
    Wallet.objects.update(chain_id=settings.CHAIN_ID + 1)
    refused(rich.post("me/conversions", ORDER), 409, "wallet-required", "linked for another chain")


def test_a_person_is_told_of_the_same_wallet_everywhere(rich: Person, settings: Settings) -> None:
    address = rich.get("me").json()["user"]["wallet"]
    own = rich.get("me/wallet").json()
    assert (own["wallet"]["address"], own["elsewhere"]) == (address, None)
    Wallet.objects.update(chain_id=settings.CHAIN_ID + 1)
    own = rich.get("me/wallet").json()
    assert rich.get("me").json()["user"]["wallet"] == address
    assert (own["wallet"], own["elsewhere"], own["earlier"]) == (None, address, [])


def test_an_arena_without_credits_converts_nothing(rich: Person, settings: Settings) -> None:
    settings.CHAIN_RPC_URL = ""
    refused(rich.post("me/conversions", ORDER), 409, "conflict", "gives out no credits")


def test_the_caps_of_a_day_and_a_month_are_kept(rich: Person, settings: Settings) -> None:
    settings.CONVERSION_DAILY_CAP, settings.CONVERSION_MONTHLY_CAP = 15, 25
    noon = clock.now().replace(day=10, hour=12)
    with clock.frozen(noon):
        assert rich.post("me/conversions", ORDER).status_code == 201
        over = rich.post("me/conversions", ORDER)
        assert "You can convert 5 points more today (UTC)" in over.json()["detail"]
        assert rich.post("me/conversions", {**ORDER, "points": 5}).status_code == 201
    with clock.frozen(noon + timedelta(days=1)):
        assert rich.post("me/conversions", ORDER).status_code == 201
        over = rich.post("me/conversions", {**ORDER, "points": 1})
        assert "You can convert 0 points more this month (UTC)" in over.json()["detail"]
    with clock.frozen(noon + timedelta(days=25)):
        assert rich.post("me/conversions", ORDER).status_code == 201


def test_the_caps_count_the_guests_that_a_person_was(rich: Person, settings: Settings) -> None:
    from arena.accounts.actions import merge_guest

    settings.CONVERSION_DAILY_CAP = 15
    rich.post("me/conversions", ORDER)
    person = member("person", 100)
    merge_guest(guest_id=user_of(rich).pk, into=person)
    assert ledger.balances(person.pk).available == 190
    with pytest.raises(Exception, match="You can convert 5 points more today"):
        convert(person, 6)
    convert(person, 5)


def nobody(person: Any, wallet: str, points: int) -> str | None:
    SEEN.append((person, wallet, points, connection.in_atomic_block and len(connection.savepoint_ids)))
    return "Only members of the panel are paid here."


def everybody(person: Any, wallet: str, points: int) -> str | None:
    return None


def test_the_operators_own_check_is_asked_before_the_transaction(rich: Person, settings: Settings) -> None:
    SEEN.clear()
    settings.CONVERSION_CHECK = f"{__name__}.nobody"
    with transaction.atomic():
        depth = len(connection.savepoint_ids)
    refused(rich.post("me/conversions", ORDER, key="some-key-1"), 409, "not-eligible", "Only members of the panel")
    assert [(user_of(rich).pk, address("ada"), 10, depth - 1)] == SEEN
    settings.CONVERSION_CHECK = f"{__name__}.everybody"
    assert rich.post("me/conversions", ORDER, key="some-key-1").status_code == 201


def test_files_are_served_as_they_are_for_ever(rich: Person, stranger: Client) -> None:
    rich.post("me/conversions", ORDER)
    epoch = sealed()
    told = stranger.get("/api/v1/epochs/1").json()
    assert [row["name"] for row in told["files"]] == ["manifest.json", "conversions.csv", "leaves.csv", "ratings.json"]
    for row in told["files"]:
        reply = stranger.get(f"/api/v1/epochs/1/files/{row['name']}")
        assert (len(reply.content), dataset.sha256(reply.content).hex()) == (row["size"], row["sha256"])
        assert (reply["ETag"], reply["Cache-Control"]) == (f'"{row["sha256"]}"', "public, max-age=31536000, immutable")
        assert stranger.get(f"/api/v1/epochs/1/files/{row['name']}", headers={"If-None-Match": reply["ETag"]}).status_code == 304
    assert told["data_hash"] == f"0x{told['files'][0]['sha256']}" == f"0x{bytes(epoch.data_hash).hex()}"
    for path in ("epochs/1/files/other.json", "epochs/2/files/manifest.json", "epochs/2", "epochs/2/proofs/0x00"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404


def test_ratings_are_those_of_the_published_board(arena: Arena, rich: Person) -> None:
    rich.post("me/conversions", ORDER)
    epoch = sealed()
    found = json.loads(rich.get("epochs/1/files/ratings.json").content)
    assert [row["contender"] for row in found["rows"]] == ["amber-7", "birch-7", "cedar-7", "dune-7"]
    assert found["board"]["slug"] == "overall"
    assert dataset.ratings_root(rich.get("epochs/1/files/ratings.json").content) == bytes(epoch.ratings_root)


def test_epochs_come_newest_first_and_page_by_page(stranger: Client) -> None:
    ada = member("ada", 100)
    for _ in range(32):
        convert(ada, 1)
        sealed()
    page = stranger.get("/api/v1/epochs").json()
    assert [row["number"] for row in page["results"]] == list(range(32, 2, -1))
    last = stranger.get(page["next"]).json()
    assert ([row["number"] for row in last["results"]], last["next"]) == ([2, 1], None)
    assert stranger.get("/api/v1/treasury").json()["epochs"][0]["number"] == 32


def test_proofs_of_any_account_are_public(stranger: Client) -> None:
    people = [member(f"person {number}", 10) for number in range(5)]
    for person in people:
        convert(person, 3)
    sealed()
    wanted = address("person 2")
    reply = stranger.get(f"/api/v1/epochs/1/proofs/{wanted.lower()}")
    assert (reply.json()["account"], reply.json()["cumulative"], len(reply.json()["proof"]) in (2, 3)) == (wanted, "3000", True)
    assert reply["Cache-Control"].endswith("immutable")
    for strange in (address("nobody"), "0x12", "nothing"):
        assert stranger.get(f"/api/v1/epochs/1/proofs/{strange}").status_code == 404


def test_the_treasury_says_what_it_was_told_and_when(stranger: Client) -> None:
    ada = member("ada", 100)
    convert(ada, 10)
    sealed()
    convert(ada, 1)
    told = stranger.get("/api/v1/treasury").json()
    assert (told["as_of"], told["holdings"], told["covered"]) == (None, None, None)
    assert (told["unsealed_points"], told["unsealed_units"], told["sealed_units_not_posted"]) == (1, "1000", "10000")
    asked(holdings="11000", committed="4000")
    told = stranger.get("/api/v1/treasury").json()
    assert (told["covered"], told["promised"], told["sealed_units_not_posted"], told["as_of"]["reachable"]) == (True, "11000", "6000", True)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert stranger.get("/api/v1/treasury").json()["as_of"]["reachable"] is False
    asked(holdings="10999")
    assert stranger.get("/api/v1/treasury").json()["covered"] is False


def test_what_was_taken_back_after_a_veto_is_neither_owed_nor_waiting_for_a_post(stranger: Client) -> None:
    ada = member("ada", 200)
    convert(ada, 100)
    posted(sealed())
    made = convert(ada, 50)
    second = sealed()
    posted(second)
    vetoed(second)
    asked(holdings="100000", committed="100000")
    told = stranger.get("/api/v1/treasury").json()
    assert (told["promised"], told["sealed_units_not_posted"], told["covered"]) == ("150000", "50000", False)
    actions.void_conversion(id=made.pk, reason="wished", by=None)
    told = stranger.get("/api/v1/treasury").json()
    assert (told["promised"], told["sealed_units_not_posted"], told["covered"]) == ("100000", "0", True)


def test_public_answers_come_with_an_etag(stranger: Client) -> None:
    for path in ("credits", "treasury", "epochs"):
        reply = stranger.get(f"/api/v1/{path}")
        assert reply["Cache-Control"] == "public, max-age=2"
        assert stranger.get(f"/api/v1/{path}", headers={"If-None-Match": reply["ETag"]}).status_code == 304


def test_gas_is_given_out_on_a_developers_chain_only(rich: Person, settings: Settings) -> None:
    settings.DEBUG = False
    assert rich.post("me/faucet").status_code == 404


def test_the_export_holds_wallets_and_conversions(rich: Person) -> None:
    rich.post("me/conversions", ORDER)
    sealed()
    link(user_of(rich), "ada's other")
    found = rich.get("me/export").json()
    assert [row["address"] for row in found["profile"]["wallets"]] == [address("ada"), address("ada's other")]
    (row,) = found["conversions"]
    assert (row["wallet"], row["points"], row["units"], row["sealed__epoch"]) == (address("ada"), 10, 10_000, 1)


def test_whoever_leaves_forfeits_points_and_leaves_what_was_converted_to_the_wallet(rich: Person, stranger: Client) -> None:
    user = user_of(rich)
    rich.post("me/conversions", ORDER)
    delete_person(user=user)
    assert ledger.balances(user.pk).available == 0
    assert not Wallet.objects.exists()
    sealed()
    assert stranger.get(f"/api/v1/epochs/1/proofs/{address('ada')}").json()["cumulative"] == "10000"
