"""Proofs in the trees of epochs: taken from a tree, and checked as the contract does at a claim."""

from collections.abc import Iterable

from eth_hash.auto import keccak

from arena.credits.merkle import SIZE, Tree, siblings


def proof_of(tree: Tree, place: int) -> list[bytes]:
    """The siblings on the way from the node `place` up to the root."""
    return [tree.nodes[SIZE * index : SIZE * (index + 1)] for index in siblings(place)]


def leads(proof: Iterable[bytes], *, leaf: bytes, root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root."""
    for sibling in proof:
        leaf = keccak(min(leaf, sibling) + max(leaf, sibling))
    return leaf == root
