"""Maps in the form of before: numbers as they are, and no descriptors of landmarks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from reloc.maps import layout
from reloc.maps.integrity import list_files
from reloc.maps.manifest import content_hash
from reloc.maps.reference_map import ReferenceMap


def as_before(made: Path, out: Path) -> Path:
    """Write what is in the map ``made`` to ``out`` as reloc 0.1 wrote it."""
    shutil.copytree(made, out)
    opened = ReferenceMap.open(made)
    found = [opened.features(i) for i in range(len(opened))]
    features, landmarks = (out / layout.arrays_folder(name) for name in (layout.FEATURES, layout.LANDMARKS))
    (features / "unmatched.npy").unlink(missing_ok=True)
    (landmarks / "descriptors.npy").unlink(missing_ok=True)
    for name in ("uv", "size", "angle", "descriptors"):
        np.save(features / f"{name}.npy", np.concatenate([getattr(one, name) for one in found]))
    for name, dtype in (("observations", np.int32), ("error_px", np.float32)):
        if (landmarks / f"{name}.npy").exists():
            np.save(landmarks / f"{name}.npy", np.load(landmarks / f"{name}.npy").astype(dtype))
    for file in (out / layout.arrays_folder(layout.RETRIEVAL)).rglob("descriptors.npy"):
        rows = np.load(file).astype(np.float32)
        np.save(file, rows / np.linalg.norm(rows, axis=1, keepdims=True))
    relist(out, format_version=1)
    return out


def relist(folder: Path, **changes: object) -> None:
    """Make the manifest list the files as they are."""
    head = folder / layout.MANIFEST
    files = list_files(folder, skip=frozenset([layout.MANIFEST]))
    listed = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in files]
    values = json.loads(head.read_text()) | {"files": listed, "content_hash": content_hash(files)}
    head.write_text(json.dumps(values | changes))
