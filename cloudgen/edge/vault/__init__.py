"""The Vault edge: what talks to a server. hvac and cryptography are imported by the rooms below, never from here."""
