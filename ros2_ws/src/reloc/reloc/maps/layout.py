"""Where things lie in a map's folder. Every path is relative to it and uses forward slashes."""

from __future__ import annotations

from pathlib import Path

MANIFEST = "map.json"
SIGNATURE = "map.json.sig"  # who vouches for the manifest; a map may lack it
IMAGES = "images"  # the reference images, as any tool opens them
SPARSE = "sparse"  # a COLMAP model, binary: cameras, images, points3D
COMPILED = "compiled"  # what reloc reads at run time

REFERENCES = "compiled/references.json"  # the frame's name; per reference its name, image and stamp
CAMERAS = "compiled/cameras.json"  # the distinct cameras, and which one each reference has
POSES = "compiled/poses.npy"  # (N, 4, 4) float64 world_from_cam

FEATURES = "features"  # arrays under compiled/: uv, size, angle, descriptors, offsets
LANDMARKS = "landmarks"  # arrays under compiled/: ids, xyz, observations, error_px
RETRIEVAL = "retrieval"  # arrays under compiled/, in one folder a retriever


def partial(out: Path) -> Path:
    """Where a map is built before it is complete."""
    return out.with_name(out.name + ".partial")


def replaced(out: Path) -> Path:
    """Where the former map stands for the moment in which a new one takes its place."""
    return out.with_name(out.name + ".replaced")


def arrays_folder(prefix: str) -> str:
    """The folder of the arrays that a plugin stored under ``prefix``, say ``retrieval/vlad``."""
    return f"{COMPILED}/{prefix}"
