"""What was measured, in a JSON file that a later run continues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reloc.errors import ConfigError
from reloc.evaluation import environment
from reloc.files import write_atomic
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

FORMAT = 1


class Results:
    """Results by scene, kind of true poses, and method."""

    def __init__(self, file: Path, settings: Mapping[str, Any]) -> None:
        """Read what the file holds, or begin.

        Raises:
            ConfigError: it is not of this kind, or was measured with other settings.
        """
        self.file = file
        self.values: dict[str, Any] = {
            "format": FORMAT, "settings": dict(settings), "cpu": environment.cpu_name(),
            "versions": environment.versions(), "scenes": {},
        }  # fmt: skip
        if not file.exists():
            return
        blame = Blame(str(file), ConfigError, "Give another --out, or delete the file")
        known = json_file.load(file, dict[str, Any], blame)
        if known.get("format") != FORMAT or not isinstance(known.get("scenes"), dict):
            raise blame.refuse("holds no results of this benchmark")
        before = known.get("settings")
        if before != self.values["settings"]:
            mine = self.values["settings"]
            differs = [n for n in mine if not isinstance(before, dict) or before.get(n) != mine[n]]
            raise blame.refuse(f"was measured with other settings: {', '.join(differs)}")
        self.values["scenes"] = known["scenes"]

    def of_scene(self, scene: str, truth: str) -> dict[str, Any]:
        """Return the values of a scene; they may be changed."""
        found: dict[str, Any] = self.values["scenes"].setdefault(scene, {}).setdefault(truth, {"methods": {}})
        return found

    def of_method(self, scene: str, truth: str, method: str, map_hash: str) -> dict[str, Any]:
        """Return the values of a method in a scene; empty if they were measured with another map."""
        methods: dict[str, Any] = self.of_scene(scene, truth)["methods"]
        kept: dict[str, Any] = methods.setdefault(method, {})
        if kept.get("map") != map_hash or "queries" not in kept:
            kept.clear()
            kept |= {"map": map_hash, "queries": {}}
        return kept

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.file, json.dumps(self.values, indent=1, allow_nan=False) + "\n")
