"""Verbs about people."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from arena import clock
from arena.errors import Conflict, ConsentOutdated, Forbidden, InvalidInput, NotSignedIn, WalletTaken
from arena.users import queries, siwe, terms
from arena.users.models import Consent, User, Wallet, WalletChallenge

USED = "This signature was used already. Nothing was changed; ask for a new text and sign that."
_ENDED = "This session has ended; sign in again."
_FREE = "This moves nothing and costs nothing."
_STATEMENTS = {
    WalletChallenge.Purpose.LINK: f"Link this wallet to my account here: what I convert from now on is paid to it. {_FREE}",
    WalletChallenge.Purpose.SIGN_IN: f"Sign in here with this wallet. {_FREE}",
}


@transaction.atomic
def create_guest() -> User:
    """A person without a name or password: a row that registering later upgrades."""
    id = clock.new_id()
    guest = User(id=id, username=f"guest-{id.hex}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    return guest


@transaction.atomic
def accept_terms(*, user: User, version: str, hash: str, of_age: bool, publish: bool) -> Consent:
    """Record that this person accepts the terms in force; the same consent again changes nothing.

    Raises InvalidInput without the age confirmation, ConsentOutdated when another version or text was shown.
    """
    if not of_age:
        raise InvalidInput("You must be 18 or older to take part.", errors=[{"field": "of_age", "message": "must be true"}])
    now = terms.current()
    if (version, hash) != (now.version, now.hash):
        raise ConsentOutdated("The terms have changed; reload the page and read them again.")
    User.objects.select_for_update().get(pk=user.pk)
    latest = user.consents.order_by("-id").first()
    if latest and (latest.terms_version, latest.terms_hash, latest.publish) == (version, hash, publish):
        return latest
    return Consent.objects.create(user=user, terms_version=version, terms_hash=hash, publish=publish, at=clock.now())


@transaction.atomic
def accept_terms_as(user: User | None, *, version: str, hash: str, of_age: bool, publish: bool) -> User:
    """Accept the terms as this person, or as a new guest; nobody is made when the consent is refused."""
    queries.check_policy(user)
    person = user or create_guest()
    accept_terms(user=person, version=version, hash=hash, of_age=of_age, publish=publish)
    return person


@transaction.atomic
def choose_publication(*, user: User, publish: bool) -> Consent:
    """Change the choice whether conversations from now on may be published. Raises ConsentRequired, ConsentOutdated, SignInRequired.

    Taking the permission back accepts nothing: whoever gave it may do so whatever has changed since, under the terms that they know.
    """
    User.objects.select_for_update().get(pk=user.pk)
    held = queries.consent_of(user)
    if publish or held is None:
        held = queries.require_consent(user)
    if held.publish == publish:
        return held
    kept = {"terms_version": held.terms_version, "terms_hash": held.terms_hash}
    return Consent.objects.create(user=user, **kept, publish=publish, at=clock.now())


@transaction.atomic
def register(*, guest_id: uuid.UUID | None, email: str, password: str, wallet: str = "") -> User:
    """Give a person an account: the guest's own row when there is one, so that battles, points and consent stay theirs.

    `password` is stored as given, which is hashed (or marked unusable) already. Of the guest's wallet the link ends, unless it is `wallet`,
    with which they sign up: whoever lent them the browser could sign in to the account with theirs. Raises Conflict when the address was
    taken, or the guest registered, a moment ago by another request.
    """
    if guest_id is None:
        user = User(id=clock.new_id())
    else:
        user = User.objects.select_for_update(no_key=True).get(pk=guest_id)
        if not user.is_guest or not user.is_active:
            raise Conflict("This session has an account already. Reload the page, then sign in.")
    user.username, user.email, user.password = f"person-{user.pk.hex}", email, password
    user.is_guest, user.registered_at = False, clock.now()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("There is an account with this e-mail address already. Sign in, or reset its password.") from error
    if (held := queries.wallet_of(user)) and held.address != wallet:
        _unlink(held)
    return user


@transaction.atomic
def issue_challenge(*, purpose: WalletChallenge.Purpose, user: User | None, session: str, address: str, origin: str) -> WalletChallenge:
    """A text (EIP-4361) for the wallet at `address` (EIP-55) to sign, good once, in this session, for WALLET_CHALLENGE_SECONDS.

    `origin` is the scheme and host by which the person reaches the arena. A text to link is for this person only; one to sign in is for
    nobody yet, and `user` is None. Raises SignInRequired where guests may not take part.
    """
    if user is not None:
        queries.check_policy(user)
    now = clock.now()
    asked = WalletChallenge(
        nonce=clock.new_salt().hex()[:32],
        purpose=purpose,
        user=user,
        session=session,
        address=address,
        chain_id=settings.CHAIN_ID,
        issued_at=now,
        expires_at=now + timedelta(seconds=settings.WALLET_CHALLENGE_SECONDS),
    )
    asked.text = siwe.text(
        domain=origin.partition("://")[2],
        address=address,
        statement=_STATEMENTS[purpose],
        uri=origin,
        chain_id=asked.chain_id,
        nonce=asked.nonce,
        issued_at=now,
        expires_at=asked.expires_at,
    )
    asked.save(force_insert=True)
    return asked


@transaction.atomic
def link_wallet(*, user: User, asked: WalletChallenge, kind: str) -> Wallet:
    """Make the wallet that signed `asked` this person's only one; an earlier one keeps what was converted to it.

    The same again gives the same wallet while it is still linked. Raises WalletTaken when the address is another's, Conflict when the
    text was used before, NotSignedIn when the person is gone.
    """
    if _hold(user).is_guest != user.is_guest:  # a guest, of whom no proof was asked, has signed up a moment ago
        raise NotSignedIn(_ENDED)
    held = queries.wallet_of(user)
    same = held is not None and (held.address, held.chain_id) == (asked.address, asked.chain_id)
    if not _use(asked) and not same:
        raise Conflict(USED)
    if held and same:
        return held
    if held:
        _unlink(held)
    return _link(user, asked, kind)


@transaction.atomic
def unlink_wallet(*, user: User) -> bool:
    """Take the person's wallet away from now on; again it changes nothing. Gives whether there was one. Raises NotSignedIn."""
    person = _hold(user)
    held = queries.wallet_of(person)
    if held is None:
        return False
    _unlink(held)
    return True


