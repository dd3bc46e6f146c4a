"""The paths in a map's folder. Every path is relative to it and uses forward slashes."""

from __future__ import annotations

from pathlib import Path

MANIFEST = "map.json"
SIGNATURE = "map.json.sig"  # signature of the manifest; optional
IMAGES = "images"  # the reference images, readable by any tool
SPARSE = "sparse"  # a COLMAP model, binary: cameras, images, points3D
COMPILED = "compiled"  # files that reloc reads at run time

REFERENCES = "compiled/references.json"  # the frame's name; for each reference its name, image and stamp
CAMERAS = "compiled/cameras.json"  # the distinct cameras, and each reference's camera index
POSES = "compiled/poses.npy"  # (N, 4, 4) float64 world_from_cam

FEATURES = "features"  # arrays under compiled/: uv, size, angle, descriptors, offsets
LANDMARKS = "landmarks"  # arrays under compiled/: ids, xyz, observations, error_px
RETRIEVAL = "retrieval"  # arrays under compiled/, one folder per retriever
INDEX = "index"  # arrays in the folder of a retriever, in maps with many references
INDEX_ROWS = "rows"  # the largest of these


def partial(out: Path) -> Path:
    """Return the folder in which a map is built before it is complete."""
    return out.with_name(out.name + ".partial")


def replaced(out: Path) -> Path:
    """Return the folder of the former map while a new one replaces it."""
    return out.with_name(out.name + ".replaced")


def arrays_folder(prefix: str) -> str:
    """Return the folder of a plugin's arrays under ``prefix``, for example ``retrieval/vlad``."""
    return f"{COMPILED}/{prefix}"
