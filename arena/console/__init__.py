"""The operators' own: roles, invitations, health, jobs, the audit trail to read, rewards and pairing."""
