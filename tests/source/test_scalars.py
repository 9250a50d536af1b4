"""Plain scalars: what becomes a number, what stays text, what is a trap."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.source.scalars import Trap, resolve, resolve_tagged

VALUES = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "FALSE": False,
    "0": 0,
    "-12": -12,
    "+7": 7,
    "1.30": 1.3,
    ".5": 0.5,
    "1.": 1.0,
    "1.5e+3": 1500.0,
    "1e3": "1e3",
    "v1.23.12": "v1.23.12",
    "10.0.0.1": "10.0.0.1",
    "10.0.0.0/16": "10.0.0.0/16",
    "2001-12-14": "2001-12-14",
    "2001-12-14 21:59:43.1": "2001-12-14 21:59:43.1",
    "fe80::1": "fe80::1",
    "80:90": "80:90",
    "yEs": "yEs",
    "-": "-",
    "=": "=",
    "9223372036854775807": 2**63 - 1,
}


@pytest.mark.parametrize(("raw", "value"), VALUES.items())
def test_plain_scalar_has_its_value(raw, value):
    """What has one meaning gets it, with its type."""
    found = resolve(raw)
    assert (found, type(found)) == (value, type(value))


TRAPS = {
    "yes": "YAML reads yes as the boolean true",
    "Off": "YAML reads Off as the boolean false",
    "y": "YAML reads y as the boolean true",
    "N": "YAML reads N as the boolean false",
    "0644": "YAML reads 0644 as the octal number 420, or as 644, depending on its version",
    "-010": "YAML reads -010 as the octal number -8, or as -10, depending on its version",
    "089": "YAML reads 089 as a number or a text, depending on its version",
    "0b11": "YAML reads 0b11 as a hexadecimal, octal or binary number",
    "0x1F": "YAML reads 0x1F as a hexadecimal, octal or binary number",
    "0o17": "YAML reads 0o17 as a hexadecimal, octal or binary number",
    "12:30:45": "YAML reads 12:30:45 as a number to the base 60",
    "22:22": "YAML reads 22:22 as a number to the base 60",
    "1:30.5": "YAML reads 1:30.5 as a number to the base 60",
    "1_000": "YAML reads 1_000 as a number without its underscores",
    "1_0.5": "YAML reads 1_0.5 as a number without its underscores",
    ".inf": "YAML reads .inf as infinity or no number at all",
    "-.Inf": "YAML reads -.Inf as infinity or no number at all",
    ".NaN": "YAML reads .NaN as infinity or no number at all",
    "1.0e+999": "YAML reads 1.0e+999 as infinity",
    "9223372036854775808": "YAML reads 9223372036854775808 as a number of more than 64 bits",
    "0x" + "f" * 50: "YAML reads it as a hexadecimal, octal or binary number",
}


@pytest.mark.parametrize(("raw", "message"), TRAPS.items())
def test_trap_is_told(raw, message):
    """What surprises its author is no value, and the remedy is to quote it."""
    found = resolve(raw)
    assert isinstance(found, Trap)
    assert found.message == message
    assert found.remedy.startswith("quote it")


TAGGED = {
    ("0644", "str"): "0644",
    ("yes", "str"): "yes",
    ("12", "int"): 12,
    ("1", "float"): 1.0,
    ("1.5", "float"): 1.5,
    ("true", "bool"): True,
    ("~", "null"): None,
}


@pytest.mark.parametrize(("scalar", "value"), TAGGED.items())
def test_tag_decides(scalar, value):
    """An explicit tag gives the value of that kind."""
    found = resolve_tagged(*scalar)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("raw", "kind"), [("x", "int"), ("1", "bool"), ("1.5", "int"), ("x", "null"), ("yes", "bool")])
def test_tag_that_does_not_fit_is_a_trap(raw, kind):
    """A tag cannot force a value into another kind, nor make a trap harmless."""
    assert isinstance(resolve_tagged(raw, kind), Trap)


@given(st.text("0123456789+-._:exobainfNyt~", min_size=1, max_size=9))
def test_numbers_are_those_of_pyyaml(raw):
    """A plain scalar is a trap, or what PyYAML makes of it; only traps and timestamps differ."""
    found = resolve(raw)
    expected = resolved_by_pyyaml(raw)
    if isinstance(found, Trap) or raw == found:
        assert isinstance(found, Trap) or isinstance(expected, str)
    else:
        assert (found, type(found)) == (expected, type(expected))


def resolved_by_pyyaml(raw: str) -> object:
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, raw, (True, False))
    if tag.endswith(("timestamp", "value", "merge")):
        return raw
    value = loader.construct_object(yaml.ScalarNode(tag, raw))
    return raw if isinstance(value, float) and math.isnan(value) else value
