"""Make the network that the contract suite tests `posenet` with, in ten minutes on two cores.

    python tests/support/train_tiny_posenet.py

A map of sixty references of the tiny world, then `reloc train` and `reloc export` as any user would type them. The
model goes to tests/contract/models/posenet_tiny_world; commit it when it passes tests/contract.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = Path("out/tiny_world")
MODEL = Path("tests/contract/models/posenet_tiny_world")
MAP, RUN = OUT / "tiny.map", OUT / "posenet"
OPTIONS = "--steps 3000 --batch 32 --width 0.25 --side 112 --no-small-first --spread-m 0.3 --spread-deg 15"


def main() -> int:
    """Exit status of the first command that fails, or 0."""
    os.chdir(ROOT)  # paths in the model card are relative to the repository
    sys.path.insert(0, str(ROOT / "tests"))
    from reloc.maps.build_config import BuildConfig
    from reloc.maps.builder import build_map
    from support.tiny_world import TinySource, reference_poses

    if not MAP.exists():
        build_map(TinySource(poses=reference_poses(60)), MAP, BuildConfig(landmarks="depth", retrieval="vlad"))
    shutil.rmtree(RUN, ignore_errors=True)
    shutil.rmtree(MODEL, ignore_errors=True)
    for command in (f"train posenet {MAP} --out {RUN} {OPTIONS}", f"export {RUN} --out {MODEL}"):
        print(f"$ reloc {command}", flush=True)
        done = subprocess.run([sys.executable, "-m", "reloc.cli.main", *shlex.split(command)], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
