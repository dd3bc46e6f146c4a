"""Numbers from text and JSON."""

from __future__ import annotations

import math

import pytest

from reloc.errors import ConfigError, SourceError
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import as_real, as_whole, real, real_or_not_finite, whole
from reloc.parsing.stamps import seconds_to_ns

BLAME = Blame("poses.txt", SourceError, "Mend it").at("line 3")


@pytest.mark.parametrize("text", ["1", " -2.5 ", "+.5", "1e-3", "1.E+9", "0", "5e-324"])
def test_reals_are_what_python_reads(text: str) -> None:
    assert real(text, BLAME) == float(text)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1_000", "١٢", "1e999", "nan", "inf", "-1.#INF", "1.#QNAN", "0x10", "1,5", "1" * 500, "\0", "--1", "1e"],
)
def test_what_is_no_finite_number(text: str) -> None:
    with pytest.raises(SourceError, match=r"poses\.txt, line 3 is .*number is expected\. Mend it"):
        real(text, BLAME)


@pytest.mark.parametrize(
    ("text", "value"),
    [("inf", math.inf), ("-Infinity", -math.inf), ("-1.#INF", -math.inf), ("1.#INF00", math.inf), ("1e999", math.inf)],
)
def test_infinity_in_any_spelling(text: str, value: float) -> None:
    assert real_or_not_finite(text, BLAME) == value


@pytest.mark.parametrize("text", ["nan", "-NaN", "nan(ind)", "1.#QNAN", "-1.#IND", "1.#SNAN0"])
def test_nan_in_any_spelling(text: str) -> None:
    assert math.isnan(real_or_not_finite(text, BLAME))


def test_whole_numbers() -> None:
    assert [whole(t, BLAME) for t in ("0", "-12", " 7 ", str(2**63 - 1))] == [0, -12, 7, 2**63 - 1]
    for text in ("1.0", "٣", "²", "1_0", "", "9" * 20, "9" * 5000, "x", str(2**63)):
        with pytest.raises(SourceError, match="an integer of at most 64 bits is expected"):
            whole(text, BLAME)
    with pytest.raises(SourceError, match="from 1 to 5"):
        whole("6", BLAME, 1, 5)


@pytest.mark.parametrize("value", ["1", None, True, [1], 10**400, math.nan, -math.inf])
def test_values_that_are_no_reals(value: object) -> None:
    with pytest.raises(SourceError, match="a finite number is expected"):
        as_real(value, BLAME)


def test_values_that_are_numbers() -> None:
    assert as_real(3, BLAME) == 3.0
    assert as_whole(640.0, BLAME) == 640
    for value in (640.5, "640", True, math.nan, math.inf, 10**400, -1):
        with pytest.raises(SourceError):
            as_whole(value, BLAME, 0)


@pytest.mark.parametrize(
    "value", [10**5000, [10**5000], "\ud800", "x" * 10**6, object()], ids=lambda value: type(value).__name__
)
def test_anything_can_be_shown(value: object) -> None:
    assert len(shown(value)) < 130
    shown(value).encode()


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("1305031102.175304", 1305031102175304000),
        ("1305031102", 1305031102000000000),
        ("1305031102.1234567891", 1305031102123456789),
        ("1.305031102175304000e+09", 1305031102175304000),
        ("1.305E9", 1305000000000000000),
        ("1305031102175304000e-9", 1305031102175304000),
        (".5", 500_000_000),
        ("-0.5", -500_000_000),
        ("0", 0),
    ],
)
def test_stamps_keep_their_digits(text: str, stamp: int) -> None:
    assert seconds_to_ns(text, BLAME) == stamp


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "nan",
        "inf",
        "-1.#INF",
        "1305031102175304000",
        "9" * 20,
        "1e400",
        "1e99",
        "1" * 5000,
        "١٣",
        "1_0",
        "-1e11",
    ],
)
def test_what_is_no_stamp(text: str) -> None:
    with pytest.raises(SourceError, match=r"line 3 is .*a time stamp in seconds is expected"):
        seconds_to_ns(text, BLAME)


def test_a_verdict_goes_before_the_part() -> None:
    blame = Blame("map.json", ConfigError, "Build it again", verdict="is no manifest")
    assert str(blame.at("name").refuse("is 3")) == "map.json is no manifest: name is 3. Build it again"
    assert str(blame.refuse("is empty")) == "map.json is no manifest: it is empty. Build it again"
