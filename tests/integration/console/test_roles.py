"""Roles have exactly the permissions of the table, whatever migrates, and every permission that the code asks for is somebody's."""

import ast
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from arena.console import roles
from arena.trail import tracked
from arena.users.models import User
from tests.architecture.source import sources
from tests.integration.console.staff import registered, staff
from tests.integration.users.account import guest

pytestmark = pytest.mark.django_db


def known() -> set[str]:
    rows = Permission.objects.filter(content_type__app_label__in=roles.ours()).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def held(role: str) -> set[str]:
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def asked_for() -> set[str]:
    """Permissions of ours that the code names in a string, declares by itself, or that a page of the admin goes by."""
    every = known()
    named = {
        node.value
        for source in sources("arena")
        if source.name != "arena/console/roles.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in every
    }
    own = {f"{model._meta.app_label}.{name}" for model in apps.get_models() for name, _ in model._meta.permissions}
    return named | (own & every) | by_the_admin()


def by_the_admin() -> set[str]:
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_staff=True)
    found = set()
    for model, page in admin.site._registry.items():
        if model._meta.app_label in roles.ours():
            allowed = {verb for verb, yes in page.get_model_perms(request).items() if yes}
            found |= {f"{model._meta.app_label}.{verb}_{model._meta.model_name}" for verb in allowed}
    return found


def test_every_permission_that_is_asked_for_belongs_to_a_role() -> None:
    missing = asked_for() - roles.TABLE.keys()
    assert not missing, "say in arena/console/roles.py who has it"


def test_the_table_names_only_permissions_that_there_are() -> None:
    assert not roles.TABLE.keys() - known()
    assert not {role for named in roles.TABLE.values() for role in named} - set(roles.ROLES)


def test_each_role_has_what_the_table_says_and_no_more() -> None:
    assert held("operator") == {name for name, named in roles.TABLE.items() if "operator" in named}
    assert held("treasurer") == {name for name, named in roles.TABLE.items() if "treasurer" in named}
    assert held("auditor") == {name for name in known() if name.partition(".")[2].startswith("view_")}
    assert held("admin") == held("auditor") | roles.TABLE.keys()


def test_the_auditor_may_look_at_everything_that_others_see_and_change_nothing() -> None:
    looking = {name for name in roles.TABLE if ".view_" in name}
    assert looking <= held("auditor")
    assert all(".view_" in name for name in held("auditor"))


def test_the_operator_and_the_treasurer_share_no_right_to_change() -> None:
    assert all(".view_" in name for name in held("operator") & held("treasurer"))


def test_what_was_given_by_hand_is_taken_away_and_what_was_taken_comes_back() -> None:
    group = Group.objects.get(name="auditor")
    group.permissions.set(Permission.objects.filter(codename__in=["seal_epoch", "add_session"]))
    before = {role: held(role) for role in ("operator", "treasurer", "admin")}
    roles.apply()
    roles.apply()
    assert held("auditor") == {name for name in known() if ".view_" in name}
    assert {role: held(role) for role in before} == before


def test_what_a_role_may_change_is_in_the_trail() -> None:
    verbs = ("add_", "change_", "delete_")
    models = set()
    for name, named in roles.TABLE.items():
        app, _, codename = name.partition(".")
        if named and codename.startswith(verbs):
            models.add(f"{app}.{codename.partition('_')[2]}")
    # Epochs' approvals are recorded by `trail.note`, with the sentence of what was approved.
    assert models - tracked.TRACKED.keys() == {"credits.approval"}


def test_the_auditor_is_offered_no_deed_in_the_admin() -> None:
    request = RequestFactory().get("/admin/")
    who = staff("auditor")
    request.user = User.objects.get(pk=who.id)
    offered: dict[str, Any] = {}
    for model, page in admin.site._registry.items():
        if not page.has_view_permission(request):
            continue
        deeds = set(page.get_actions(request)) - {"delete_selected"}
        writes = page.has_add_permission(request) or page.has_change_permission(request) or page.has_delete_permission(request)
        if deeds or writes:
            offered[model._meta.label] = (deeds, writes)
    assert not offered
    assert any(page.has_view_permission(request) for page in admin.site._registry.values())


def test_the_first_admin_is_made_at_the_terminal(capsys: Any) -> None:
    ada = registered("ada@example.org")
    call_command("make_admin", "ADA@example.org")
    told = capsys.readouterr().out
    assert "ada@example.org is admin" in told
    assert "second factor" in told
    user = User.objects.get(pk=ada.id)
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert user.has_perm("console.change_people")
    assert ada.get("operator/me").json()["type"] == "/problems/second-factor-missing"


def test_nobody_is_made_admin_by_a_wrong_address_or_as_a_guest() -> None:
    who = guest()
    for address in ("nobody@example.org", "", User.objects.get(pk=who.id).username):
        with pytest.raises(CommandError, match="Nobody has an account"):
            call_command("make_admin", address)
    assert not User.objects.filter(is_staff=True).exists()
