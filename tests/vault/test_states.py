"""What has become of what was minted, judged from what a server tells."""

import pytest

from cloudgen.report import warning
from cloudgen.vault.manifest import Minted
from cloudgen.vault.states import Seen, State, complaint, judge, summed_up

NOW = 1000
CASES = [
    # mode, ends, outer alive, uses left, secret-ids -> state
    ("wrapped-token", 1001, True, 2, 0, "unused"),
    ("wrapped-token", 1001, True, 0, 0, "dead"),
    ("wrapped-token", 1001, True, 2, 1, "crowded"),
    ("wrapped-token", 1001, False, 2, 0, "opened"),
    ("wrapped-token", 1001, False, 1, 0, "opened"),
    ("wrapped-token", 1001, False, 0, 0, "lost"),
    ("wrapped-token", 1001, False, 0, 1, "used"),
    ("wrapped-token", 1001, False, 0, 2, "crowded"),
    ("wrapped-token", 1000, False, 0, 0, "expired"),
    ("wrapped-token", 1000, False, 2, 0, "expired"),
    ("wrapped-token", 1000, False, 1, 0, "opened"),
    ("wrapped-token", 1000, False, 0, 1, "used"),
    ("token", 1001, True, 2, 0, "unused"),
    ("token", 1001, True, 1, 0, "opened"),
    ("token", 1001, False, 0, 0, "lost"),
    ("token", 1000, False, 0, 0, "expired"),
    ("token", 1000, False, 0, 1, "used"),
    ("shared", 1001, True, 33, 0, "unused"),
    ("shared", 1001, True, 30, 1, "used"),
    ("shared", 1001, True, 30, 2, "crowded"),
    ("shared", 1000, False, 0, 0, "expired"),
    ("wrapped-secret-id", 1001, True, 1, 1, "unused"),
    ("wrapped-secret-id", 1001, True, 1, 0, "dead"),
    ("wrapped-secret-id", 1001, False, 0, 1, "used"),
    ("wrapped-secret-id", 1000, False, 0, 1, "expired"),
    ("wrapped-secret-id", 1001, False, 0, 2, "crowded"),
    ("wrapped-secret-id", 1001, False, 0, 0, "absent"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_states(case):
    """Each is one state; all but unused and used are complained about, and what to do is said."""
    mode, ends, outer, uses, secret_ids, state = case
    minted = Minted(machine="m", issuer="i", accessor="a", expires=ends)
    seen = Seen(machine="m", issuer="i", mode=mode, minted=minted, outer=outer, uses_left=uses, secret_ids=secret_ids)
    assert judge(seen, NOW) == state
    told = complaint(seen, State(state))
    assert (told is None) == (state in {"unused", "used"})
    assert told is None or (told.message.startswith("m as i: ") and told.remedy)


@pytest.mark.parametrize(("secret_ids", "state"), [(0, "absent"), (1, "used"), (2, "crowded")])
def test_without_a_manifest(secret_ids, state):
    """Only secret-ids speak then."""
    seen = Seen(machine="m", issuer="i", mode="wrapped-token", minted=None, secret_ids=secret_ids)
    assert judge(seen, NOW) == state


def test_equal_complaints_are_one():
    """What is wrong with many identities is said once; without a manifest nobody is told to mint what may wait."""
    absent = [warning(f"m as {issuer}: nothing is minted", remedy="mint it anew") for issuer in ("a", "b")]
    lost = warning("m as c: gone", remedy="look")
    (many, one) = summed_up([*absent, lost], manifested=True)
    assert (many.message, one.message) == ("2 identities: nothing is minted", "m as c: gone")
    (unseen,) = summed_up(absent, manifested=False)
    assert "only the manifest tells" in unseen.message
    assert "--manifest" in unseen.remedy
