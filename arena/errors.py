"""Every error that a person or a program can cause, in one tree.

    ArenaError                 status  code (the end of the problem's `type`)
    ├── InvalidInput           400     invalid-input
    │   ├── MalformedJson      400     malformed-json
    │   ├── FileRefused        400     file-refused
    │   └── ImportRefused      400     import-refused
    ├── NotSignedIn            401     not-signed-in
    │   ├── SecondFactorRequired 401   second-factor-required
    │   └── KeyInvalid         401     key-invalid
    ├── Forbidden              403     forbidden
    │   ├── ConsentRequired    403     consent-required
    │   ├── ConsentOutdated    403     consent-outdated
    │   ├── SignInRequired     403     sign-in-required
    │   ├── ProofRequired      403     proof-required
    │   ├── ProofOfWorkRequired 403    proof-of-work-required
    │   ├── TicketInvalid      403     ticket-invalid
    │   ├── TicketExpired      403     ticket-expired
    │   ├── SignatureInvalid   403     signature-invalid
    │   ├── SignatureExpired   403     signature-expired
    │   ├── SecondPersonNeeded 403     second-person-needed
    │   ├── ScopeMissing       403     scope-missing
    │   └── SecondFactorMissing 403    second-factor-missing
    ├── NotFound               404     not-found
    ├── Conflict               409     conflict
    │   ├── AlreadyVoted       409     already-voted
    │   ├── AlreadyReported    409     already-reported
    │   ├── NothingToJudge     409     nothing-to-judge
    │   ├── StaleAttempt       409     stale-attempt
    │   ├── BattleFailed       409     battle-failed
    │   ├── StillStreaming     409     still-streaming
    │   ├── TurnLimit          409     turn-limit
    │   ├── SeatTaken          409     seat-taken
    │   ├── PoolSpent          409     pool-spent
    │   ├── InsufficientFunds  409     insufficient-funds
    │   ├── TransferConflict   409     transfer-conflict
    │   ├── WalletRequired     409     wallet-required
    │   ├── WalletTaken        409     wallet-taken
    │   ├── NotEligible        409     not-eligible
    │   ├── InvitationOver     409     invitation-over
    │   ├── LastAdmin          409     last-admin
    │   ├── PoolMoved          409     pool-moved
    │   └── Unsound            409     unsound
    ├── TooLarge               413     too-large
    ├── QueryTooLong           414     query-too-long
    ├── IdempotencyConflict    422     idempotency-conflict
    ├── ContentBlocked         422     content-blocked
    ├── Throttled              429     throttled
    │   └── ShareSpent         429     share-spent
    ├── HeadersTooLarge        431     headers-too-large
    └── Unavailable            503     busy
        ├── BudgetSpent        503     budget-spent
        ├── NoContenders       503     no-contenders
        ├── CheckerUnavailable 503     checker-unavailable
        ├── ChainUnavailable   503     chain-unavailable
        └── SecretsLocked      503     secrets-locked

Actions raise these; `http` turns them into RFC 9457 problem JSON. The sentence is for a person: what happened, what was kept, what to do.
"""

from typing import Any, ClassVar


