"""Put the arena's contracts onto the chain, record where they stand, and prove their code, roles and settings. Safe to run again at any time."""

from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena import signers
from arena.chain import abi, contracts, deploying, signing
from arena.chain.client import Chain, Reverted, chain
from arena.chain.deploying import Refusal, Step, Terms
from arena.chain.models import Deployment
from arena.errors import ChainUnavailable

# The development chain: a minute is a long time there.
CAP, DELAY, TIMELOCK_DELAY, TREASURY = 10**12, 10, 60, 10**12
ETHER = 10**18
LONGEST_DELAY = 30 * 86_400


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stablecoin", metavar="ADDRESS", help="The token that credits are redeemed for: 6 decimals, no fee on transfers."
        )
        parser.add_argument("--admin", metavar="ADDRESS", help="Who proposes to the timelock and carries out: a multisig.")
        parser.add_argument("--settler", metavar="ADDRESS", help="Who posts epochs (default: the account of SETTLER_KEY).")
        parser.add_argument("--guardian", metavar="ADDRESS", help="Who may veto and pause (default: the account of GUARDIAN_KEY).")
        parser.add_argument("--epoch-cap", type=int, metavar="UNITS", help="The most that one epoch may add.")
        parser.add_argument("--rate", default="1/1", metavar="NUM/DEN", help="Stablecoin units for a credit unit, for good.")
        parser.add_argument("--delay", type=int, metavar="SECONDS", help="From an epoch's post to its first claim (default: a day).")
        parser.add_argument(
            "--timelock-delay", type=int, metavar="SECONDS", help="From an admin's proposal to its effect (default: two days)."
        )
        parser.add_argument("--name", default=f"{settings.ARENA_NAME} Credits")
        parser.add_argument("--symbol", default="EVEN")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and what it would cost, and do nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            at = chain()
            key = signing.key_of("deployer")
            terms = self._terms(options, at)
            standing = deploying.kept(at)
            if lost := [name for name in abi.FILES if name not in standing and contracts.deployed(name)]:
                self.stdout.write(f"The development chain was begun anew; made again: {', '.join(lost)}.")
            steps = deploying.plan(terms, standing)
            self._check_funds(steps, key, at, dry=options["dry_run"])
            if options["dry_run"]:
                return
            for step in steps:
                if step.name == "credits" and terms.stablecoin:  # credits are given out as soon as they are recorded, and need it
                    deploying.adopt("stablecoin", terms.stablecoin, at=at)
                deploying.carry_out(step, at=at, key=key, say=self.stdout.write)
            found = {name: row for name in abi.FILES if (row := contracts.deployed(name))}
            if faults := deploying.faults(terms, found, at=at):
                anew = "\nTo begin a new chain, stop the arena and delete anvil.json and anvil.whole.json." if at.development else ""
                raise Refusal("What stands on the chain is not as it must be:\n" + "\n".join(faults) + anew)
            if terms.stablecoin:
                found["stablecoin"] = deploying.adopt("stablecoin", terms.stablecoin, at=at)
            if at.development and not terms.stablecoin:
                self._provide(terms, found, key, at)
            self._tell(found, terms, at)
        except (Refusal, ChainUnavailable, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        except Reverted as error:
            raise CommandError(contracts.sentence(error)) from None

    def _terms(self, options: dict[str, Any], at: Chain) -> Terms:
        """What was asked for, or Refusal with everything that is wrong with it."""
        local = at.development and settings.DEBUG
        deployer = signing.address_of(signing.key_of("deployer"))
        numerator, denominator = _rate(options["rate"])
        missing = [] if local else [f"--{name}" for name in ("stablecoin", "admin", "epoch-cap") if not options[name.replace("-", "_")]]
        if missing:
            raise Refusal(f"On chain {at.id} these must be given: {', '.join(missing)}.")
        terms = Terms(
            stablecoin=_address(options["stablecoin"], "--stablecoin") if options["stablecoin"] else "",
            admin=_address(options["admin"], "--admin") if options["admin"] else deployer,
            settler=_address(options["settler"], "--settler") if options["settler"] else signing.address_of(signing.key_of("settler")),
            guardian=_address(options["guardian"], "--guardian") if options["guardian"] else signing.address_of(signing.key_of("guardian")),
            epoch_cap=options["epoch_cap"] or CAP,
            numerator=numerator,
            denominator=denominator,
            delay=_or(options["delay"], DELAY if local else 86_400),
            timelock_delay=_or(options["timelock_delay"], TIMELOCK_DELAY if local else 172_800),
            name=options["name"],
            symbol=options["symbol"],
        )
        if wrong := _wrong(terms, deployer, at):
            raise Refusal("\n".join(wrong))
        if not local and not at.code(terms.admin):
            self.stderr.write(
                f"--admin {terms.admin} has no code: it is one person's account, not a multisig. Whoever has its key rules the contracts."
            )
        return terms

    def _check_funds(self, steps: list[Step], key: str, at: Chain, *, dry: bool) -> None:
        """Say what is to be made, and refuse when the deployer cannot pay for it."""
        deployer = signing.address_of(key)
        price, balance, gas = at.fees().max_fee, at.balance(deployer), 0
        for step in steps:
            try:
                needed = at.estimate(sender=deployer, to=deploying.FACTORY, data=step.creation)
            except Reverted:  # it asks a contract that is made only just before it
                needed = 300 * len(step.creation)
            gas += needed
            if dry:
                self.stdout.write(f"{step.name}: to be made at {step.address}, about {needed:,} gas")
        if dry:
            self.stdout.write(f"Deployer {deployer} holds {balance / ETHER:.6f} ether; at most {gas * price / ETHER:.6f} are needed.")
            if not steps:
                self.stdout.write("All contracts stand. Nothing is to be done.")
        elif balance < gas * price:
            raise Refusal(f"Deployer {deployer} holds {balance / ETHER:.6f} ether and needs {gas * price / ETHER:.6f}: send it some.")

    def _provide(self, terms: Terms, found: dict[str, Deployment], key: str, at: Chain) -> None:
        """On the development chain: gas for whoever signs, and once a treasury."""
        for signer in (terms.settler, terms.guardian):
            if at.balance(signer) < ETHER:
                deploying.transact(key, signer, b"", value=10 * ETHER, at=at)
        coin, treasury = found["stablecoin"].address, found["credits"].address
        held = contracts.read("stablecoin", "balanceOf", treasury, at=at, address=coin)
        if not held and not contracts.read("credits", "head", at=at, address=treasury):
            deploying.transact(key, coin, contracts.encode("stablecoin", "mint", treasury, TREASURY), at=at)

    def _tell(self, found: dict[str, Deployment], terms: Terms, at: Chain) -> None:
        for name in abi.FILES:
            self.stdout.write(f"{name:<10} {found[name].address}")
        if not at.development:
            self.stdout.write(f"Send ether for gas to the settler, {terms.settler}, and to the guardian, {terms.guardian}.")
            self.stdout.write(f"Send the stablecoin that credits shall be covered by to {found['credits'].address}.")


def _wrong(terms: Terms, deployer: str, at: Chain) -> list[str]:
    """A sentence for everything that makes these terms unfit."""
    local = at.development and settings.DEBUG
    said = deploying.stablecoin_faults(terms.stablecoin, at) if terms.stablecoin else []
    people = {"admin": terms.admin, "settler": terms.settler, "guardian": terms.guardian, "deployer": deployer}
    if not local:
        said += [
            f"The {role} {address} has a development key that everybody knows."
            for role, address in people.items()
            if signers.is_known_address(address)
        ]
        said += [
            f"The {role} is the deployer too; after this the deployer must be able to do nothing."
            for role in list(people)[:3]
            if people[role] == deployer
        ]
    if terms.settler in (terms.guardian, terms.admin) or terms.guardian == terms.admin:
        said.append("Admin, settler and guardian must be three different accounts.")
    if not 0 < terms.epoch_cap < 2**56:
        said.append("--epoch-cap must be a whole number of units above 0.")
    if not 0 < terms.delay <= LONGEST_DELAY:
        said.append("--delay must be from 1 second to 30 days.")
    if terms.timelock_delay <= 0:
        said.append("--timelock-delay must be 1 second or more.")
    return said


def _rate(text: str) -> tuple[int, int]:
    try:
        rate = Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        raise Refusal(f"--rate must be two whole numbers like 1/100; it is {text!r}.") from None
    if not 0 < rate.numerator < 2**128 or rate.denominator >= 2**128:
        raise Refusal("--rate must be above 0.")
    return rate.numerator, rate.denominator


def _address(text: str, name: str) -> str:
    """A checksummed address. One in mixed case must have the right one: that is what the mixed case is for (EIP-55)."""
    try:
        found = abi.checksummed(text)
    except ValueError:
        raise Refusal(f"{name} must be an address, 0x and 40 hex digits; it is {text!r}.") from None
    if text.removeprefix("0x") not in (found[2:], found[2:].lower(), found[2:].upper()):
        raise Refusal(f"{name}: the checksum of {text} is wrong; a digit is not as it should be.")
    if int(found, 16) == 0:
        raise Refusal(f"{name} must not be the zero address.")
    return found


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
