from pathlib import Path

import cv2
import numpy as np
import pytest
from support.tiny_world import query_poses, reference_poses, render

from reloc.cli.main import main


def write_scene(folder: Path) -> Path:
    """The tiny world as a 7-Scenes folder: seq-01 the references, seq-02 the queries."""
    for number, poses in ((1, reference_poses()), (2, query_poses())):
        sequence = folder / f"seq-{number:02d}"
        sequence.mkdir(parents=True)
        for i, pose in enumerate(poses):
            image = cv2.cvtColor(render(pose)[0], cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(sequence / f"frame-{i:06d}.color.png"), image)
            np.savetxt(sequence / f"frame-{i:06d}.pose.txt", pose)
    (folder / "TrainSplit.txt").write_text("sequence1\n")
    (folder / "TestSplit.txt").write_text("sequence2\n")
    return folder


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="session")
def built_map(scene, tmp_path_factory):
    """A map of the scene, made by the command."""
    out = tmp_path_factory.mktemp("maps") / "tiny.map"
    command = ["map", "build", str(scene), "--source", "7scenes", "--camera", "280,160,120", "--retrieval", "vlad"]
    assert main([*command, "--out", str(out)]) == 0
    return out


@pytest.fixture
def cli(capsys):
    """Run a command line in this process: (status, stdout, stderr)."""

    def run(*args):
        capsys.readouterr()
        status = main([str(a) for a in args])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
