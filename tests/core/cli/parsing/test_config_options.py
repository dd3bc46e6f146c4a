import argparse
from dataclasses import dataclass

import pytest

from reloc.cli.parsing.config_options import YES_OR_NO, add_config_options, config_from_args, parse_parameters
from reloc.config import param, validate
from reloc.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Options:
    image_topic: str = param("", "the topic")
    scale: float = param(1.0, "how much, 100 % is 1", unit="m", ge=0.0, expert=True)
    count: int = param(3, "how many")
    mode: str = param("auto", "which", choices=("auto", "manual"))
    strict: bool = param(False, "refuse doubtful ones")
    rectified: str = param("auto", "whether they are", choices=YES_OR_NO)

    def __post_init__(self):
        validate(self)


def parse(*args, only=()):
    parser = argparse.ArgumentParser()
    add_config_options(parser, Options, only)
    return parser, config_from_args(Options, parser.parse_args(args))


def test_nothing_given_is_the_default():
    assert parse()[1] == Options()


def test_every_kind_of_value():
    args = ("--image-topic", "/camera", "--scale", "2.5", "--count", "7", "--mode", "manual", "--strict")
    assert parse(*args)[1] == Options("/camera", 2.5, 7, "manual", True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "auto"),
        (("--rectified",), "yes"),
        (("--rectified", "no"), "no"),
        (("--rectified", "auto"), "auto"),
        (("--no-rectified",), "no"),
        (("--rectified", "--no-rectified"), "no"),  # the last one counts
        (("--no-rectified", "--rectified"), "yes"),
    ],
)
def test_an_option_that_may_stand_alone(options, says):
    assert parse(*options)[1].rectified == says


def test_an_option_that_may_stand_alone_takes_no_other_word(capsys):
    with pytest.raises(SystemExit):
        parse("--rectified", "maybe")
    assert "maybe" in capsys.readouterr().err


def test_range_is_checked_by_the_config():
    with pytest.raises(ConfigError, match="scale"):
        parse("--scale", "-1")


def test_only_some():
    parser, config = parse("--count", "4", only=("count",))
    assert config == Options(count=4)
    assert "--scale" not in parser.format_help()


def test_help_carries_doc_unit_and_default():
    text = parse()[0].format_help()
    assert "how much, 100 % is 1 (m; default 1.0; expert)" in " ".join(text.split())


def test_parameters_have_their_types():
    pairs = ["a=5", "b=0.5", "c=true", "d=False", "e=vlad", "f=1e-3", "g=a=b", "h="]
    assert parse_parameters(pairs) == {
        "a": 5, "b": 0.5, "c": True, "d": False, "e": "vlad", "f": 1e-3, "g": "a=b", "h": "",
    }  # fmt: skip


@pytest.mark.parametrize("pair", ["top_k", "=5", ""])
def test_a_parameter_without_name_or_value_is_refused(pair):
    with pytest.raises(ConfigError, match="NAME=VALUE"):
        parse_parameters([pair])
