"""`cloudgen vault`: one module for each command. Nothing here imports hvac or cryptography before a command runs."""
