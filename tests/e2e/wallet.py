"""A wallet of the browser's that really signs: announced as EIP-6963 has it, answered by the test with a key of its own."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import Page

from arena.chain import signing
from tests.anvil import Anvil

REJECTED, UNKNOWN_CHAIN = 4001, 4902
ANNOUNCE = """
(() => {
  const provider = {
    request: async ({ method, params = [] }) => {
      const { result, error } = await window.askWallet(method, params);
      if (error) throw Object.assign(new Error(error.message), error);
      return result;
    },
  };
  const info = Object.freeze({ uuid: 'f3a1c5d2-0000-4000-8000-000000000001', name: 'Test wallet', icon: '', rdns: 'org.example.wallet' });
  const announce = () =>
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})();
"""


@dataclass
class TestWallet:
    """Answers as a wallet does; what a person would do in its window is set by its fields."""

    __test__ = False

    anvil: Anvil
    key: str
    rejects: bool = False
    chain_id: int = 0
    knows: bool = True
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chain_id = self.chain_id or self.anvil.chain.id
        self.address = signing.address_of(self.key)

    def into(self, page: Page) -> None:
        """Make it one of the page's wallets, from its next load on."""
        page.expose_function("askWallet", self.answer)
        page.add_init_script(ANNOUNCE)

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        if self.rejects and method in ("personal_sign", "eth_sendTransaction", "wallet_switchEthereumChain"):
            return {"error": {"code": REJECTED, "message": "The user said no."}}
        own = getattr(self, method, None) if method.startswith(("eth_", "personal_", "wallet_")) else None
        if own is not None:
            found: dict[str, Any] = own(*params)
            return found
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        reply: dict[str, Any] = httpx.post(self.anvil.url, json=body).json()
        return reply

    def eth_requestAccounts(self) -> dict[str, Any]:
        return {"result": [self.address.lower()]}

    def eth_chainId(self) -> dict[str, Any]:
        return {"result": hex(self.chain_id)}

    def personal_sign(self, text: str, address: str) -> dict[str, Any]:
        assert address.lower() == self.address.lower()
        signed = Account.from_key(self.key).sign_message(encode_defunct(hexstr=text))
        return {"result": "0x" + bytes(signed.signature).hex()}

    def eth_sendTransaction(self, call: dict[str, str]) -> dict[str, Any]:
        assert call["from"].lower() == self.address.lower()
        return {"result": self.anvil.send(self.key, call["to"], bytes.fromhex(call["data"][2:]))}

    def wallet_switchEthereumChain(self, wanted: dict[str, str]) -> dict[str, Any]:
        if not self.knows:
            return {"error": {"code": UNKNOWN_CHAIN, "message": "Unrecognized chain."}}
        self.chain_id = int(wanted["chainId"], 16)
        return {"result": None}

    def wallet_addEthereumChain(self, told: dict[str, Any]) -> dict[str, Any]:
        assert told["rpcUrls"], "a wallet cannot add a chain that nobody can reach"
        self.knows = True
        return {"result": None}
