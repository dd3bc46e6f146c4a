"""YAML from outside: no aliases, no depth, no other error than the reader's own."""

from __future__ import annotations

import pytest

from reloc.errors import BagTruncatedError, SourceError
from reloc.parsing.blame import Blame
from reloc.parsing.yaml_file import parse

BLAME = Blame("sensor.yaml", SourceError, "Copy it again")


def test_what_calibration_tools_write():
    text = "%YAML:1.0\n---\n# a comment\nT_BS:\n  data: [1.0, 2]\nname: cam0\n"
    assert parse(text, BLAME) == {"T_BS": {"data": [1.0, 2]}, "name": "cam0"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x\n", "has the alias"),
        ("[" * 40 + "]" * 40, "deeper than 32"),
        ("a: [1, 2", "cut off or damaged"),
        ("a: b: c", "cut off or damaged"),
        ("\x00", "cut off or damaged"),
        ("!!python/object:os.system x", "cut off or damaged"),
    ],
)
def test_what_is_refused(text, words):
    with pytest.raises(SourceError, match=words):
        parse(text, BLAME)


def test_a_reader_may_have_another_error_for_what_is_damaged():
    with pytest.raises(BagTruncatedError):
        parse("a: [", BLAME, BagTruncatedError)
