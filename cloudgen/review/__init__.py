"""Reading what travels: unpack, and later diff and fingerprint. Pure."""
