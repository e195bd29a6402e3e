"""Trees and proofs, byte for byte those of OpenZeppelin's library, 1.0.8.

`fixtures/merkle/vectors.json` is what Python, Solidity and the page share; `openzeppelin.json` has every node's place and hash besides.
"""

import hashlib
import json
from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.credits import merkle
from tests.architecture.source import ROOT
from tests.unit.credits.proofs import leads, proof_of

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "fixtures" / "merkle" / "openzeppelin.json").read_text())
SHARED: list[dict[str, Any]] = json.loads((ROOT / "fixtures" / "merkle" / "vectors.json").read_text())["trees"]
CONTRACT = "0x" + "c0" * 20
LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def test_there_are_enough_shapes_to_compare_with() -> None:
    sizes = {len(vector["leaves"]) for vector in VECTORS}
    assert len(VECTORS) >= 50
    assert {1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65} <= sizes
    assert any(len({tuple(leaf) for leaf in vector["leaves"]}) < len(vector["leaves"]) for vector in VECTORS)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(len(vector["leaves"])))
def test_a_tree_is_openzeppelins_byte_for_byte(vector: dict[str, Any]) -> None:
    owed = [(account, int(cumulative)) for account, cumulative in vector["leaves"]]
    tree = merkle.build(chain_id=vector["chain_id"], contract=vector["contract"], owed=owed)
    assert f"0x{tree.root.hex()}" == vector["root"]
    assert hashlib.sha256(tree.nodes).hexdigest() == vector["nodes_sha256"]
    assert list(tree.places) == vector["places"]
    for index, proof in vector["proofs"].items():
        assert [f"0x{node.hex()}" for node in proof_of(tree, tree.places[int(index)])] == proof


@pytest.mark.parametrize("vector", SHARED, ids=lambda vector: vector["name"])
def test_a_root_and_its_proofs_are_those_that_the_contract_and_the_page_know(vector: dict[str, Any]) -> None:
    owed = [(account, int(cumulative)) for account, cumulative in vector["leaves"]]
    tree = merkle.build(chain_id=int(vector["chainId"]), contract=vector["contract"], owed=owed)
    assert f"0x{tree.root.hex()}" == vector["root"]
    for told in vector["proofs"]:
        account, cumulative = owed[told["leaf"]]
        leaf = merkle.leaf(chain_id=int(vector["chainId"]), contract=vector["contract"], account=account, cumulative=cumulative)
        assert f"0x{leaf.hex()}" == told["hash"]
        assert leads([bytes.fromhex(node[2:]) for node in told["proof"]], leaf=leaf, root=tree.root)


def test_a_leaf_is_hashed_twice_over_four_words() -> None:
    account = "0x" + "ab" * 20
    words = [(31337).to_bytes(32, "big"), bytes(12) + b"\xc0" * 20, bytes(12) + b"\xab" * 20, (7).to_bytes(32, "big")]
    assert merkle.leaf(chain_id=31337, contract=CONTRACT, account=account, cumulative=7) == keccak(keccak(b"".join(words)))


def test_upper_and_lower_case_are_the_same_account() -> None:
    one, other = ("0x" + "ab" * 20, "0x" + "AB" * 20)
    fields: dict[str, Any] = {"chain_id": 1, "contract": CONTRACT, "cumulative": 1}
    assert merkle.leaf(account=one, **fields) == merkle.leaf(account=other, **fields)


@pytest.mark.parametrize("account", ["0x12", "0x" + "zz" * 20, "", "0x" + "ab" * 21])
def test_what_is_no_address_is_refused(account: str) -> None:
    with pytest.raises(ValueError):
        merkle.leaf(chain_id=1, contract=CONTRACT, account=account, cumulative=1)


@pytest.mark.parametrize("cumulative", [-1, 2**256])
def test_what_is_no_uint256_is_refused(cumulative: int) -> None:
    with pytest.raises(OverflowError):
        merkle.leaf(chain_id=1, contract=CONTRACT, account=CONTRACT, cumulative=cumulative)


def test_a_tree_without_leaves_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        merkle.build(chain_id=1, contract=CONTRACT, owed=[])


@given(LEAVES)
@settings(max_examples=60, deadline=None)
def test_every_leaf_has_a_proof_and_no_other_leaf_passes_with_it(leaves: list[bytes]) -> None:
    tree = merkle.over(leaves)
    for leaf, place in zip(leaves, tree.places, strict=True):
        proof = proof_of(tree, place)
        assert leads(proof, leaf=leaf, root=tree.root)
        assert not leads(proof, leaf=keccak(leaf), root=tree.root)
        assert len(proof) <= len(leaves).bit_length()


@given(LEAVES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_root_does_not_depend_on_the_order_of_the_leaves(leaves: list[bytes], chance: Any) -> None:
    shuffled = list(leaves)
    chance.shuffle(shuffled)
    assert merkle.over(shuffled).nodes == merkle.over(leaves).nodes


@given(LEAVES, st.integers(min_value=0), st.integers(min_value=0, max_value=255))
@settings(max_examples=60, deadline=None)
def test_a_proof_with_one_changed_bit_leads_elsewhere(leaves: list[bytes], which: int, bit: int) -> None:
    tree = merkle.over(leaves)
    place = tree.places[which % len(leaves)]
    proof = proof_of(tree, place)
    for index in range(len(proof)):
        wrong = (int.from_bytes(proof[index], "big") ^ (1 << bit)).to_bytes(32, "big")
        bent = [*proof[:index], wrong, *proof[index + 1 :]]
        assert not leads(bent, leaf=leaves[which % len(leaves)], root=tree.root)
