"""Gas for a developer's wallet, on a developer's chain, where it is worth nothing."""

from django.conf import settings

from arena import transactions
from arena.chain.client import DEVELOPMENT, chain
from arena.credits import queries
from arena.errors import NotFound, WalletRequired
from arena.users.models import User, Wallet

POURED_WEI = 10**17


def is_open() -> bool:
    """Whether gas costs nothing here."""
    return bool(settings.DEBUG) and settings.CHAIN_ID == DEVELOPMENT and queries.enabled()


def pour(person: User) -> int:
    """Fill the person's wallet up to a tenth of a coin; gives what it holds then, in wei.

    Raises NotFound where gas is worth something, WalletRequired, ChainUnavailable.
    """
    if not is_open():
        raise NotFound("There is nothing at this address.")
    wallet = Wallet.objects.filter(user=person, unlinked_at=None).first()
    if wallet is None:
        raise WalletRequired("Link a wallet first: that is where the gas goes.")
    transactions.let_go()
    at = chain()
    held = at.balance(wallet.address)
    if held < POURED_WEI:
        at.node.ask("anvil_setBalance", wallet.address, hex(POURED_WEI))
    return max(held, POURED_WEI)
