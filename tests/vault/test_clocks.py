"""Two clocks that differ."""

import pytest

from cloudgen.vault.clocks import differing


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        (1000, ""),
        (1030.4, ""),
        (970, ""),
        (1031, "this clock is 31 seconds ahead of Vault's"),
        (880, "this clock is 120 seconds behind Vault's"),
    ],
)
def test_what_differs_by_more_than_half_a_minute_is_a_warning(ours, says):
    """Ahead or behind, with what it means."""
    told = list(differing(ours, 1000))
    assert [str(problem.message) for problem in told] == [says] * bool(says)
    assert all(problem.remedy and problem.severity == "warning" for problem in told)
