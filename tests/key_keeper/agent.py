"""A stand-in for key-keeper (github.com/fraima/key-keeper), good and bad habits alike, for tests without its binary.

Run as key-keeper is: `key-keeper -config-dir DIR -config-regexp REGEX`. The environment may hurry it: KEY_KEEPER_SPEED
(how many times faster time runs), KEY_KEEPER_SPINS (how often an issuer may spin), KEY_KEEPER_ONCE=1 (one round).
What it does not copy: orders that overlap when keys take longer than a round; here they follow each other.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from tests.key_keeper import config, ordering
from tests.key_keeper.config import Certificate, Config, ConfigError
from tests.key_keeper.login import Identity
from tests.key_keeper.pace import INTERVAL, Pace, say
from tests.key_keeper.vault import VaultError


class Agent:
    """What has been read, who is logged in, what is watched."""

    def __init__(self, folder: Path, pattern: str, pace: Pace) -> None:
        self._folder, self._pattern, self._pace = folder, re.compile(pattern), pace
        self._read: set[Path] = set()
        self._identities: dict[str, Identity] = {}
        self._watched: list[Certificate] = []

    def run(self) -> None:
        """For ever, a round every 30 seconds."""
        while True:
            for path in self._new_files():
                self._take(path)
            for certificate in self._watched:
                ordering.ensure(certificate, self._identities[certificate.issuer.name])
            if self._pace.once:
                return
            self._pace.sleep(INTERVAL)

    def _new_files(self) -> Iterator[Path]:
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and path not in self._read and self._pattern.search(path.name):
                yield path

    def _take(self, path: Path) -> None:
        """Read, once: what fails here stays away until the process starts anew."""
        self._read.add(path)
        try:
            found = config.parse(path.read_text())
        except (ConfigError, OSError, UnicodeDecodeError) as fault:
            say("error", f"config {path}: {fault}")
            return
        self._log_in(found)
        self._watched += [c for c in found.certificates if self._known(c.issuer.name, c.name)]
        for secret in found.secrets:
            if self._known(secret.issuer.name, secret.name):
                ordering.fetch(secret, self._identities[secret.issuer.name])

    def _log_in(self, found: Config) -> None:
        for issuer in found.issuers:
            try:
                self._identities[issuer.name] = Identity(issuer, self._pace)
            except (VaultError, OSError, KeyError) as fault:
                say("error", f"issuer {issuer.name}: connect to vault: {fault}")

    def _known(self, issuer: str, name: str) -> bool:
        if issuer in self._identities:
            return True
        say("error", f"{name}: issuer {issuer} is not there")
        return False


def main(argv: list[str] | None = None) -> None:
    """The program: Go's flags, one dash or two."""
    parser = argparse.ArgumentParser("key-keeper", allow_abbrev=False)
    parser.add_argument("-config-dir", "--config-dir", required=True, type=Path)
    parser.add_argument("-config-regexp", "--config-regexp", required=True)
    flags = parser.parse_args(argv)
    Agent(flags.config_dir, flags.config_regexp, Pace.of_environment()).run()


if __name__ == "__main__":
    main()
