import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.release import Release, Since, Version

NUMBERS = st.tuples(*[st.integers(0, 10**6)] * 3)


@given(NUMBERS)
def test_text_survives(numbers):
    """Whatever is read is written as it was."""
    text = ".".join(map(str, numbers))
    assert str(Version.parse(text)) == text
    assert str(Release.parse(f"v{text}")) == f"v{text}"


@pytest.mark.parametrize("text", ["v1.30.0-rc.1", "v1.36.0-alpha.0"])
def test_pre_release_survives(text):
    """A pre-release is a release like any other, and is written as it was."""
    assert str(Release.parse(text)) == text


def test_release_order():
    """Pre-releases come before their release, and numbers count as numbers."""
    ordered = ["v1.9.9", "v1.30.0-alpha.2", "v1.30.0-rc.2", "v1.30.0-rc.10", "v1.30.0", "v1.30.2", "v1.30.10", "v2.0.0"]
    releases = [Release.parse(text) for text in ordered]
    shuffled = random.Random(1).sample(releases, len(releases))  # noqa: S311 - no secret
    assert [str(r) for r in sorted(shuffled)] == ordered


def test_image_revision_order():
    """An etcd image's revision orders after its version: 3.5.3-0 before 3.5.3-1 before 3.5.10-0."""
    ordered = ["3.5.3", "3.5.3-0", "3.5.3-1", "3.5.10-0"]
    assert [str(v) for v in sorted(map(Version.parse, reversed(ordered)))] == ordered


def test_parts():
    """Minor, series and patch are there for tables and messages."""
    release = Release.parse("v1.23.12")
    assert (release.minor, release.series, release.patch) == ((1, 23), "1.23", 12)
    assert Version.parse("3.5.3-0").series == "3.5"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1.23.12", "such as v1.23.12"),
        ("v1.23", "such as v1.23.0"),
        ("1.3", "such as v1.3.0"),
        ("v1.023.1", "such as v1.23.12"),
        ("v1.23.12 ", "such as v1.23.12"),
        ("v1.23.12-", "such as v1.23.12"),
        ("latest", "such as v1.23.12"),
        ("", "such as v1.23.12"),
    ],
)
def test_what_is_no_release_is_told_with_what_to_write(text, remedy):
    """Anything but vMAJOR.MINOR.PATCH is refused, with a release to write instead."""
    with pytest.raises(ValueError, match="is no Kubernetes release: write vMAJOR") as refused:
        Release.parse(text)
    assert str(refused.value).endswith(remedy)


@pytest.mark.parametrize("text", ["v1.6.8", "1.6", "1.6.8.1", "1.06.8", "1.6.8-", "1.6.٨"])
def test_what_is_no_version_is_told(text):
    """A component's version has three numbers and no v."""
    with pytest.raises(ValueError, match="is no version: write MAJOR"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("release", "value"),
    [
        ("v1.22.0", "a"),
        ("v1.22.16", "a"),
        ("v1.22.17", "b"),
        ("v1.23.0", "b"),
        ("v1.24.0-rc.1", "c"),
        ("v1.24.0", "c"),
        ("v1.100.0", "c"),
    ],
)
def test_since_takes_the_newest_row_that_is_not_newer(release, value):
    """A value holds from its release on, in whatever order the rows were written."""
    assert Since({"1.24": "c", "1.22": "a", "1.22.17": "b"}).at(Release.parse(release)) == value


@pytest.mark.parametrize(("version", "value"), [("3.4.9", "old"), ("3.5.3-0", "new"), ("3.10.0", "newest")])
def test_since_serves_other_components(version, value):
    """The same table serves etcd's tags and containerd's versions."""
    assert Since({"3.4": "old", "3.5.3": "new", "3.10": "newest"}).at(Version.parse(version)) == value


def test_since_refuses_what_is_older_than_its_rows():
    """Below the first row there is no value, and the message names both."""
    with pytest.raises(ValueError, match=r"v1\.21\.3 is older than 1\.22, the oldest"):
        Since({"1.22": 1}).at(Release.parse("v1.21.3"))


def test_since_tells_where_it_changes():
    """The keys come oldest first: golden tests walk them."""
    assert Since({"1.30": 1, "1.4": 2, "1.22.17": 3}).keys == ("1.4", "1.22.17", "1.30")


@pytest.mark.parametrize("rows", [{}, {"v1.22": 1}, {"1": 1}, {"1.22.x": 1}])
def test_since_refuses_a_table_that_is_none(rows):
    """A wrong key is a mistake of ours and does not wait for a release to show."""
    with pytest.raises(ValueError, match="Since table"):
        Since(rows)
