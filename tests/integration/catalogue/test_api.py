"""The catalogue's API: a provider, a key, a contender, a try, and on the board, without a shell."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from arena.battles.budgets import ARENA, count_outside, used_today
from arena.catalogue import actions, tasks
from arena.catalogue.models import CanaryRun
from arena.contenders.models import Contender
from arena.outbound import Secret
from arena.providers import actions as providers
from arena.providers import scripted
from arena.providers.models import Provider, Route
from arena.providers.queries import key_of, ready_contenders
from tests.cast import Arena, Person
from tests.integration.catalogue.conftest import EVERYTHING
from tests.integration.console.staff import Operator
from tests.integration.http.asgi import asked

KEY = "sk-vermilion-0123456789abcdef"
PROVIDER = {"slug": "house", "name": "House", "protocol": "openai", "base_url": "https://models.example/v1/", "price_input": "0.5"}
ELM = {"slug": "elm-7", "name": "Elm-7", "vendor": "Elm Labs", "provider": "house", "model": "elm-large", "reason": "asked for"}


@pytest.fixture
def house(olga: Operator) -> dict[str, Any]:
    reply = olga.post("providers", PROVIDER)
    assert reply.status_code == 201, reply.content
    body: dict[str, Any] = reply.json()
    return body


def test_a_provider_is_added_given_a_key_and_never_shows_it(olga: Operator, house: dict[str, Any]) -> None:
    assert (house["base_url"], house["key"], house["contenders"]) == ("https://models.example/v1", "none", 0)
    keyed = olga.send("PUT", "providers/house/key", {"key": KEY})
    assert (keyed.status_code, keyed.json()["key"]) == (200, "entered")
    assert key_of(Provider.objects.get(slug="house")).reveal() == KEY
    told = [keyed.content, olga.get("providers").content, olga.send("PATCH", "providers/house", {"name": "The house"}).content]
    assert not [reply for reply in told if KEY.encode() in reply]
    removed = olga.send("DELETE", "providers/house/key")
    assert removed.json()["key"] == "none"
    assert not key_of(Provider.objects.get(slug="house"))


def test_a_key_asks_for_a_proof_of_who_enters_it(olga: Operator, house: dict[str, Any]) -> None:
    olga.prove(seconds_ago=3600)
    for method in ("PUT", "DELETE"):
        refused = olga.send(method, "providers/house/key", {"key": KEY})
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/proof-required")
    assert Provider.objects.get(slug="house").key_sealed == ""


def test_a_key_that_is_not_right_is_not_repeated_and_no_key_is_kept_anywhere_in_the_clear(olga: Operator, house: dict[str, Any]) -> None:
    for wrong in ("with space inside", "with\nline", "schlüssel", "", "x" * 4001):
        refused = olga.send("PUT", "providers/house/key", {"key": wrong})
        assert refused.status_code == 400
        assert not wrong or wrong not in refused.content.decode()
    olga.send("PUT", "providers/house/key", {"key": f" {KEY}\n"})
    assert key_of(Provider.objects.get(slug="house")).reveal() == KEY
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{KEY}%"])
            assert cursor.fetchone()[0] == 0, table


def test_a_key_is_not_sent_to_another_address_unseen(olga: Operator, house: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    olga.send("PUT", "providers/house/key", {"key": KEY})
    for change in ({"base_url": "https://evil.example/v1"}, {"protocol": "anthropic"}):
        refused = olga.send("PATCH", "providers/house", change)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    monkeypatch.setenv("STAGE_KEY", "from the environment")
    Provider.objects.filter(slug="stage").update(key_env="STAGE_KEY", protocol="openai", base_url="https://stage.example/v1")
    assert olga.send("PATCH", "providers/stage", {"base_url": "https://evil.example"}).status_code == 409
    refused = olga.send("PATCH", "providers/stage", {"key_env": "SECRET_KEY"})
    assert (refused.status_code, "key_env" in refused.content.decode()) == (400, True), "no page names a variable of the environment"
    olga.send("DELETE", "providers/house/key")
    assert olga.send("PATCH", "providers/house", {"base_url": "https://moved.example/v1"}).json()["base_url"] == "https://moved.example/v1"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "models.example",
        "ftp://models.example",
        "https://user:secret@models.example",
        "https://x.example/?key=1",
        "https://[",
        "https://x:0/",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(olga: Operator, address: str) -> None:
    refused = olga.post("providers", {**PROVIDER, "base_url": address})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "base_url")


def test_from_nothing_to_a_contender_that_is_drawn(olga: Operator, house: dict[str, Any]) -> None:
    added = olga.post("contenders", ELM)
    assert (added.status_code, added.json()["state"], added.json()["ready"]) == (201, "draft", "not_drawn")
    assert added.json()["price_input"] == "0.5", "its provider's"
    moved = olga.post("contenders/elm-7/state", {"state": "listed", "reason": "tried it"})
    assert (moved.status_code, moved.json()["state"], moved.json()["ready"]) == (200, "listed", "ready")
    assert [line["kind"] for line in moved.json()["events"]] == ["released", "added"]
    assert "elm-7" in {contender.slug for contender in ready_contenders()}


def test_the_same_request_twice_is_done_once(olga: Operator, house: dict[str, Any]) -> None:
    first, second = (olga.post("contenders", ELM, key="a-key-of-mine") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert olga.post("contenders", ELM).status_code == 409
    assert olga.post("providers", PROVIDER).status_code == 409
    for _ in range(2):
        assert olga.post("contenders/elm-7/pause", {"reason": "x"}).status_code == 200
    assert Contender.objects.get(slug="elm-7").events.filter(kind="paused").count() == 1


def test_what_is_public_moves_with_a_line_and_does_not_change_its_ways(olga: Operator, house: dict[str, Any]) -> None:
    olga.post("contenders", {**ELM, "params": {"temperature": 0.2}})
    changed = olga.send(
        "PATCH",
        "contenders/elm-7",
        {"params": {"temperature": 0.3}, "context": 128000, "links": [{"title": "Card", "url": "https://elm.example/card"}]},
    )
    assert (changed.json()["params"], changed.json()["context"]) == ({"temperature": 0.3}, 128000)
    olga.post("contenders/elm-7/state", {"state": "preliminary", "reason": "ready"})
    for behaviour in ({"params": {"temperature": 0.9}}, {"system_prompt": "Be kind."}):
        assert olga.send("PATCH", "contenders/elm-7", behaviour).status_code == 409
    moved = olga.send("PATCH", "contenders/elm-7", {"model": "elm-large-2", "reason": "its vendor gave it another address"})
    assert (moved.json()["events"][0]["kind"], moved.json()["events"][0]["reason"]) == ("moved", "its vendor gave it another address")
    assert moved.json()["links"] == [{"title": "Card", "url": "https://elm.example/card"}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"slug": "Elm 7"}, "slug"),
        ({"slug": "-elm"}, "slug"),
        ({"price_input": "-1"}, "price_input"),
        ({"params": {"temperature": 3}}, "params.temperature"),
        ({"params": {"top_k": 3}}, "params.top_k"),
        ({"links": [{"title": "x", "url": "javascript:alert(1)"}]}, "links"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"state": "listed"}, "state"),
        ({"endpoint": "second-party"}, "endpoint"),
    ],
)
def test_what_is_not_right_is_named_and_nothing_is_added(olga: Operator, house: dict[str, Any], body: Any, field: str) -> None:
    refused = olga.post("contenders", {**ELM, **body})
    assert refused.status_code == 400
    assert any(error["field"].startswith(field) for error in refused.json()["errors"]), refused.json()
    assert not Contender.objects.filter(slug="elm-7").exists()


def test_a_contender_of_no_provider_is_refused(olga: Operator) -> None:
    assert olga.post("contenders", ELM).status_code == 404
    assert not Contender.objects.filter(slug="elm-7").exists()


def test_what_was_changed_by_hand_is_not_changed_back_by_a_file(olga: Operator, arena: Arena, settings: Any, tmp_path: Any) -> None:
    from django.core.management import call_command

    stage = {"slug": "stage", "name": "From the file", "protocol": "scripted", "base_url": "scripted:"}
    rows = [
        {"slug": f"{name}-7", "name": f"{name}", "vendor": "File", "provider": "stage", "model": "short"} for name in ("amber", "birch")
    ]
    settings.PROVIDERS_FILE, settings.CONTENDERS = str(tmp_path / "file.json"), []
    (tmp_path / "file.json").write_text(json.dumps({"providers": [stage], "contenders": rows}))
    olga.send("PATCH", "providers/stage", {"name": "By hand", "max_streams": 7})
    olga.send("PATCH", "contenders/amber-7", {"vendor": "Hand"})
    call_command("seed")
    assert Provider.objects.values_list("name", "max_streams").get(slug="stage") == ("By hand", 7)
    assert dict(Contender.objects.filter(slug__in=["amber-7", "birch-7"]).values_list("slug", "vendor")) == {
        "amber-7": "Hand",
        "birch-7": "File",
    }


READS = ("providers", "contenders", "contenders/amber-7")
WRITES = {
    ("POST", "providers"): ("add_provider", PROVIDER),
    ("PATCH", "providers/stage"): ("change_provider", {"name": "x"}),
    ("PUT", "providers/stage/key"): ("change_provider", {"key": KEY}),
    ("DELETE", "providers/stage/key"): ("change_provider", {}),
    ("POST", "contenders"): ("add_contender", ELM),
    ("PATCH", "contenders/amber-7"): ("change_contender", {"name": "x"}),
    ("POST", "contenders/amber-7/state"): ("change_contender", {"state": "retired", "reason": "x"}),
    ("POST", "contenders/amber-7/pause"): ("change_contender", {"reason": "x"}),
    ("POST", "contenders/amber-7/resume"): ("change_contender", {"reason": "x"}),
    ("POST", "contenders/amber-7/clear"): ("change_contender", {"reason": "x"}),
    ("POST", "contenders/amber-7/canary"): ("change_contender", {}),
    ("POST", "contenders/amber-7/try"): ("change_contender", {"prompt": "x"}),
}


def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Provider, Route, Contender)]


def test_everything_asks_for_its_permission_and_a_second_factor(arena: Arena, ada: Person, stranger: Client) -> None:
    before = state()
    voter, bare = ada, Operator("bo", *EVERYTHING, second_factor=False)
    auditor = Operator("audrey", "view_provider", "view_contender")
    for path in READS:
        assert (stranger.get(f"/api/v1/operator/{path}").status_code, voter.get(f"operator/{path}").status_code) == (401, 403)
        assert (bare.get(path).status_code, auditor.get(path).status_code) == (403, 200)
    for (method, path), (permission, body) in WRITES.items():
        others = Operator(re.sub(r"\W", "", f"{method}{path}"), *(set(EVERYTHING) - {permission}))
        for who in (bare, auditor, others):
            assert who.send(method, path, body).status_code == 403, (method, path)
    assert state() == before


def test_what_an_auditor_sees_holds_no_key_and_offers_nothing(arena: Arena) -> None:
    providers.set_key(provider=Provider.objects.get(), key=Secret(KEY))
    audrey = Operator("audrey", "view_provider", "view_contender")
    told = audrey.get("providers")
    assert KEY not in told.content.decode()
    assert told.json()["can"] == {"add": False, "change": False}


def tried(olga: Operator, slug: str, prompt: str = "Who are you?", *, enough: bytes | None = None) -> tuple[int, list[tuple[str, Any]]]:
    """The events of a try, through the whole application."""
    headers = {"cookie": "; ".join(f"{name}={one.value}" for name, one in olga.client.cookies.items()) + "; csrftoken=" + "c" * 32}
    headers |= {"x-csrftoken": "c" * 32, "content-type": "application/json", "accept": "text/event-stream"}
    reply = asked("POST", f"/api/v1/operator/contenders/{slug}/try", headers, json.dumps({"prompt": prompt}).encode(), enough=enough)
    events = re.findall(r"event: (\w+)\ndata: (.*)\n\n", reply.body.decode())
    return reply.status, [(name, json.loads(data)) for name, data in events]


def test_a_try_streams_one_answer_says_how_it_went_and_stores_nothing(transactional_db: None) -> None:
    Arena.seeded()
    olga = Operator("olga", *EVERYTHING)
    Contender.objects.filter(slug="amber-7").update(system_prompt="Be brief.", state="draft")
    status, events = tried(olga, "amber-7")
    assert status == 200
    assert [name for name, _ in events][-1] == "end"
    assert "".join(data["text"] for name, data in events if name == "delta").strip()
    assert (events[-1][1]["ok"], events[-1][1]["error"]) == (True, None)
    assert events[-1][1]["first_token_ms"] <= events[-1][1]["whole_ms"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM battles_answer")
        assert cursor.fetchone()[0] == 0


def test_what_is_asked_outside_battles_is_part_of_the_arenas_day(transactional_db: None, settings: Any) -> None:
    Arena.seeded()
    olga = Operator("olga", *EVERYTHING)
    Contender.objects.filter(slug="amber-7").update(price_input=1, price_output=2)
    _, events = tried(olga, "amber-7")
    end = events[-1][1]
    written = end["output_tokens"]
    if written is None:
        written = -(-len("".join(data["text"] for name, data in events if name == "delta")) // 4)
    first = used_today(ARENA)
    assert first.tokens > written > 0
    assert first.cost == ((first.tokens - written) + 2 * written) / Decimal(1_000_000)
    actions.look(Contender.objects.get(slug="amber-7"))
    assert used_today(ARENA).tokens > first.tokens

    settings.DAILY_TOKENS = used_today(ARENA).tokens
    settings.CANARY_SECONDS = 1
    status, _ = tried(olga, "amber-7")
    assert status == 503
    refused = olga.post("contenders/amber-7/canary", {})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/budget-spent")
    assert actions.due_for_canary() == []
    settings.DAILY_TOKENS += 1
    assert actions.due_for_canary() != []


def test_what_came_counts_when_whoever_tried_leaves_before_the_end(transactional_db: None) -> None:
    Arena.seeded()
    scripted.register("endless", [{"text": "Four words of it. "}, {"hang": True}])
    Route.objects.filter(contender__slug="amber-7").update(model="endless")
    _, events = tried(Operator("olga", *EVERYTHING), "amber-7", enough=b"delta")
    assert [name for name, _ in events] == ["delta"]
    assert used_today(ARENA).tokens == -(-len("Who are you?") // 4) + -(-len("Four words of it. ") // 4)


def test_a_spent_day_sends_no_canary_that_waits(arena: Arena, settings: Any) -> None:
    settings.DAILY_TOKENS = 1
    contender = Contender.objects.get(slug="amber-7")
    count_outside(contender, read=1, written=0)
    tasks.ask_canary(contender.pk)
    assert not CanaryRun.objects.exists()
    settings.DAILY_TOKENS = 2
    tasks.ask_canary(contender.pk)
    assert CanaryRun.objects.exists()


def test_a_try_that_fails_says_why_without_the_key(transactional_db: None, settings: Any) -> None:
    Arena.seeded()
    olga = Operator("olga", *EVERYTHING)
    providers.set_key(provider=Provider.objects.get(), key=Secret(KEY))
    Provider.objects.update(protocol="openai", base_url="http://127.0.0.1:9/v1")
    status, events = tried(olga, "amber-7")
    assert (status, [name for name, _ in events]) == (200, ["end"])
    assert (events[0][1]["ok"], events[0][1]["error"]) == (False, "unreachable")
    assert KEY not in json.dumps(events)


def test_who_cannot_be_asked_says_so_before_the_stream(olga: Operator, arena: Arena) -> None:
    Provider.objects.update(key_env="NO_SUCH_VARIABLE")
    refused = olga.post("contenders/amber-7/try", {"prompt": "x"})
    assert (refused.status_code, "key is missing" in refused.json()["detail"]) == (409, True)
    assert olga.get("contenders/amber-7").json()["ready"] == "no_key"
    Route.objects.filter(contender__slug="amber-7").delete()
    assert olga.post("contenders/amber-7/try", {"prompt": "x"}).status_code == 409
    missing = olga.client.post(
        "/api/v1/operator/contenders/nobody/try", {"prompt": "x"}, content_type="application/json", headers={"accept": "text/event-stream"}
    )
    assert (missing.status_code, missing["Content-Type"], missing.json()["type"]) == (
        404,
        "application/problem+json",
        "/problems/not-found",
    )


def test_its_system_prompt_goes_before_what_a_voter_says(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[list[tuple[str, str]]] = []
    plain = scripted.Scripted.stream

    async def listening(self: Any, messages: Any, params: Any, take: Any) -> Any:
        said.append([(message.role, message.text) for message in messages])
        return await plain(self, messages, params, take)

    monkeypatch.setattr(scripted.Scripted, "stream", listening)
    arena = Arena.seeded()
    Contender.objects.update(system_prompt="Be brief.")
    person = arena.person("ada")
    url = person.open("Why?")["stream"]["url"]
    asked("GET", url, {"cookie": f"sessionid={person.client.cookies['sessionid'].value}"})
    assert said == [[("system", "Be brief."), ("user", "Why?")]] * 2
