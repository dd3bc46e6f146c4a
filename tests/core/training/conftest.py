import os
import sys
from functools import partial

import pytest
from support.needs_torch import pytest_pycollect_makemodule  # noqa: F401
from support.tensorrt_exports import exports_suit_tensorrt  # noqa: F401
from support.tiny_world import build_tiny_map

RELOC = [sys.executable, "-m", "reloc.cli.main"]


@pytest.fixture(scope="session")
def tiny_map(tmp_path_factory):
    """A map; the small task takes nothing from it."""
    return build_tiny_map(tmp_path_factory.mktemp("training"), "none", "vlad")


@pytest.fixture(scope="session")
def starter(root):
    """What starts `reloc ...` (or `torchrun ... reloc ...`) with the tests' task within reach, among processes."""

    def start(processes, *args, torchrun=0, name="reloc"):
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(torchrun)]
        command = [*launcher, *RELOC[1:]] if torchrun else RELOC
        path = os.pathsep.join(filter(None, [str(root / "tests"), os.environ.get("PYTHONPATH", "")]))
        return processes.start(name, [*command, *map(str, args)], env={"PYTHONPATH": path, "OMP_NUM_THREADS": "1"})

    return start


@pytest.fixture
def start(processes, starter):
    """Start `reloc ...` (or `torchrun ... reloc ...`) among the processes of this test."""
    return partial(starter, processes)
