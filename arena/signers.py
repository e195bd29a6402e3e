"""Keys that must not sign: malformed ones, and those that everybody knows. Looked at when the settings are read; a key is never shown."""

import hashlib
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT_CHAIN = 31337
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the group of secp256k1: a key, and each half of a signature, is a number above 0 and below it."""
# Nobody's chance gives a key this small; anybody's guess does.
_GUESSED_BELOW = 1 << 64
# SHA-256 of the keys of anvil, Hardhat and Ganache's fixed phrases: twenty and ten of them.
KNOWN = frozenset(
    (
        "59891c96881dfbcf7d2ddc270b7813e666694fbbffe8ddd2736bf91c1b0e85d4",
        "bca4c2c0761d850f0c403a699280f70f86ab6659a611ada431019203cd66098f",
        "193ae84c4c9567c25105535802f463f3f8dc420b0ce9a5b57c7931c764e623d6",
        "e25a680eff8baac7b15129a830ecc40211017919d5d32fce8c6b409af753e50f",
        "6718ba8966161cc843e01e8d19f018859e1bcba7f0e8f2c108578b497ac408b7",
        "ac29b3735d1b57180dea890d6321cd27e593723cbe9e227eed8a3fa35945122c",
        "93e372c67f7238faf2dfdc029246b299e88d71937680cbb895fedeb2a262ed19",
        "59ad99d565557cc0968550ed2f5ea5ff5fd1d279324a25d324a531053c9c16a3",
        "2d1831e800ec18fe3e29da2e4357db936efce5b9792d76683d465582f0910db0",
        "25061aad2bb0917814989eb38f95608a744ecb8173fdce329486e8b83086e5f0",
        "ea72a3e7d4937af3e138d48889290ace71d6fa2c9846509efee3ff2483fbc8da",
        "e77b7f2257fe244cec79340345d2044069e5544129acce4947388e67a6b26200",
        "3d10abbc9c3e287bd2c89cd83cf1849b9368352fe9318823bb25cafd0aa23fbd",
        "6503803831c946cdadd00c0116828972f5dcdffa5f2417ea136f75eba8a58859",
        "74f97a55058da1bab0311ae9d2530606fd1aed2612b552886a4163a290633b63",
        "b8acf5d5eb4e7fd0b086cc02be9efbb57ced88c3528e151565341e685753cbee",
        "a9c85ef9ebbbe0685ca5c740e814b69797a557e0bdabd24e7363b2c72fa3f929",
        "c188a572f30c631c29864a510a25759a260e95a52df2f83b89c64436411a5de2",
        "ac70e04ef12b755b829661e0f57bd3349f0f006536b739f154212be4c1a7191f",
        "fd375fcf38ac71dd90e0ff16ae924cd13bd9dd120a8b6135b3e63b87b8ff532f",
        "433b2e1dfcf07cc1e3d285105499559efacf6bf15b4c517fee45213e9e1e4018",
        "a5088b88526dfdbec48ef5de7adb6274164d18a166704daf18f8c4f4aecb2618",
        "b3146d642538d2809dac859c969b09a27a651bcaaa4080c2a9c9a9d28f74e2b1",
        "34ec71e14eadf154cdb138050821fd206703cf5794e7923c91261b82b50ff4a5",
        "cf5f090ef5ad175dd734642ea43e8167dd84a25a0820da5922788a686e380e95",
        "0bf58c494765047505db29453fc7670f3db2ec0569a65ceada3a6885ed840fac",
        "3407c1890d719a17f23a247fdc0b1118ceac4cb4f446d0706e9ae74537790087",
        "c065f5ffb9bb9a195ce5b0424fb632f416c2d745f795cb5c06fe91aed17cac24",
        "4a95cb3ba84ec6441755562ec20130c6dd1b5332f39f5b22ca54db4bbcab4f48",
        "7ebf8ed1e0c24a0a425901cd07eb35a983eae17e802f7c0ab148a8cbe2ba091f",
    )
)
KNOWN_ADDRESSES = frozenset(
    (
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
        "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
        "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65",
        "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
        "0x976ea74026e726554db657fa54763abd0c3a0aa9",
        "0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
        "0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f",
        "0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
        "0xbcd4042de499d14e55001ccbb24a551f3b954096",
        "0x71be63f3384f5fb98995898a86b02fb2426c5788",
        "0xfabb0ac9d68b0b445fb7357272ff202c5651694a",
        "0x1cbd3b2770909d4e10f157cabc84c7264073c9ec",
        "0xdf3e18d64bc6a983f673ab319ccae4f1a57c7097",
        "0xcd3b766ccdd6ae721141f452c550ca635964ce71",
        "0x2546bcd3c84621e976d8185a91a922ae77ecec30",
        "0xbda5747bfd65f08deb54cb465eb87d40e51b197e",
        "0xdd2fd4581271e230360230f9337d5c0430bf44c0",
        "0x8626f6940e2eb28930efb4cef49b2d1f2c9c1199",
        "0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1",
        "0xffcf8fdee72ac11b5c542428b35eef5769c409f0",
        "0x22d491bde2303f2f43325b2108d26f1eaba1e32b",
        "0xe11ba2b4d45eaed5996cd0823791e0c93114882d",
        "0xd03ea8624c8c5987235048901fb614fdca89b117",
        "0x95ced938f7991cd0dfcb48f0a06a40fa1af46ebc",
        "0x3e5e9111ae8eb78fe1cc3bb8915d5d461f3ef9a9",
        "0x28a8746e75304c0780e011bed21c72cd78cd535e",
        "0xaca94ef8bd5ffee41947b4585a84bda5a3d3da6e",
        "0x1df62f291b2e969fb0849d99d9ce41e2f137006e",
    )
)


def check(keys: Mapping[str, str], *, chain_id: int, rpc_url: str, debug: bool) -> None:
    """Raise ImproperlyConfigured with a clear sentence unless these keys (by setting; empty: none) may sign on this chain."""
    if chain_id == DEVELOPMENT_CHAIN and rpc_url and not debug:
        raise ImproperlyConfigured(
            "CHAIN_ID is 31337, the development chain, whose keys everybody knows, and DEBUG is off: set CHAIN_ID to that of a real chain."
        )
    given = {name: parse(name, key) for name, key in keys.items() if key}
    for name, key in given.items():
        if is_known(key) and not (chain_id == DEVELOPMENT_CHAIN and debug):
            raise ImproperlyConfigured(f"{name} is a development key that everybody knows: make one of your own.")
    if len(set(given.values())) < len(given):
        raise ImproperlyConfigured(f"Two of {', '.join(given)} are the same key: whoever posts an epoch must not be who can stop it.")


def parse(name: str, key: str) -> bytes:
    """The 32 bytes of a key written in hex, with 0x or without. Raises ImproperlyConfigured, which names the setting and not the key."""
    try:
        found = bytes.fromhex(key.strip().removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32 or not 0 < int.from_bytes(found) < ORDER:
        raise ImproperlyConfigured(f"{name} must be a private key: 64 hex digits.")
    return found


def is_known(key: bytes) -> bool:
    """Whether this key is one that everybody knows, or so small that it was guessed long ago."""
    return hashlib.sha256(key).hexdigest() in KNOWN or int.from_bytes(key) < _GUESSED_BELOW


def is_known_address(address: str) -> bool:
    """Whether this is the account of a key that everybody knows."""
    return address.lower() in KNOWN_ADDRESSES
