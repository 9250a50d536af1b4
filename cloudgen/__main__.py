"""`python -m cloudgen`: the same as the command `cloudgen`."""

from cloudgen.edge.cli import main

main()
