"""JSON against the type that it must have."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from reloc.errors import MapHashError
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count, Whole, convert, load, parse

BLAME = Blame("it.json", MapHashError, "Build it again")


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    size: Count


@dataclass(frozen=True, slots=True)
class Kind:
    number: Whole
    share: float = 0.0
    parts: tuple[Part, ...] = ()
    rest: dict[str, Any] = field(default_factory=dict)


def test_what_fits() -> None:
    text = '{"number": 3, "share": 2, "parts": [{"name": "a", "size": 1}], "rest": {"x": [null]}, "unknown": 1}'
    assert parse(text, Kind, BLAME) == Kind(3, 2.0, (Part("a", 1),), {"x": [None]})
    assert parse(b"\xef\xbb\xbf" + text.encode(), Kind, BLAME).number == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("nonsense", "not valid JSON"),
        ('{"number": 1} {}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"rest": ' * 5000 + "1" + "}" * 5000, "not valid JSON"),
        ('{"number": NaN}', "not valid JSON"),
        ('{"number": 1, "share": -Infinity}', "not valid JSON"),
        ('{"number": 1, "rest": {"x": "\\ud800"}}', "not valid JSON"),
        (b'{"number": 1, "rest": {"x": "\xff"}}', "not valid JSON"),
        ('{"number": 1}'.encode("utf-16"), "not valid JSON"),
        ("\ud800", "not valid JSON"),
        ("null", "holds None: expected `object`"),
        ("[1]", r"holds \[1\]: expected `object`"),
        ('"text"', "expected `object`"),
        ("{}", "missing required field `number`"),
        ('{"number": "1"}', "says number='1': expected `int`, got `str`"),
        ('{"number": true}', "says number=True: expected `int`"),
        ('{"number": 1.5}', r"says number=1\.5: expected `int`"),
        ('{"number": null}', "says number=None"),
        ('{"number": %s}' % (10**400), "number"),
        ('{"number": %s}' % ("9" * 5000), "not valid JSON|out of range"),
        ('{"number": %s}' % 2**64, "number"),
        ('{"number": 1, "share": 1e999}', "not valid JSON|share"),
        ('{"number": 1, "share": %s}' % (10**400), "share"),
        ('{"number": 1, "share": "2"}', "says share='2': expected `float`"),
        ('{"number": 1, "parts": [[]]}', r"says parts\[0\]=\[\]: expected `object`"),
        ('{"number": 1, "parts": {"a": 1}}', "expected `array`"),
        ('{"number": 1, "parts": [{"name": "a", "size": 1}, {"name": "a", "size": -1}]}', r"says parts\[1\]\.size=-1"),
        ('{"number": 1, "rest": [1]}', "says rest="),
        ('{"number": 1, "rest": {"x": ' + "[" * 70 + "]" * 70 + "}}", "rest is nested deeper than 64 levels"),
    ],
)
def test_what_does_not_fit(text: str | bytes, words: str) -> None:
    with pytest.raises(MapHashError, match=words) as caught:
        parse(text, Kind, BLAME)
    assert str(caught.value).startswith("it.json")
    assert str(caught.value).endswith("Build it again")


def test_nan_where_it_may_stand() -> None:
    found = parse('{"number": 1, "share": NaN, "rest": {"x": Infinity}}', Kind, BLAME, nan=True)
    assert math.isnan(found.share)
    assert found.rest == {"x": math.inf}
    for text in ('{"number": 1, "share": NaN, "rest": {"x": "\\ud800"}}', "[NaN" * 100_000, "NaN,"):
        with pytest.raises(MapHashError, match="not valid JSON"):
            parse(text, Kind, BLAME, nan=True)


def test_values_without_a_type_are_bounded_in_depth() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = {"x": [deep]}
    for kind in (dict[str, Any], Any):
        with pytest.raises(MapHashError, match="nested"):
            convert(deep, kind, BLAME)


def test_a_file_that_is_too_large(tmp_path) -> None:
    file = tmp_path / "it.json"
    file.write_text('{"number": 1}' + " " * 100)
    assert load(file, Kind, BLAME).number == 1
    with pytest.raises(MapHashError, match="at most 50 are read"):
        load(file, Kind, BLAME, most=50)
