"""Make command line options from a config dataclass: ``--image-topic`` from the field ``image_topic``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from reloc import config
from reloc.cli.parsing.checks import integer, number
from reloc.errors import ConfigError
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite, whole

C = TypeVar("C")
YES_OR_NO = ("auto", "yes", "no")  # an option that may stand alone: --rectified


def add_config_options(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, cls: type, only: Collection[str] = ()
) -> None:
    """Add one option for each parameter of ``cls`` (or those named in ``only``)."""
    for p in config.parameters(cls):
        if only and p.name not in only:
            continue
        option = "--" + p.name.replace("_", "-")
        text = _help(p).replace("%", "%%")
        if p.type is bool:
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=p.default, help=text)
        elif p.choices == YES_OR_NO:
            parser.add_argument(
                option, nargs="?", const="yes", choices=p.choices, default=p.default, help=text, metavar="yes|no|auto"
            )
            parser.add_argument(
                "--no-" + option[2:], dest=p.name, action="store_const", const="no", help=argparse.SUPPRESS
            )
        elif p.choices:
            parser.add_argument(option, choices=p.choices, default=p.default, help=text)
        else:
            metavar = {int: "N", float: "X"}.get(p.type, "TEXT")
            read: Callable[[str], Any] = {int: integer, float: number}.get(p.type, p.type)
            parser.add_argument(option, type=read, default=p.default, metavar=metavar, help=text)


def _help(p: config.Parameter) -> str:
    default = f"default {p.default}" if p.default not in ("", False) else ""
    notes = [note for note in (p.unit, default, "expert" if p.expert else "") if note]
    return f"{p.doc} ({'; '.join(notes)})" if notes else p.doc


def config_from_args(cls: type[C], args: argparse.Namespace) -> C:
    """Return the config that the options of :func:`add_config_options` describe.

    Raises:
        ConfigError: a value is out of its range.
    """
    given = {p.name: getattr(args, p.name) for p in config.parameters(cls) if hasattr(args, p.name)}
    return config.from_mapping(cls, given)


def parse_parameters(pairs: Iterable[str]) -> dict[str, Any]:
    """Parse ``["top_k=5", "refine=false"]`` into names and values: numbers, true, false, or else text.

    Raises:
        ConfigError: a pair has no ``=`` or no name.
    """
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (name and equals):
            raise ConfigError(f"--param {shown(pair)} is not NAME=VALUE", "Give, for example, --param top_k=5")
        values[name.strip()] = _value(text.strip())
    return values


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for reader in (whole, real_or_not_finite):
        try:
            return reader(text, Blame("It", ConfigError, ""))
        except ConfigError:
            continue
    return text
