"""The command line: one module for each command, and what they share. Nothing heavy is imported before it is needed."""

import os

# pydantic would look for plugins in every installed distribution, at each start; cloudgen uses none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from cloudgen.edge.cli.app import main

__all__ = ["main"]
