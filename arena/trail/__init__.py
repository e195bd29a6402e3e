"""The audit trail: every administrative change, with who, from where, before and after."""
