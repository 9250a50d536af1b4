"""Every way of handing a machine its first credentials ends with a complete PKI, and leaves none lying about."""

import pytest

from tests.key_keeper.running import mode as permissions
from tests.vault.conftest import boot


@pytest.mark.parametrize("mode", ["wrapped-secret-id", "token", "shared"])
def test_other_modes_reach_the_same_end(making, mode):
    """Minted, rendered, exchanged, ordered: as with wrapped tokens; nothing of the user-data's secrets stays."""
    machine = making(mode=mode)
    given = {path.read_text().splitlines()[0] for path in (machine.state / "tokens").iterdir()}
    assert len(given) == (1 if mode == "shared" else len(machine.pki.issuers))
    boot(machine)
    assert machine.complete()
    assert machine.watch() == (0, "")
    assert list((machine.state / "tokens").iterdir()) == []
    kept = [p.read_text(errors="replace") for p in machine.root.rglob("*") if p.is_file()]
    assert not [token for token in given if any(token in text for text in kept)]
    for issuer in machine.pki.issuers:
        assert {permissions(file) for file in machine.issuer_files(issuer.name)[1:]} == {0o600}
