"""Derive an epoch again from its published files and the chain, and say what does not fit. Needs no database."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena import outbound
from arena.chain.client import Chain, Reverted
from arena.credits import dataset, onchain, verification
from arena.errors import ChainUnavailable

# A file of a million wallets has some seventy megabytes.
LARGEST_FILE = 256 * 1024 * 1024
TIMEOUTS = outbound.Timeouts(first_byte=60.0, idle=60.0, whole=900.0)
# An arena that has many epochs has more files than one network may read in an hour: then this waits.
SHORT_WAIT, LONGEST_WAIT = 60, 3600
Read = Callable[[int, str], bytes | None]
NAMES = (dataset.MANIFEST, *dataset.FILES)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("--rpc", default=settings.CHAIN_RPC_URL, help="A node of the chain.")
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--site", help="The arena, https://arena.example")
        source.add_argument("--dump", type=Path, help="A folder with a folder for each epoch: 1/manifest.json, ...")
        parser.add_argument("--contract", help="The credits' contract, if you know it from elsewhere: the files must be of it.")
        parser.add_argument("--log", help="The log's contract, if you know it from elsewhere: the files must be of it.")
        parser.add_argument("--from-block", type=int, default=0, help="Where to begin to look for events.")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        if number < 1 or not options["rpc"]:
            raise CommandError("Say which epoch (from 1 on), and name a node of the chain with --rpc.")
        with _from_site(options["site"], self.stderr.write) if options["site"] else nullcontext(_from_folder(options["dump"])) as read:
            self._verify(number, read, options)

    def _verify(self, number: int, read: Read, options: dict[str, Any]) -> None:
        def files(of: int, *names: str) -> dict[str, bytes]:
            return {name: content for name in names if (content := read(of, name)) is not None}

        # Read once: a site that answers otherwise the second time would be believed one thing here and another there.
        own = files(number, *NAMES)
        chain_id, of = _whereabouts(number, own, options)
        try:
            facts = onchain.facts(number, of, at=Chain(options["rpc"], chain_id, seconds=settings.CHAIN_SECONDS))
        except ChainUnavailable as error:
            raise CommandError(error.detail) from error
        except (Reverted, ValueError) as error:
            raise CommandError(f"{of.credits} and {of.log} are not the contracts of an arena: {error}") from error
        checks = verification.verify(verification.gather(number, own, facts.good, files), facts)
        self.stdout.write(
            f"Epoch {number} of {of.credits} on chain {chain_id}, with the log {of.log} and the stablecoin {facts.stablecoin}"
        )
        for line in verification.table(checks):
            self.stdout.write(line)
        if faults := verification.faults(checks):
            raise CommandError(faults[0])


def _whereabouts(number: int, files: Mapping[str, bytes], options: Mapping[str, Any]) -> tuple[int, onchain.Contracts]:
    """The chain and the contracts that an epoch's manifest names, which are those that were named to us."""
    try:
        told = verification.manifest_of(files.get(dataset.MANIFEST, b""))
        chain_id, of = told["chain_id"], onchain.Contracts.named(told["contracts"], options["from_block"])
    except verification.UNREADABLE as error:
        raise CommandError(f"There is no manifest of epoch {number} that can be read: {error}") from error
    for option, address, words in (("contract", of.credits, "another contract"), ("log", of.log, "another log")):
        if options[option] and options[option].lower() != address.lower():
            raise CommandError(f"The files are of {words}, {address}.")
    return chain_id, of


def _from_folder(folder: Path) -> Read:
    def read(number: int, name: str) -> bytes | None:
        path = folder / str(number) / name
        return path.read_bytes() if path.is_file() else None

    return read


def _content(address: str, status: int, headers: Mapping[str, str], content: bytes) -> bytes | None:
    if status == 404:
        return None
    if 300 <= status < 400:
        raise CommandError(f"{address} has moved to {headers.get('location', 'another place')}: name that site with --site")
    if status != 200:
        raise CommandError(f"{address} cannot be read: it answers with status {status}")
    return content


@contextmanager
def _from_site(site: str, say: Callable[[str], object]) -> Iterator[Read]:
    """Through the door, which lets this one site in wherever it stands: whoever runs the command has named it."""
    parts = urlsplit(site)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise CommandError("--site is an address that begins with https://, without a name or password in it")

    def read(number: int, name: str) -> bytes | None:
        address = f"{site.rstrip('/')}/api/v1/epochs/{number}/files/{name}"
        while True:
            try:
                status, headers, content = async_to_sync(_fetch)(address)
            except outbound.OutboundError as error:
                raise CommandError(f"{address} cannot be read: {error}") from error
            if status != 429:
                return _content(address, status, headers, content)
            asked = headers.get("retry-after", "")
            seconds = min(int(asked), LONGEST_WAIT) if asked.isdecimal() else SHORT_WAIT
            say(f"The site asks to wait; going on in {seconds} s")
            time.sleep(seconds)

    limits = outbound.Limits.from_settings()
    outbound.configure(replace(limits, allow=(*limits.allow, parts.netloc)))
    try:
        yield read
    finally:
        outbound.configure(None)


async def _fetch(address: str) -> tuple[int, Mapping[str, str], bytes]:
    """The status, the headers and the body; raises TooLarge for one that is longer than any file of an epoch."""
    # A connection is kept by an event loop, and this one is gone when the call is over.
    async with outbound.stream("GET", address, headers={"connection": "close"}, timeouts=TIMEOUTS, max_bytes=LARGEST_FILE) as response:
        return response.status, response.headers, await response.read(LARGEST_FILE + 1)
