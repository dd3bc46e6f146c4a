"""Parameters: types, ranges, choices and what is said when they do not fit."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest

from reloc.config import from_mapping, param, parameters, same, shared, shared_configs, to_mapping, validate
from reloc.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Sample:
    ratio: float = param(0.8, "Ratio test.", ge=0.0, le=1.0)
    count: int = param(5, "How many.", ge=1)
    speed: float = param(-1.0, "Speed limit.", unit="m/s", le=10.0)
    mode: str = param("tf", "What to publish.", choices=("tf", "seed", "none"))
    on: bool = param(True, "Whether at all.", read_only=True)
    frame: str = param("map", "A frame.")
    internal: int = 3  # no parameter

    def __post_init__(self) -> None:
        validate(self)


def test_defaults_are_valid_and_listed_in_order() -> None:
    assert [p.name for p in parameters(Sample)] == ["ratio", "count", "speed", "mode", "on", "frame"]
    assert parameters(Sample()) == parameters(Sample)
    speed = parameters(Sample)[2]
    assert (speed.type, speed.default, speed.doc, speed.unit) == (float, -1.0, "Speed limit.", "m/s")
    assert [p.read_only for p in parameters(Sample)] == [False, False, False, False, True, False]


def test_ranges_in_words() -> None:
    words = [p.range_text for p in parameters(Sample)]
    assert words == ["0 to 1", "at least 1", "at most 10", "tf, seed, none", "", ""]


@pytest.mark.parametrize(
    "values",
    [{"ratio": 0.0}, {"ratio": 1.0}, {"count": 1}, {"count": 10**9}, {"mode": "none"}, {"speed": -1e9}, {"on": False}],
)
def test_in_range_to_the_bound(values: dict[str, Any]) -> None:
    config = from_mapping(Sample, values)
    assert to_mapping(config) == to_mapping(Sample()) | values


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"ratio": -0.001}, "0 to 1"),
        ({"ratio": 1.001}, "0 to 1"),
        ({"count": 0}, "at least 1"),
        ({"speed": 10.5}, "at most 10"),
        ({"mode": "TF"}, "tf, seed, none"),
        ({"ratio": math.nan}, "not finite"),
        ({"speed": -math.inf}, "not finite"),
        ({"ratio": "0.5"}, "not of type float"),
        ({"ratio": None}, "not of type float"),
        ({"ratio": True}, "not of type float"),
        ({"count": 2.0}, "not of type int"),
        ({"count": True}, "not of type int"),
        ({"on": 1}, "not of type bool"),
        ({"frame": 3}, "not of type str"),
        ({"speed": [1.0]}, "not of type float"),
        ({"rato": 0.5}, "no parameter 'rato'"),
        ({"internal": 4}, "no parameter 'internal'"),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        from_mapping(Sample, values)
    assert next(iter(values)) in str(caught.value)


def test_the_constructor_checks_too() -> None:
    with pytest.raises(ConfigError):
        Sample(ratio=2.0)


def test_whole_numbers_serve_as_floats() -> None:
    config = Sample(ratio=1)
    assert type(config.ratio) is float


def test_json_round_trip() -> None:
    config = Sample(ratio=0.25, mode="seed")
    assert from_mapping(Sample, json.loads(json.dumps(to_mapping(config)))) == config


@dataclass(frozen=True, slots=True)
class Outer:
    """Takes what Sample has, under its name, and has one of its own and one that is Sample's but for the default."""

    size: int = param(2, "A size.", expert=True)
    share: float = same(Sample, "ratio", default=0.25)
    sample: Sample = shared(Sample, "sample")

    def __post_init__(self) -> None:
        validate(self)


def test_a_shared_config_is_declared_once_and_set_by_either_name() -> None:
    assert [p.name for p in parameters(Outer)] == ["size", "share"]
    assert [(one.field, one.prefix, one.config) for one in shared_configs(Outer)] == [("sample", "sample", Sample)]
    for name in ("ratio", "sample.ratio"):
        config = from_mapping(Outer, {name: 0.5, "size": 3})
        assert config.sample.ratio == 0.5
        assert config.size == 3
    assert to_mapping(config) == to_mapping(Sample(ratio=0.5)) | {"size": 3, "share": 0.25}
    assert from_mapping(Outer, json.loads(json.dumps(to_mapping(config)))) == config
    assert from_mapping(Outer, {}) == Outer()
    assert Outer().sample is not Outer().sample


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"ratio": 2.0}, "0 to 1"),
        ({"sample.mode": "seeds"}, "Did you mean 'seed'"),
        ({"sample.ratoi": 0.5}, "Outer has no parameter"),
        ({"shre": 0.5}, "Did you mean 'share'"),
        ({"sample": 0.5}, "Outer has no parameter"),
    ],
)
def test_what_does_not_fit_a_shared_config(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_mapping(Outer, values)


def test_the_same_parameter_in_another_config() -> None:
    ratio, share = parameters(Sample)[0], parameters(Outer)[1]
    assert (share.doc, share.ge, share.le, share.type) == (ratio.doc, ratio.ge, ratio.le, ratio.type)
    assert (ratio.default, share.default) == (0.8, 0.25)
    with pytest.raises(ConfigError, match="0 to 1"):
        Outer(share=1.5)


def test_expert_is_said() -> None:
    assert [p.expert for p in parameters(Outer)] == [True, False]