class ArenaError(Exception):
    """Base of all errors that are answered, never logged as faults. `detail` is shown to the person."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid-input"
    title: ClassVar[str] = "The request could not be understood"

    def __init__(self, detail: str = "", *, retry_after: int | None = None, errors: list[dict[str, str]] | None = None):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after = retry_after
        self.errors = errors or []


class InvalidInput(ArenaError):
    pass


class MalformedJson(InvalidInput):
    code, title = "malformed-json", "The body is not valid JSON"


class FileRefused(InvalidInput):
    code, title = "file-refused", "This file cannot be read"


class ImportRefused(InvalidInput):
    code, title = "import-refused", "Some lines of the file are not right"


class NotSignedIn(ArenaError):
    status, code, title = 401, "not-signed-in", "There is no session"


class SecondFactorRequired(NotSignedIn):
    code, title = "second-factor-required", "A second factor is asked for"


class KeyInvalid(NotSignedIn):
    code, title = "key-invalid", "This API key does not hold"


class Forbidden(ArenaError):
    status, code, title = 403, "forbidden", "Not allowed"


class ConsentRequired(Forbidden):
    code, title = "consent-required", "The terms have not been accepted yet"


class ConsentOutdated(Forbidden):
    code, title = "consent-outdated", "The terms have changed since they were accepted"


class SignInRequired(Forbidden):
    code, title = "sign-in-required", "This arena is for people with an account"


class ProofRequired(Forbidden):
    code, title = "proof-required", "Prove that it is you first"


class ProofOfWorkRequired(Forbidden):
    code, title = "proof-of-work-required", "A little work is asked for first"


class TicketInvalid(Forbidden):
    code, title = "ticket-invalid", "This stream ticket does not fit"


class TicketExpired(Forbidden):
    code, title = "ticket-expired", "This stream ticket has expired"


class SignatureInvalid(Forbidden):
    code, title = "signature-invalid", "This signature does not fit"


class SignatureExpired(Forbidden):
    code, title = "signature-expired", "This request to sign has expired"


class SecondPersonNeeded(Forbidden):
    code, title = "second-person-needed", "A second person is needed"


class ScopeMissing(Forbidden):
    code, title = "scope-missing", "This API key does not open this"


class SecondFactorMissing(Forbidden):
    code, title = "second-factor-missing", "A second factor is needed first"


class NotFound(ArenaError):
    status, code, title = 404, "not-found", "There is nothing here"


class Conflict(ArenaError):
    status, code, title = 409, "conflict", "That does not fit the present state"


class AlreadyVoted(Conflict):
    code, title = "already-voted", "This battle already has a vote"


class AlreadyReported(Conflict):
    code, title = "already-reported", "This answer was reported already"


class NothingToJudge(Conflict):
    code, title = "nothing-to-judge", "There is nothing to judge yet"


class StaleAttempt(Conflict):
    code, title = "stale-attempt", "The battle has moved on since"


class BattleFailed(Conflict):
    code, title = "battle-failed", "A side could not answer"


class StillStreaming(Conflict):
    code, title = "still-streaming", "The answers are still being written"


class TurnLimit(Conflict):
    code, title = "turn-limit", "This conversation is as long as it may be"


class SeatTaken(Conflict):
    code, title = "seat-taken", "Others have judged these answers meanwhile"


class PoolSpent(Conflict):
    code, title = "pool-spent", "This set of prompts has used up its budget"


class InsufficientFunds(Conflict):
    code, title = "insufficient-funds", "There are not enough points"


class TransferConflict(Conflict):
    code, title = "transfer-conflict", "This transfer was already made with other contents"


class WalletRequired(Conflict):
    code, title = "wallet-required", "A wallet is needed first"


class WalletTaken(Conflict):
    code, title = "wallet-taken", "This wallet belongs to another account"


class NotEligible(Conflict):
    code, title = "not-eligible", "These points may not be converted"


class InvitationOver(Conflict):
    code, title = "invitation-over", "This invitation leads nowhere any more"


class LastAdmin(Conflict):
    code, title = "last-admin", "Somebody has to be left who runs the arena"


class PoolMoved(Conflict):
    code, title = "pool-moved", "The pool has changed since"


class Unsound(Conflict):
    code, title = "unsound", "The books do not add up"


class TooLarge(ArenaError):
    status, code, title = 413, "too-large", "That is too large"


class QueryTooLong(ArenaError):
    status, code, title = 414, "query-too-long", "The address is too long"


class IdempotencyConflict(ArenaError):
    status, code, title = 422, "idempotency-conflict", "This Idempotency-Key was used for another request"


class ContentBlocked(ArenaError):
    """`found` is what was found, for whoever counts it; it is not sent."""

    status, code, title = 422, "content-blocked", "This arena does not allow that text"
    found: tuple[Any, ...] = ()


class Throttled(ArenaError):
    status, code, title = 429, "throttled", "Too many requests"


class ShareSpent(Throttled):
    code, title = "share-spent", "Your share of today is spent"


class HeadersTooLarge(ArenaError):
    status, code, title = 431, "headers-too-large", "The headers are too large"


class Unavailable(ArenaError):
    status, code, title = 503, "busy", "The arena is busy"


class BudgetSpent(Unavailable):
    code, title = "budget-spent", "The arena's budget of today is spent"


class NoContenders(Unavailable):
    code, title = "no-contenders", "There are not enough contenders to compare"


class CheckerUnavailable(Unavailable):
    code, title = "checker-unavailable", "The prompt could not be checked"


class ChainUnavailable(Unavailable):
    code, title = "chain-unavailable", "The chain cannot be reached"


class SecretsLocked(Unavailable):
    code, title = "secrets-locked", "A stored key cannot be opened"