@transaction.atomic
def enter_with_wallet(*, guest_id: uuid.UUID | None, asked: WalletChallenge, kind: str) -> User:
    """The person whose wallet signed `asked`; somebody new gets an account with it, without e-mail address or password.

    A guest keeps their row, as in `register`; a guest who had linked this wallet before gets an account too. Raises Conflict when the text
    was used before, another request was quicker, or the wallet is a contract that was linked on another chain; Forbidden where accounts
    need an e-mail address of an allowed domain.
    """
    if not _use(asked):
        raise Conflict(USED)
    known = Wallet.objects.filter(address=asked.address, unlinked_at=None).select_related("user").first()
    _check_chain(known, kind)
    if known and not known.user.is_guest:
        return known.user
    if settings.ALLOWED_EMAIL_DOMAINS:
        domains = ", ".join(settings.ALLOWED_EMAIL_DOMAINS)
        raise Forbidden(
            f"Nobody has an account with this wallet, and a new one needs an e-mail address of {domains}. Sign up with that first."
        )
    user = register(guest_id=known.user_id if known else guest_id, email="", password=make_password(None), wallet=asked.address)
    if known is None:
        _link(user, asked, kind)
    return user


@transaction.atomic
def prove_wallet(*, user: User, asked: WalletChallenge, kind: str) -> None:
    """Take the signature of `asked` for a proof of who is signed in.

    Raises Conflict when this is not their wallet, or is a contract that was linked on another chain, or the text was used before.
    """
    _hold(user)
    held = queries.wallet_of(user)
    if held is None or held.address != asked.address:
        raise Conflict("You are signed in, and this is not the wallet of your account. Sign out first to sign in with another one.")
    _check_chain(held, kind)
    if not _use(asked):
        raise Conflict(USED)


def forget_challenges() -> int:
    """Delete the texts that can be signed no more; gives how many. They are kept for an hour, for a late answer to be told what is wrong."""
    return int(WalletChallenge.objects.filter(expires_at__lt=clock.now() - timedelta(hours=1)).delete()[0])


def _hold(user: User) -> User:
    """This person, whom nobody deletes, merges or links at the same time. Raises NotSignedIn."""
    person = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).first()
    if person is None:
        raise NotSignedIn(_ENDED)
    return person


def _check_chain(held: Wallet | None, kind: str) -> None:
    """A key pair is one person's on every chain; a contract's address may be another's on each. Raises Conflict."""
    if held and Wallet.Kind.CONTRACT in (held.kind, kind) and held.chain_id != settings.CHAIN_ID:
        raise Conflict(
            f"This wallet is a contract that was linked on chain {held.chain_id}; on this arena's chain now it may be somebody else's, so it"
            " says nothing of who you are. Nothing was changed; sign in another way, and link it anew."
        )


def _use(asked: WalletChallenge) -> bool:
    """Use a text up; False when it was used before. Who comes at the same moment waits here."""
    return bool(WalletChallenge.objects.filter(nonce=asked.nonce, used_at=None).update(used_at=clock.now()))


def _link(user: User, asked: WalletChallenge, kind: str) -> Wallet:
    try:
        with transaction.atomic():
            return Wallet.objects.create(user=user, address=asked.address, kind=kind, chain_id=asked.chain_id)
    except IntegrityError as error:
        raise WalletTaken(
            "Another account has this wallet. Nothing was changed; sign in with the wallet, or unlink it there first."
        ) from error


def _unlink(held: Wallet) -> None:
    Wallet.objects.filter(pk=held.pk).update(unlinked_at=clock.now())
