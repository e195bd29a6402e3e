"""Every knob fails loudly: a wrong value never becomes a default."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from arena import environment
from arena.battles.pairing import NAMES
from tests.architecture.knobs import settings_read
from tests.architecture.source import ROOT

SETTINGS = compile((ROOT / "arena" / "settings.py").read_text(), str(ROOT / "arena" / "settings.py"), "exec")

KEYS = {"SECRET_KEY": "x" * 50, "SECRETS_KEYS": "YS1rZXktZm9yLXRlc3RzLWFuZC1ub3RoaW5nLWVsc2U="}
READERS: list[tuple[Callable[[str], Any], list[str]]] = [
    (lambda name: environment.flag(name, False), ["maybe", "2", "-1", "tru", "o n"]),
    (lambda name: environment.number(name, 5), ["-1", "x", "1.5", "1e3", "0x10", "∞"]),
    (lambda name: environment.number(name, 5, least=3), ["2", "0"]),
    (lambda name: environment.number(name, 5, most=7), ["8", "9" * 40, "9" * 5000]),
    (lambda name: environment.seconds(name, 5.0), ["-0.1", "nan", "inf", "-inf", "1s", "one", "1e10"]),
    (lambda name: environment.share(name, 0.5, least=0.1), ["0", "1.01", "nan", "half"]),
    (lambda name: environment.money(name, 5), ["-0.01", "nan", "snan", "inf", "5 USD", "1e40"]),
    (lambda name: environment.one_of(name, "left", "left", "right"), ["up", "lef", "left,right"]),
    (lambda name: environment.addresses(name), ["id.example.org", "https://id.example.org,ftp://id.example.org"]),
]
# Of each kind of reader: what it cannot read, and what lies beyond either end.
NO_NUMBERS = ("lots", "nan", "-2", "9" * 40)
NO_ADDRESSES = ("nonsense", "https://[::1", "https://host:port", "smtp://id.example.org")
WRONG = {
    **dict.fromkeys(("number", "seconds", "share", "money"), NO_NUMBERS),
    **dict.fromkeys(("address", "addresses"), NO_ADDRESSES),
    **dict.fromkeys(("flag", "one_of"), ("nonsense",)),
}
# Every setting whose values have a form, with some that have not.
FORMED = {one.name: WRONG[one.reader] for one in settings_read() if one.reader in WRONG} | dict.fromkeys(
    ("DATABASE_URL", "EMAIL_URL", "SECRETS_KEYS", "SETTLER_KEY", "GUARDIAN_KEY", "DEPLOYER_KEY"), ("nonsense",)
)


def read_settings() -> dict[str, Any]:
    """What a process that starts now would read."""
    told: dict[str, Any] = {"__name__": "arena.settings", "__file__": SETTINGS.co_filename}
    exec(SETTINGS, told)
    return told


@pytest.mark.parametrize(("reader", "bad"), [(reader, value) for reader, values in READERS for value in values])
def test_a_wrong_value_is_refused_by_name(reader: Callable[[str], Any], bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOB", bad)
    with pytest.raises(ImproperlyConfigured, match="KNOB"):
        reader("KNOB")


def test_a_value_is_read_and_an_empty_one_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, value in (("1", True), (" On ", True), ("YES", True), ("0", False), ("false", False), ("", True), ("  ", True)):
        monkeypatch.setenv("KNOB", text)
        assert environment.flag("KNOB", True) is value
    monkeypatch.setenv("KNOB", " 7 ")
    assert (environment.number("KNOB", 5), environment.seconds("KNOB", 5)) == (7, 7.0)
    assert (environment.share("KNOB_OF_NOBODY", 0.5), environment.money("KNOB", 5)) == (0.5, Decimal(7))
    monkeypatch.setenv("KNOB", "0.10")
    assert str(environment.money("KNOB", 5)) == "0.10"
    monkeypatch.setenv("KNOB", " Right ")
    assert environment.one_of("KNOB", "left", "left", "right") == "right"
    monkeypatch.setenv("KNOB", "")
    assert (environment.number("KNOB", 5), environment.seconds("KNOB", 0.5), environment.money("KNOB", 5)) == (5, 0.5, Decimal(5))
    assert environment.one_of("KNOB", "left", "left", "right") == "left"
    monkeypatch.setenv("KNOB", " a, b ,,c ")
    assert environment.several("KNOB") == ["a", "b", "c"]


def test_an_address_is_absolute_and_secure_where_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, plain, secure in (
        ("https://id.example.org/realm/", "https://id.example.org/realm", "https://id.example.org/realm"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", None),
        ("id.example.org", None, None),
        ("ftp://id.example.org", None, None),
        ("https://", None, None),
        ("https://[::1", None, None),
        ("https://id.example.org:port", None, None),
        ("", "", ""),
    ):
        monkeypatch.setenv("KNOB", text)
        for needed, expected in ((False, plain), (True, secure)):
            if expected is None:
                with pytest.raises(ImproperlyConfigured, match="KNOB"):
                    environment.address("KNOB", secure=needed)
            else:
                assert environment.address("KNOB", secure=needed) == expected


@pytest.mark.parametrize("name", ["CHAIN_RPC_URL", "MODERATION_URL", "DATABASE_URL", "EMAIL_URL", "SECRETS_KEYS", "SETTLER_KEY"])
def test_what_may_hold_a_secret_is_not_repeated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "htp//ada:hunter2@hall:8545")
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings()
    assert "hunter2" not in str(refused.value)


def test_a_text_without_default_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOB", raising=False)
    with pytest.raises(ImproperlyConfigured, match="KNOB"):
        environment.text("KNOB")


def start(**environ: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    shown = "import arena.settings as s; print(s.HTTPS, s.HOLD_SECONDS, s.ALLOWED_HOSTS, s.OUTBOUND_ALLOW)"
    given = {**kept, "DATABASE_URL": "postgresql://somewhere/evenhand", **environ}
    return subprocess.run([sys.executable, "-c", shown], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60, check=False)


def test_production_needs_a_secret_key_and_is_strict_without_being_told() -> None:
    refused = start(DEBUG="0")
    assert refused.returncode != 0
    assert "Set SECRET_KEY" in refused.stderr.splitlines()[-1]
    good = start(DEBUG="0", **KEYS)
    assert good.stdout.strip() == "True 86400 [] []", good.stderr


def test_secret_keys_of_before_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "new")
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "old, older")
    told = read_settings()
    assert (told["SECRET_KEY"], told["SECRET_KEY_FALLBACKS"]) == ("new", ["old", "older"])


def test_production_needs_keys_for_its_secrets_and_names_none_of_them() -> None:
    for given, told in (
        ({}, "Set SECRETS_KEYS"),
        ({"SECRETS_KEYS": "hunter2hunter2"}, "number 1 is not a key"),
        ({"SECRETS_KEYS": KEYS["SECRETS_KEYS"] + ",hunter2hunter2"}, "number 2 is not a key"),
    ):
        refused = start(DEBUG="0", SECRET_KEY="x" * 50, **given)
        assert refused.returncode != 0
        assert told in refused.stderr.splitlines()[-1]
        assert "hunter2" not in refused.stderr.splitlines()[-1]


def test_a_secret_that_is_made_once_is_one_for_all_and_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key"
    gate = threading.Barrier(8)

    def make(number: int) -> str:
        gate.wait(10)
        return environment.made_once(path, lambda: f"key {number}")

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(make, range(8)))
    assert found == {path.read_text()}
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_the_identity_provider_that_the_operator_names_may_be_reached() -> None:
    told = {"OIDC_ISSUER": "https://id.internal:8443/realm", "OIDC_CLIENT_ID": "arena", "OUTBOUND_ALLOW": "10.0.0.0/8"}
    good = start(DEBUG="0", **KEYS, **told)
    assert good.stdout.strip() == "True 86400 [] ['10.0.0.0/8', 'id.internal:8443']", good.stderr


@pytest.mark.parametrize(("name", "wrong"), sorted(FORMED.items()))
def test_a_value_that_cannot_be_read_stops_the_start_and_names_the_setting(
    name: str, wrong: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for bad in wrong:
        monkeypatch.setenv(name, bad)
        with pytest.raises(ImproperlyConfigured, match=rf"\b{name}\b"):
            read_settings()


def test_every_pairing_policy_can_be_set_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRING_POLICY", "nonsense")
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings()
    assert set(str(refused.value).partition("one of ")[2].partition(";")[0].split(", ")) == set(NAMES)
    for name in NAMES:
        monkeypatch.setenv("PAIRING_POLICY", name)
        assert read_settings()["PAIRING_POLICY"] == name


def test_a_check_of_the_operators_that_is_not_there_stops_the_start(settings: Any) -> None:
    settings.CONVERSION_CHECK = "tests.nobody.wrote_this"
    with pytest.raises(ImproperlyConfigured, match="CONVERSION_CHECK cannot be read: No module named"):
        apps.get_app_config("credits").ready()


@pytest.mark.parametrize("name", ["OUTBOUND_ALLOW", "OUTBOUND_ALLOW_STRANGERS"])
def test_an_allow_list_that_the_door_could_not_read_stops_the_start(settings: Any, name: str) -> None:
    setattr(settings, name, ["10.0.0.0/8", "10.0.0.0/99"])
    with pytest.raises(ImproperlyConfigured, match=f"{name}: not an allow-list entry: '10.0.0.0/99'"):
        apps.get_app_config("providers").ready()


def test_a_wrong_knob_stops_the_start() -> None:
    refused = start(DEBUG="sometimes")
    assert refused.returncode != 0
    assert "DEBUG" in refused.stderr.splitlines()[-1]
