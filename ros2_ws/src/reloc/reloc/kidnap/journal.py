"""The test's JSON file: settings, scores and every kidnap. An interrupted test continues from this file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reloc.errors import ConfigError
from reloc.files import write_atomic
from reloc.kidnap.episode import Episode
from reloc.kidnap.plain_json import plain
from reloc.kidnap.scoring import Score
from reloc.parsing import json_file
from reloc.parsing.blame import Blame, shown

FORMAT = 1
MORE = "kidnaps"  # the only setting that may change, because existing kidnaps stay the same


class _Kept(msgspec.Struct):
    """The content of the file."""

    settings: dict[str, Any]
    problems: list[str] | None
    episodes: list[dict[str, Any]]


def _list(values: Mapping[str, Any], name: str, blame: Blame) -> list[Any]:
    found = json_file.field(values, name, blame)
    if not isinstance(found, list):
        raise blame.refuse(f"says {name}={shown(found)}: a list is expected")
    return found


class Journal:
    """Episodes by number, in a file or, without one, in memory."""

    def __init__(self, file: Path | None, settings: Mapping[str, Any]) -> None:
        """Read the existing file.

        Raises:
            ConfigError: the file is of a test with other settings, or not of a test.
        """
        self.file, self.settings = file, plain(dict(settings))
        self.episodes: dict[int, Episode] = {}
        self.problems: tuple[str, ...] | None = None  # references that fail the map's check; None: not checked
        if file is not None and file.exists():
            self._read(file)

    def add(self, episode: Episode) -> None:
        """Add an episode."""
        self.episodes[episode.index] = episode

    def in_order(self) -> tuple[Episode, ...]:
        """All episodes by number."""
        return tuple(self.episodes[index] for index in sorted(self.episodes))

    def write(self, scores: Sequence[Score]) -> None:
        """Rewrite the file, completely or not at all."""
        if self.file is None:
            return
        values = {
            "format": FORMAT,
            "settings": self.settings,
            "scores": [score.to_dict() for score in scores],
            "problems": self.problems,
            "episodes": [episode.to_dict() for episode in self.in_order()],
        }
        write_atomic(self.file, json.dumps(plain(values), allow_nan=False, indent=1) + "\n")

    def _read(self, file: Path) -> None:
        blame = Blame(str(file), ConfigError, "Give another file, or remove it", verdict="is not a kidnap test")
        found = json_file.load(file, _Kept, blame)
        there = found.settings
        self.problems = None if found.problems is None else tuple(found.problems)
        for values in found.episodes:
            for name in ("nees", "ms"):  # JSON has no NaN
                values[name] = [math.nan if value is None else value for value in _list(values, name, blame)]
        episodes = [
            json_file.convert(values, Episode, blame.at(f"episode {i}")) for i, values in enumerate(found.episodes)
        ]
        self.episodes = {episode.index: episode for episode in episodes}
        for name in sorted(set(there) | set(self.settings)):
            if name != MORE and there.get(name) != self.settings.get(name):
                problem = f"{file} belongs to a test with {name}={there.get(name)!r}, not {self.settings.get(name)!r}"
                raise ConfigError(problem, "Give the same options to continue, or give another file")
