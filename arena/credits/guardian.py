"""The guardian: derives every epoch on chain again from what is published, and vetoes what it cannot derive."""

import logging

from django.core.exceptions import ImproperlyConfigured

from arena import metrics
from arena.chain import contracts
from arena.chain.client import Chain, ChainUnavailable, Reverted
from arena.chain.models import Deployment, Event
from arena.credits import alarms, onchain, outgoing, queries, verification
from arena.credits.models import Inspection

log = logging.getLogger("arena.credits")


def guard(*, at: Chain) -> None:
    """Look at each epoch on chain that nobody has vetoed, once a block that posts it, and veto those that fail. Raises ChainUnavailable.

    May be done twice, by two, or die anywhere: what was found is stored before anything is sent, and a veto is signed once.
    """
    credits = contracts.deployed("credits")
    if credits is None:
        return
    vetoed = queries.vetoed()
    waiting = [event for number, event in sorted(queries.posted().items()) if number not in vetoed]
    found = {}
    for event in waiting:
        if inspection := inspect(event, credits, at=at):
            found[str(inspection.number)] = f"Epoch {inspection.number} cannot be derived from its data: {inspection.findings[0]}"
            _veto(inspection.number, credits, found, at)
    alarms.keep("vetoed", found)


def inspect(event: Event, credits: Deployment, *, at: Chain) -> Inspection | None:
    """What was found wrong with the epoch that this event posted, looked at now unless that was done; None if nothing is."""
    number = int(event.args["id"])
    key = {"chain_id": at.id, "contract": credits.address, "number": number, "block_hash": event.block_hash}
    seen = Inspection.objects.filter(**key).first()
    if seen is None:
        findings = derive(number, onchain.Contracts.named(queries.contracts(), credits.block), at=at)
        seen, fresh = Inspection.objects.get_or_create(**key, defaults={"findings": findings})
        if fresh:
            metrics.EPOCHS_INSPECTED.labels("failed" if findings else "sound").inc()
            log.info("an epoch was derived again", extra={"epoch": number, "findings": findings})
    return seen if seen.findings else None


def derive(number: int, of: onchain.Contracts, *, at: Chain) -> list[str]:
    """What a stranger would find wrong with an epoch, from the published bytes and the chain; nothing if all is as it must be.

    Raises ChainUnavailable, also when the node knows nothing of the epoch whose event it told of: it is behind, or the block is gone.
    """
    files = queries.content(number)
    if not files:
        return ["files: nothing was published of it."]
    facts = onchain.facts(number, of, at=at)
    if facts.posted is None or not facts.posted.data_hash:
        raise ChainUnavailable(f"The chain's node does not know epoch {number}, whose event it told of. It is asked again.")
    data = verification.gather(number, files, facts.good, queries.content)
    return verification.faults(verification.verify(data, facts))


def _veto(number: int, credits: Deployment, found: dict[str, str], at: Chain) -> None:
    data = contracts.encode("credits", "veto", number)
    try:
        outgoing.submit(purpose=outgoing.for_aim(f"veto:{number}", at=at), role="guardian", target=credits.address, data=data, at=at)
    except Reverted as error:
        found[str(number)] += f" It could not be vetoed: {contracts.sentence(error)}"
    except (ImproperlyConfigured, outgoing.CannotPay) as error:
        found[str(number)] += f" Veto it from the guardian's account, now: {error}"
