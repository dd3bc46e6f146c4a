"""Every command's every option, as far as the values by which the command begins its work."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from fuzz.mutation import words
from fuzz.target import NotAnInput, Target
from fuzz.targets._configs import CLASSES, localizer_configs
from reloc.cli.main import build_parser
from reloc.cli.parsing.config_options import parse_parameters
from reloc.config import from_mapping, parameters
from reloc.errors import ConfigError


class Options(Target):
    """An input is a command line, one word a line."""

    name = "options"
    allowed = (SystemExit,)  # how argparse refuses: usage, and status 2

    def seeds(self) -> Sequence[bytes]:
        """Of each command a line with nothing but what it needs, and one for each of its options."""
        self._parser = build_parser()
        lines = [os.fsencode("\n".join(line)) for line in _lines(self._parser, [])]
        return [line for line in lines if self._is_whole(line) and self._fits(line)]

    def _fits(self, line: bytes) -> bool:
        """Whether the 1 that every option is given lies in its range."""
        try:
            self.run(line)
        except ConfigError as error:
            return "out of range" not in error.problem
        return True

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Mostly the last word changes: it is the option's value."""
        lines = data.split(b"\n")
        if random.random() < 0.7:
            lines[-1] = random.choice((*words.NUMBERS, *words.WORDS, words.mutate(lines[-1], (), random)))
            return b"\n".join(lines)
        if random.random() < 0.5 and others:
            return data + b"\n" + b"\n".join(random.choice(others).split(b"\n")[-2:])
        return words.mutate(data, (), random)

    def run(self, data: bytes) -> None:
        """Parse it, and make the configs that the options are for."""
        if b"\0" in data:
            raise NotAnInput
        args = self._parsed(data)
        for cls in CLASSES:
            if all(hasattr(args, p.name) for p in parameters(cls)):
                values = {p.name: getattr(args, p.name) for p in parameters(cls)}
                from_mapping(cls, {name: value for name, value in values.items() if value is not None})
        if isinstance(getattr(args, "param", None), list):
            values = parse_parameters(args.param)
            for cls in localizer_configs():
                from_mapping(cls, {k: v for k, v in values.items() if k in {p.name for p in parameters(cls)}})

    def _parsed(self, data: bytes) -> argparse.Namespace:
        argv = [os.fsdecode(word) for word in data.split(b"\n")]
        quiet = io.TextIOWrapper(io.BytesIO(), errors="backslashreplace")  # as standard error is
        with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):
            return self._parser.parse_args(argv)

    def _is_whole(self, data: bytes) -> bool:
        """Some commands need one of several options."""
        try:
            self._parsed(data)
        except SystemExit:
            return False
        return True


def _lines(parser: argparse.ArgumentParser, before: list[str]) -> Iterator[list[str]]:
    fill: Any = getattr(parser, "fill", None)
    if fill is not None:
        parser.fill = None  # type: ignore[attr-defined]
        fill(parser)
    commands = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if commands:
        for name, inner in commands[0]._name_parser_map.items():
            yield from _lines(inner, [*before, name])
        return
    needed = [word for action in parser._actions if action.required for word in _words(action)]
    yield [*before, *needed]
    for action in parser._actions:
        if action.option_strings and not action.required and action.dest not in ("help", "version"):
            yield [*before, *needed, *_words(action)]


def _words(action: argparse.Action) -> list[str]:
    """The option with a value, or an argument's value."""
    name = list(action.option_strings[-1:])
    if action.nargs == 0:
        return name
    if action.choices:
        return [*name, str(next(iter(action.choices)))]
    default = action.default[0] if isinstance(action.default, (list, tuple)) and action.default else action.default
    usual = {"param": "top_k=5"}.get(action.dest, "1")
    return [*name, str(default) if default not in (None, "", [], ()) else usual]


TARGET = Options()
