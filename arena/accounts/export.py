"""All that the arena knows of a person, as one document. Read only."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch, QuerySet

from arena.battles import queries, waiting
from arena.battles.models import Answer, Battle, Report, Side, Turn, Vote
from arena.contenders.queries import name_of
from arena.http.pieces import in_pages
from arena.users.models import Consent, User
from arena.users.queries import selves

AT_ONCE = 10  # a battle may have megabytes
CONVERSION = ("id", "at", "wallet", "points", "units_per_point", "units", "sealed__epoch", "void__at")


def export(user: User) -> dict[str, Any]:
    """Everything but the points; the battles come one after the other, as they are asked for, for all of them may be more than fits.

    Contenders are named only in battles whose vote revealed them (P6).
    """
    mine = selves(user)
    return {
        "profile": _profile(user),
        "consents": [
            {"terms_version": row.terms_version, "terms_hash": row.terms_hash, "publish": row.publish, "at": row.at}
            for row in Consent.objects.filter(user__in=mine).order_by("id")
        ],
        "battles": (_battle(battle) for battle in in_pages(_battles().filter(voter__in=mine).order_by("created_at", "id"), AT_ONCE)),
        # By the relations that tables of credits and vendors make: those packages stand above this one.
        "organisations": list(user.memberships.order_by("at", "pk").values("organisation__slug", "organisation__name", "role", "at")),
        "conversions": [row for self in User.objects.filter(pk__in=mine) for row in self.conversions.order_by("id").values(*CONVERSION)],
        "reports": [
            {
                "battle": row.answer.turn.battle_id,
                "turn": row.answer.turn.number,
                "side": row.answer.side.letter,
                "reason": row.reason,
                "comment": row.comment,
                "state": row.state,
                "at": row.at,
            }
            for row in Report.objects.filter(person__in=mine).select_related("answer__turn", "answer__side").order_by("id")
        ],
    }


def _profile(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "is_guest": user.is_guest,
        "joined_at": user.date_joined,
        "registered_at": user.registered_at,
        "emails": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "authenticators": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "providers": list(SocialAccount.objects.filter(user=user).values("provider", "uid", "extra_data", "date_joined")),
        "sessions": list(UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at", "last_seen_at")),
        "wallets": list(user.wallets.order_by("linked_at").values("address", "kind", "chain_id", "linked_at", "unlinked_at")),
        "guests": [{"id": row.guest_id, "at": row.at} for row in user.merged_guests.order_by("at")],
    }


def _battles() -> QuerySet[Battle]:
    answers = Prefetch("answers", Answer.objects.select_related("side").order_by("attempt", "side__position", "side__draw"))
    return Battle.objects.select_related("vote__salt", "vote__context", "erasure", "share").prefetch_related(
        Prefetch("turns", Turn.objects.order_by("number").prefetch_related(answers)),
        Prefetch("sides", Side.objects.select_related("contender").order_by("position", "draw")),
    )


def _battle(battle: Battle) -> dict[str, Any]:
    vote, share = getattr(battle, "vote", None), getattr(battle, "share", None)
    wait = waiting.names_wait(battle)
    return {
        "id": battle.pk,
        "created_at": battle.created_at,
        "publish": battle.publish,
        "deleted": hasattr(battle, "erasure"),
        "turns": [_turn(turn) for turn in battle.turns.all()],
        "vote": _vote(vote, closed=wait or any(side.contender.hidden for side in battle.sides.all())) if vote else None,
        "contenders": [{"side": side.letter, "name": name_of(side.contender)["name"]} for side in battle.sides.all()]
        if vote and not wait
        else None,
        "link": {"token": share.token, "index": share.index, "at": share.at} if share else None,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "number": turn.number,
        "prompt": queries.shown(turn),
        "answers": [
            {"side": row.side.letter, "attempt": row.attempt, "status": row.status, "reasoning": row.reasoning, "text": row.text}
            for row in turn.answers.all()
        ],
    }


def _vote(vote: Vote, *, closed: bool) -> dict[str, Any]:
    """`closed`: a name in it is not told yet, so what would prove a guess at it is not given out."""
    context = getattr(vote, "context", None)
    person = vote.salt.person
    return {
        "at": vote.at,
        "turn": vote.turn,
        "attempt": vote.attempt,
        "outcome": vote.outcome,
        "ranks": vote.ranks,
        "rated": vote.rated,
        "award": vote.award,
        "reasons": context.reasons if context else None,
        "comment": context.comment if context else None,
        "measures": context.measures if context else None,
        "network": context.network if context else None,
        "receipt": {
            "commit": bytes(vote.commit).hex(),
            "salt": None if closed else bytes(vote.salt.rating).hex(),
            "commit_person": bytes(vote.commit_person).hex(),
            "salt_person": bytes(person).hex() if person else None,
            "person": vote.salt.person_opening,
        },
    }
