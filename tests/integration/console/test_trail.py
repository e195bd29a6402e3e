"""Every administrative change is in the trail, with who, from where, before and after, by whichever door; and it stays there."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

from arena.battles.models import Report
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.prompts.models import Pool
from arena.providers.models import Provider
from arena.trail import tracked
from arena.trail.models import Change
from arena.users.models import User
from tests.cast import Arena
from tests.integration.console.staff import registered, staff
from tests.integration.http.asgi import asked
from tests.integration.users.account import Account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _arena(arena: Arena) -> None:
    cache.clear()


@pytest.fixture
def olga() -> Account:
    return staff("operator")


def newest() -> Change:
    found: Change | None = Change.objects.order_by("-id").first()
    assert found
    return found


def through_the_admin(who: Account, path: str, form: dict[str, Any]) -> Any:
    who.client.get("/admin/")
    return who.client.post(path, {**form, "csrfmiddlewaretoken": who.client.cookies["csrftoken"].value})


def test_a_change_in_the_admin_is_recorded_with_before_and_after(olga: Account) -> None:
    pool = Pool.objects.get()
    form = {field.name: getattr(pool, field.name) for field in Pool._meta.fields if getattr(pool, field.name) not in (None, False)}
    reply = through_the_admin(olga, f"/admin/prompts/pool/{pool.pk}/change/", {**form, "title": "Renamed"})
    assert reply.status_code == 302, reply.content
    change = newest()
    assert change.changes["title"] == ["Starter", "Renamed"]
    assert (str(change.actor_id), change.remote_addr) == (olga.id, "127.0.0.1")
    assert change.request.startswith("POST /admin/")


def test_a_change_over_the_api_is_recorded(olga: Account) -> None:
    body = {"name": "uniform", "uniform_share": "0.5", "contender_floor": "0", "contender_cap": "1", "vendor_floor": "0", "vendor_cap": "1"}
    assert olga.post("operator/pairing", {**body, "reason": "A try"}).status_code == 201
    change = newest()
    assert (change.content_type.model, str(change.actor_id)) == ("pairingpolicy", olga.id)
    assert change.changes["reason"] == ["None", "A try"]
    assert change.request == "POST /api/v1/operator/pairing"
    assert "salt" not in change.changes


def test_a_request_of_the_staff_that_changes_nothing_tracked_is_recorded_too(olga: Account) -> None:
    body = {"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1}
    assert olga.post("operator/rewards/dry-run", body).status_code == 200
    change = newest()
    assert (change.action, change.object_pk) == (Change.Action.ACCESS, olga.id)
    assert change.request == "POST /api/v1/operator/rewards/dry-run"


def test_a_deed_whose_rows_are_not_tracked_says_what_it_was_done_to(olga: Account) -> None:
    contenders.quarantine(contender=Contender.objects.get(slug="amber-7"), reason="It differs")
    assert olga.post("operator/contenders/amber-7/clear", {"reason": "It is the same"}).status_code == 200
    change = newest()
    assert (change.request, change.said) == ("POST /api/v1/operator/contenders/<slug:slug>/clear", "slug amber-7")
    Provider.objects.create(slug="house", name="House", protocol="openai", base_url="https://house.example.org/v1", by_hand=True)
    assert olga.write("PUT", "operator/providers/house/key", {"key": "sk-house-secret"}).status_code == 200
    change = newest()
    assert (change.request, change.said) == ("PUT /api/v1/operator/providers/<slug:slug>/key", "slug house")


def test_who_is_led_away_from_the_admin_leaves_no_line() -> None:
    ben = registered("ben@example.org")
    token = ben.client.cookies["csrftoken"].value
    for path in ("/admin/login/", "/admin/prompts/pool/1/change/"):
        assert ben.client.post(path, {"csrfmiddlewaretoken": token}).status_code in (302, 403)
    assert not Change.objects.filter(actor__isnull=False).exists()


def test_looking_and_what_is_refused_leave_nothing(olga: Account) -> None:
    for path in ("operator/health", "operator/jobs", "operator/pairing"):
        assert olga.get(path).status_code == 200
    assert olga.post("operator/pairing", {"name": "nonsense"}).status_code == 400
    assert registered("ben@example.org").post("operator/pairing", {}).status_code == 403
    assert not Change.objects.filter(actor__isnull=False).exists()


def test_what_the_arena_does_by_itself_has_no_actor() -> None:
    contenders.change_state(contender=Arena.enter("fir", Provider.objects.get()), state=State.RETIRED, reason="It fails.")
    change = newest()
    assert (change.changes, change.actor, change.remote_addr, change.request) == ({"state": ["listed", "retired"]}, None, None, "")


def test_an_actor_never_leaks_into_the_next_request(olga: Account) -> None:
    assert olga.post("operator/rewards/dry-run", {"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1}).status_code == 200
    Pool.objects.create(slug="later", title="Later")
    assert newest().actor is None


@pytest.mark.parametrize("sql", ["UPDATE trail_change SET actor_id = NULL", "DELETE FROM trail_change"])
def test_nobody_changes_or_deletes_a_line_of_the_trail(olga: Account, sql: str) -> None:
    Pool.objects.create(slug="later", title="Later")
    before = list(Change.objects.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(TypeError):
        newest().save()
    with pytest.raises(TypeError):
        newest().delete()
    assert list(Change.objects.values()) == before


def test_what_was_rolled_back_is_not_in_the_trail() -> None:
    before = Change.objects.count()
    with transaction.atomic():
        Pool.objects.create(slug="never", title="Never")
        transaction.set_rollback(True)
    assert Change.objects.count() == before


def test_texts_of_voters_and_secrets_are_never_in_the_trail(olga: Account, arena: Arena) -> None:
    ada = registered("ada@example.org")
    ada.consent()
    battle = ada.open("a secret quokka")["id"]
    arena.answer(battle, a="numbat", b="numbat")
    ada.post(f"battles/{battle}/reports", {"side": "a", "turn": 0, "reason": "other", "comment": "wombat"})
    report = Report.objects.get()
    assert not Change.objects.filter(content_type__model="report").exists()
    assert through_the_admin(olga, "/admin/battles/report/", {"action": "close", "_selected_action": report.pk}).status_code == 302
    assert (newest().changes["state"], str(newest().actor_id)) == (["open", "closed"], olga.id)
    told = str([(change.changes, change.additional_data, change.object_repr) for change in Change.objects.all()])
    assert not [word for word in ("quokka", "wombat", "numbat", "example.org") if word in told]


def test_secret_fields_are_left_out_of_every_tracked_model() -> None:
    from auditlog.registry import auditlog
    from django.apps import apps

    for label in tracked.TRACKED:
        model: Any = apps.get_model(label)
        kept = auditlog.get_model_fields(model)
        secret = {field.name for field in model._meta.concrete_fields if tracked.is_secret(field)}
        assert secret <= set(kept["exclude_fields"]), label


def test_the_trail_is_read_by_auditors_and_admins_page_by_page(olga: Account) -> None:
    for number in range(35):
        Pool.objects.create(slug=f"pool-{number}", title=f"Pool {number}")
    assert olga.get("operator/audit").status_code == 403
    auditor = staff("auditor")
    first = auditor.get("operator/audit?kind=prompts.pool&action=create").json()
    rest = auditor.get(first["next"].removeprefix("/api/v1/")).json()
    shown = [row["object_id"] for row in first["results"] + rest["results"]]
    assert shown == [str(pk) for pk in Pool.objects.order_by("-pk").values_list("pk", flat=True)]
    assert "prompts.pool" in first["kinds"]
    one = auditor.get(f"operator/audit?kind=prompts.pool&object_id={shown[0]}").json()["results"]
    assert one[0]["changes"]
    assert auditor.get("operator/audit?cursor=nonsense").status_code == 400
    assert auditor.get("operator/audit?kind=%00&action=nonsense").json()["results"] == []


def test_a_person_whose_account_is_deleted_is_not_named_by_the_trail_any_more(olga: Account) -> None:
    olga.post("operator/rewards/dry-run", {"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1})
    assert olga.delete("me").status_code == 204
    auditor = staff("auditor")
    assert "operator@example.org" not in auditor.get("operator/audit").content.decode()
    assert Change.objects.filter(actor=User.objects.get(username__startswith="deleted-")).exists()


def test_the_api_has_a_handler_of_its_own_and_records_there_as_well(transactional_db: None, olga: Account) -> None:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in olga.client.cookies.items())
    headers = {"cookie": cookies, "x-csrftoken": olga.client.cookies["csrftoken"].value, "content-type": "application/json"}
    body = b'{"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1}'
    reply = asked("POST", "/api/v1/operator/rewards/dry-run", headers, body)
    assert reply.status == 200, reply.body
    assert (newest().request, str(newest().actor_id)) == ("POST /api/v1/operator/rewards/dry-run", olga.id)
