"""Gas for a developer's wallet, on a developer's chain, where it is worth nothing."""
