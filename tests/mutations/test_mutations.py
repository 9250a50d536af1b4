"""The list of mutations itself; `make mutations` runs it."""

from tests.mutations import table
from tests.mutations.mutation import mutations


def test_every_fault_can_be_made_and_is_assigned_to_tests():
    """Each old text occurs once in its file, and each test that is to notice is there."""
    assert [problem for mutation in mutations() for problem in mutation.problems()] == []


def test_there_are_enough_of_them():
    """At least twenty single faults, each under a name of its own."""
    names = [mutation.name for mutation in mutations()]
    assert len(names) >= 20
    assert len(set(names)) == len(names)


def test_the_table_is_fresh():
    """docs/mutations.md says what the list says: `python -m tests.mutations --table` writes it."""
    assert table.PLACE.read_text() == table.text()
