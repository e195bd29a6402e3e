"""Who may do what: one table, which every `migrate` makes true.

Roles are Django's groups. The auditor has every permission to look (`view_...`) and no other; the admin has all. What no line
names (rows that only the arena itself writes) nobody may change by hand, admins included.
"""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

OPERATOR, TREASURER, AUDITOR, ADMIN = ROLES = ("operator", "treasurer", "auditor", "admin")
BOTH, NOBODY_ELSE = (OPERATOR, TREASURER), ()

# permission: the roles that have it, besides the admin and (to look) the auditor
TABLE: dict[str, tuple[str, ...]] = {
    "battles.add_correction": (OPERATOR,),
    "battles.add_pairingpolicy": (OPERATOR,),
    "battles.add_retraction": (OPERATOR,),
    "battles.add_rewardpolicy": (TREASURER,),
    "battles.change_report": (OPERATOR,),
    "battles.view_pairingpolicy": (OPERATOR,),
    "battles.view_report": (OPERATOR,),
    "battles.view_rewardpolicy": BOTH,
    "battles.view_vote": (OPERATOR,),
    "catalogue.view_canaryrun": (OPERATOR,),
    "console.change_people": NOBODY_ELSE,
    "console.retry_job": (OPERATOR,),
    "console.view_health": BOTH,
    "console.view_jobs": BOTH,
    "console.view_people": NOBODY_ELSE,
    "contenders.add_contender": (OPERATOR,),
    "contenders.change_contender": (OPERATOR,),
    "contenders.view_contender": (OPERATOR,),
    "contenders.view_event": (OPERATOR,),
    "credits.add_approval": (TREASURER,),
    "credits.fund": (TREASURER,),
    "credits.pause": (TREASURER,),
    "credits.seal_epoch": (TREASURER,),
    "credits.veto_epoch": (TREASURER,),
    "credits.view_alarm": (TREASURER,),
    "credits.view_approval": (TREASURER,),
    "credits.view_attempt": (TREASURER,),
    "credits.view_conversion": (TREASURER,),
    "credits.view_epoch": (TREASURER,),
    "credits.view_void": (TREASURER,),
    "credits.void_conversion": (TREASURER,),
    "hooks.view_attempt": (OPERATOR,),
    "hooks.view_hook": (OPERATOR,),
    "hooks.view_message": (OPERATOR,),
    "moderation.add_ruleset": (OPERATOR,),
    "moderation.view_flag": (OPERATOR,),
    "moderation.view_ruleset": (OPERATOR,),
    "prompts.add_pool": (OPERATOR,),
    "prompts.add_prompt": (OPERATOR,),
    "prompts.change_pool": (OPERATOR,),
    "prompts.change_prompt": (OPERATOR,),
    "prompts.view_pool": (OPERATOR,),
    "prompts.view_poolversion": (OPERATOR,),
    "prompts.view_prompt": (OPERATOR,),
    "providers.add_provider": (OPERATOR,),
    "providers.add_route": (OPERATOR,),
    "providers.change_provider": (OPERATOR,),
    "providers.change_route": (OPERATOR,),
    "providers.delete_provider": NOBODY_ELSE,
    "providers.delete_route": NOBODY_ELSE,
    "providers.view_provider": (OPERATOR,),
    "providers.view_route": (OPERATOR,),
    "ratings.add_board": (OPERATOR,),
    "ratings.change_board": (OPERATOR,),
    "ratings.view_board": (OPERATOR,),
    "submissions.review_submission": (OPERATOR,),
    "submissions.view_submission": (OPERATOR,),
    "trail.view_change": NOBODY_ELSE,
    "vendors.add_entry": (OPERATOR,),
    "vendors.add_membership": (OPERATOR,),
    "vendors.add_organisation": (OPERATOR,),
    "vendors.change_apikey": (OPERATOR,),
    "vendors.change_entry": (OPERATOR,),
    "vendors.change_membership": (OPERATOR,),
    "vendors.change_organisation": (OPERATOR,),
    "vendors.delete_entry": (OPERATOR,),
    "vendors.delete_membership": (OPERATOR,),
    "vendors.delete_organisation": NOBODY_ELSE,
    "vendors.view_apikey": (OPERATOR,),
    "vendors.view_entry": (OPERATOR,),
    "vendors.view_membership": (OPERATOR,),
    "vendors.view_organisation": (OPERATOR,),
}


def ours() -> list[str]:
    """The labels of the arena's own apps: what a library brings is nobody's role."""
    return [app.label for app in apps.get_app_configs() if app.name.startswith("arena")]


def granted(role: str, every: Iterable[str]) -> set[str]:
    """The permissions of a role, of all (`app.codename`) that there are."""
    looking = {name for name in every if name.partition(".")[2].startswith("view_")}
    if role == AUDITOR:
        return looking
    if role == ADMIN:
        return looking | TABLE.keys()
    return {name for name, roles in TABLE.items() if role in roles}


def apply(using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the groups as the table says. Again it changes nothing; what was given to them by hand is taken away."""
    rows = Permission.objects.using(using).filter(content_type__app_label__in=ours()).select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    for role in ROLES:
        group, _ = Group.objects.using(using).get_or_create(name=role)
        names = granted(role, known)
        group.permissions.set([row for name, row in known.items() if name in names])
