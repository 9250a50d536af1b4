"""The only folder that touches the world: command line, disk, Vault."""
