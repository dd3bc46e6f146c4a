"""The file of times that networks were measured to take: it is read at every start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.backends.measured import times_file
from reloc.backends.measured.times_file import TimedOn

ON = TimedOn("c0ffee", "A CPU, 2 cores", "OpenVINO 1", (1,), "")


class NetworkTimes(Target):
    """Whatever it holds, a network starts: nothing is known, or times that are numbers."""

    name = "network_times"

    def open(self, folder: Path) -> None:
        """Keep some times there."""
        os.environ["XDG_CACHE_HOME"] = str(folder)
        times_file.keep(ON, "points", {"openvino:bf16": 2.0, "onnxruntime:float32": None})
        self._seed = times_file.path().read_bytes()

    def seeds(self) -> Sequence[bytes]:
        """Them."""
        return [self._seed]

    def run(self, data: bytes) -> None:
        """Read, and add to it."""
        times_file.path().write_bytes(data)
        for ms in times_file.known(ON).values():
            assert ms is None or ms > 0.0
        times_file.keep(ON, "points", {"openvino:float32": 3.0})
        assert times_file.known(ON)["openvino:float32"] == 3.0


TARGET = NetworkTimes()
