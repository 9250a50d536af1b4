"""The command line: one module for each command, and what they share. Nothing heavy is imported before it is needed."""

from cloudgen.edge.cli.app import main

__all__ = ["main"]
