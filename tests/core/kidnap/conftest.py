import pytest
from support.tiny_world import CAMERA, build_tiny_map, reference_poses, render

from reloc.engine import Engine
from reloc.geometry.transforms import make, so3_exp
from reloc.kidnap.recorded import drives_of
from reloc.kidnap.scenery import Scenery
from reloc.kidnap.seer import Seer
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame


def drive_frames(count: int = 60) -> list[SourceFrame]:
    """A drive beside the references' arc, and one in a box of another pattern, frame after frame."""

    def frame(index: int, pose) -> SourceFrame:
        seen = make(pose[:3, :3] @ so3_exp([0.02, -0.03, 0.01]), pose[:3, 3] + [0.04, -0.05, 0.03])
        return SourceFrame(f"drive/{index:03d}", lambda: render(seen)[0], CAMERA, seen)

    return [frame(i, pose) for i, pose in enumerate(reference_poses(count))]


def strange_frames(count: int = 30) -> list[SourceFrame]:
    """The same way through another box."""
    poses = reference_poses(count)
    return [
        SourceFrame(f"strange/{i:03d}", lambda pose=pose: render(pose, seed=5)[0], CAMERA)
        for i, pose in enumerate(poses)
    ]


@pytest.fixture(scope="session")
def tiny_map(tmp_path_factory):
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="session")
def scenery():
    return Scenery(
        "tiny", drives_of(drive_frames(), hz=10.0), (tuple(strange_frames()),), look_alikes=((0, 3), (0, 50))
    )


@pytest.fixture(scope="session")
def seer(tiny_map):
    """One memory for all tests: what was looked at need not be looked at again."""
    return Seer(Engine.open(tiny_map, "features", {}))
