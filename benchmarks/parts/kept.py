"""Store results in a file while a benchmark runs, so that the same command can continue it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reloc import plugins
from reloc.cli.parsing.config_options import parse_parameters
from reloc.config import parameter_names
from reloc.errors import ConfigError
from reloc.parsing import json_file
from reloc.parsing.blame import Blame, shown

SAVE_S = 10.0


class Kept:
    """A mapping in a JSON file; without a file, only in memory."""

    def __init__(self, file: Path | None, settings: Mapping[str, Any], empty: dict[str, Any]) -> None:
        """Read the file. If it has other settings, the program ends."""
        self._file, self._saved = file, time.monotonic()
        self.values: dict[str, Any] = {"settings": dict(settings), **empty}
        if file is not None and file.exists():
            self.values = self._read(file, empty)
            if self.values["settings"] != self._plain(settings):
                sys.exit(f"{file} has other settings: {shown(self.values['settings'])}. Give another file")

    def save(self, now: bool = False) -> None:
        """Write the file if this is due, or if ``now`` is true."""
        if self._file is None or (not now and time.monotonic() - self._saved < SAVE_S):
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_name(self._file.name + ".partial")
        partial.write_text(json.dumps(self.values) + "\n")
        os.replace(partial, self._file)
        self._saved = time.monotonic()

    @staticmethod
    def _read(file: Path, empty: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stored values. If the file contains something else, the program ends."""
        blame = Blame(str(file), ConfigError, "Give another file, or remove it")
        try:
            values = json_file.load(file, dict[str, Any], blame, nan=True)
            for name, kind in {"settings": {}, **empty}.items():
                if not isinstance(json_file.field(values, name, blame), type(kind)):
                    raise blame.refuse(f"says {name}={shown(values[name])}: a {type(kind).__name__} is expected")
        except ConfigError as error:
            sys.exit(str(error))
        return values

    @staticmethod
    def _plain(settings: Mapping[str, Any]) -> Any:
        return json.loads(json.dumps(settings))  # as read from a file, where tuples are lists


def parameters_of(method: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a method: ``NAME=VALUE`` if the method has it, and ``METHOD:NAME=VALUE`` for this
    method.
    """
    known = parameter_names(plugins.load("reloc.localizers", method).Config)
    shared, own = [], []
    for pair in pairs:
        owner, colon, rest = pair.partition(":")
        if colon and "=" not in owner:
            own += [rest] if owner == method else []
        else:
            shared.append(pair)
    return {**{key: value for key, value in parse_parameters(shared).items() if key in known}, **parse_parameters(own)}
