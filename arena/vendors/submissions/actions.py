"""Verbs about submissions."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from procrastinate.contrib.django import app

from arena import clock
from arena.battles.blindness import Identity
from arena.contenders import actions as contenders
from arena.contenders.models import Contender
from arena.contenders.models import State as ContenderState
from arena.errors import Conflict, InvalidInput, NotFound
from arena.outbound import Secret
from arena.providers import actions as providers
from arena.providers import vault
from arena.providers.base import Endpoint
from arena.providers.models import Provider
from arena.users.models import User
from arena.vendors import actions as vendors
from arena.vendors.hooks.actions import checked
from arena.vendors.models import Organisation
from arena.vendors.submissions import terms, trials
from arena.vendors.submissions.checks import Finding, findings
from arena.vendors.submissions.models import OPEN, Check, State, Submission

MOST_OPEN = 5
# Each run sends twenty requests to an address that a stranger has named.
CHECKS_A_DAY = 10
# In the whole arena: however slowly their endpoints answer, webhooks and canaries have places beside them.
CHECKS_AT_ONCE = 2
_TASKS = "arena.vendors.submissions.tasks."


@transaction.atomic
def submit(*, organisation: Organisation, by: User, terms_version: str, terms_hash: str, key: Secret, **about: Any) -> Submission:
    """A submission, which is checked at once. Raises InvalidInput for other terms than those in force or an address, Conflict for too many."""
    now = terms.current()
    if (terms_version, terms_hash) != (now.version, now.hash):
        raise InvalidInput("The terms for submissions have changed. Read and accept those of now; nothing was submitted.")
    held = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if held.submissions.filter(state__in=OPEN).count() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} submissions are open already. Withdraw one, or wait for a decision.")
    _check_address(about)
    had = _require_checks_left(held, by)
    accepted = {"terms_version": now.version, "terms_hash": now.hash}
    moments = {"at": clock.now(), "asked_at": clock.now()}
    made = Submission.objects.create(organisation=held, by=by, key=vault.seal(key), **moments, **accepted, **about)
    _send_for_checks(made, had)
    return made


@transaction.atomic
def amend(submission: Submission, *, key: Secret | None = None, **about: Any) -> Submission:
    """Change what is given, and check anew. An empty key is no key; None leaves the one that is there. Raises Conflict once it is decided,
    and for another address without its key: whoever may change addresses could have the key sent to one of their own."""
    Organisation.objects.select_for_update(no_key=True).get(pk=submission.organisation_id)
    held = _held(submission)
    if held.state == State.CHECKING:
        raise Conflict("It is being checked. Wait until that is over, or withdraw it.")
    if held.key and key is None and about.get("base_url", held.base_url) != held.base_url:
        raise Conflict("A key is not sent to another address unseen. Enter the key again together with the new address.")
    _check_address(about)
    had = _require_checks_left(held.organisation, held.by)
    for name, value in about.items():
        setattr(held, name, value)
    if key is not None:
        held.key = vault.seal(key)
    held.state, held.asked_at = State.CHECKING, clock.now()
    held.save()
    _send_for_checks(held, had)
    return held


def _check_address(about: dict[str, Any]) -> None:
    if "base_url" in about:
        checked(about["base_url"])


def _checks_of_today(organisation: Organisation, by: User | None) -> int:
    """Of the organisation, and of all that the same person submits. What was withdrawn while it ran, or has not ended, counts as well."""
    since = clock.now() - timedelta(days=1)
    theirs = Submission.objects.filter(Q(organisation=organisation) | Q(by=by) if by else Q(organisation=organisation))
    ended = Check.objects.filter(submission__in=theirs, at__gt=since).count()
    unended = ~Exists(Check.objects.filter(submission=OuterRef("pk"), at__gte=OuterRef("asked_at")))
    return ended + theirs.filter(unended, asked_at__gt=since).count()


def _require_checks_left(organisation: Organisation, by: User | None) -> int:
    """How many checks there were today; raises Conflict for too many."""
    had = _checks_of_today(organisation, by)
    if had >= CHECKS_A_DAY:
        raise Conflict(f"Submissions of yours were checked {CHECKS_A_DAY} times in a day. Go on tomorrow.")
    return had


def _send_for_checks(submission: Submission, had: int) -> None:
    """Whoever had fewest checks today is next: who submits much makes others wait for one check of theirs, not for all of them."""
    lane = submission.pk.int % CHECKS_AT_ONCE  # of one lane one after the other, so never one submission twice at once
    task = app.configure_task(f"{_TASKS}check_submission", lock=f"check:{lane}", priority=-had)
    task.defer(submission=str(submission.pk))


async def ask(submission: Submission) -> list[Finding]:
    """Put the prompts to what was submitted. Takes minutes at most; no transaction may be open."""
    endpoint = Endpoint(
        submission.protocol,
        submission.base_url,
        submission.model,
        vault.opened(submission.key),
        timeouts=trials.TIMEOUTS,
        stranger=True,
    )
    identity = Identity(submission.name, submission.organisation.name, tuple(submission.aliases))
    return findings(await trials.run(endpoint, identity, submission.system_prompt))


@transaction.atomic
def record_checks(submission: Submission, found: Sequence[Finding]) -> None:
    """Keep what the checks came to, and move on: to review, or back to the vendor.

    `submission` is as it was when it was asked: what has been changed, withdrawn or checked since is left alone.
    """
    held = Submission.objects.select_for_update().get(pk=submission.pk)
    if held.state != State.CHECKING or held.asked_at != submission.asked_at:
        return
    passed = all(finding.passed for finding in found)
    Check.objects.create(submission=held, at=clock.now(), passed=passed, findings=[asdict(finding) for finding in found])
    held.state = State.REVIEW if passed else State.FAILED
    held.save(update_fields=["state"])


@transaction.atomic
def withdraw(submission: Submission) -> Submission:
    """Take it back; its key is deleted. Again it changes nothing; raises Conflict once it is decided."""
    held = Submission.objects.select_for_update().get(pk=submission.pk)
    return held if held.state == State.WITHDRAWN else _end(_held(submission), State.WITHDRAWN)


@transaction.atomic
def accept(submission: Submission, *, by: User, slug: str, reason: str = "", asked_at: datetime | None = None) -> Submission:
    """Enter it as the organisation's contender: a draft, which is released as every other.

    asked_at: of the submission that the reviewer has read. Raises Conflict for a slug in use, no review, or one that was changed since.
    """
    held = _held(submission)
    if asked_at is not None and asked_at != held.asked_at:
        raise Conflict("The vendor has changed it since you looked. Load it again; nothing was changed.")
    if held.state != State.REVIEW:
        raise Conflict("Only what has passed its checks can be accepted.")
    if Contender.objects.filter(slug=slug).exists() or Provider.objects.filter(slug=slug).exists():
        raise Conflict("This name for addresses is in use. Choose another one; nothing was changed.")
    names = ("name", "aliases", "licence", "openness", "parameters", "url", "price_input", "price_output", "system_prompt")
    about = {name: getattr(held, name) for name in names}
    organisation = held.organisation
    contender = contenders.register(
        slug=slug, state=ContenderState.DRAFT, vendor=organisation.name, reason=f"submitted by {organisation.name}", **about
    )
    reached = {"protocol": held.protocol, "base_url": held.base_url, "key_sealed": held.key, "stranger": True}
    provider = providers.set_provider(slug=slug, name=f"{held.name} ({organisation.name})"[:120], **reached)
    providers.set_route(contender=contender, provider=provider, model=held.model, params={})
    vendors.enter(organisation=organisation, contender=contender)
    held.contender = contender
    return _end(held, State.ACCEPTED, by=by, reason=reason)


@transaction.atomic
def decline(submission: Submission, *, by: User, reason: str) -> Submission:
    """Say no, and why; its key is deleted. Raises Conflict once it is decided."""
    return _end(_held(submission), State.DECLINED, by=by, reason=reason)


def _held(submission: Submission) -> Submission:
    """The submission, held while it is open. Raises NotFound, Conflict."""
    held = Submission.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=submission.pk).first()
    if held is None:
        raise NotFound("There is no such submission.")
    if held.state not in OPEN:
        raise Conflict(f"This submission is {held.get_state_display().lower()} already.")
    return held


def _end(held: Submission, state: State, *, by: User | None = None, reason: str = "") -> Submission:
    held.state, held.key, held.decided_by, held.decided_at, held.reason = state, "", by, clock.now(), reason
    held.save()
    if state != State.WITHDRAWN:
        app.configure_task(f"{_TASKS}tell_of_decision").defer(submission=str(held.pk))
    return held
