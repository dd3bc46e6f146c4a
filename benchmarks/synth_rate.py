"""Measure the rendering of synthetic worlds on one core: rooms per second, images per second, and both together.

python benchmarks/synth_rate.py [--textures FOLDER] [--rooms 8] [--images 48] [--side 128]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from tqdm import tqdm

from reloc.geometry.cameras import Camera
from reloc.synth.camera_poses import PoseConfig
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.views import take, world_with_poses


def main() -> None:
    """Make worlds and views, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--textures", type=Path, help="folder of photographs for further textures")
    parser.add_argument("--rooms", type=int, default=8)
    parser.add_argument("--images", type=int, default=48, help="number of images of each world")
    parser.add_argument("--side", type=int, default=128, help="pixels")
    parser.add_argument("--manner", default="dense", choices=("dense", "sparse"))
    args = parser.parse_args()
    cv2.setNumThreads(1)
    library = TextureLibrary(args.textures)
    camera = Camera(args.side, args.side, args.side, args.side, 0.5 * (args.side - 1), 0.5 * (args.side - 1))
    poses = PoseConfig(manner=args.manner)
    world_s, image_s, triangles = [], [], []
    for i in tqdm(range(args.rooms), desc="worlds", leave=False, disable=None):
        start = time.perf_counter()
        world, random, found = world_with_poses(0, i, count=args.images, camera=camera, library=library, poses=poses)
        made = time.perf_counter()
        take(world, found, camera, random, 1.0)
        world_s.append(made - start)
        image_s.append((time.perf_counter() - made) / args.images)
        triangles.append(len(world.mesh.triangles))
    total = sum(world_s) + args.images * sum(image_s)
    figures = {
        "photographs": len(library.photos),
        "triangles": int(np.median(triangles)),
        "worlds_per_s": round(1.0 / statistics.mean(world_s), 2),
        "images_per_s": round(1.0 / statistics.mean(image_s), 1),
        "images_per_s_with_their_worlds": round(args.rooms * args.images / total, 1),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
