"""A whole map: each of its files, with the hashes made to fit, as a server or another person's disk may give it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import msgspec
import numpy as np
from support.made_once import made_once
from support.tiny_world import TinySource, reference_poses

from fuzz.targets._folder import FolderTarget
from reloc.compact_index.building import IndexBuilder
from reloc.features.rootsift import RootSiftConfig
from reloc.maps import compact, layout
from reloc.maps.added_features import FOLDER, KIND_FILE, AddedFeatures, names_in
from reloc.maps.attachments import place
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.check import check
from reloc.maps.manifest import FileEntry, content_hash
from reloc.maps.map_features import KIND
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.trust.calibration.calibration import Calibration
from reloc.trust.calibration.record import Foreign, Record, RecordedOutcome
from reloc.trust.calibration.store import save


def make_map(folder: Path) -> None:
    """Four references with a hundred key points each, landmarks, a calibration, and a second kind of features."""
    shutil.copytree(made_once("fuzzed.map", _build), folder)


def _build(path: Path) -> None:
    config = BuildConfig(landmarks="depth", retrieval="vlad", features=RootSiftConfig(max_features=100))
    build_map(TinySource(poses=reference_poses()[:4]), path, config)
    right = tuple(RecordedOutcome(i % 4, "right", "", 0.01, 0.1, (3.0 + 0.1 * i, 0.5, 1.5)) for i in range(40))
    wrong = (
        RecordedOutcome(0, "wrong", "", 2.0, 5.0, (3.0, 0.9, 1.0)),
        RecordedOutcome(1, "lost", "too_few_inliers"),
    )
    found = ReferenceMap.open(path)
    save(
        path,
        Record(
            "features",
            found.content_hash,
            False,
            right + wrong,
            (Foreign("hidden place", 4, 1, ((6.0, 0.1, 0.9, 1.0),)),),
        ),
    )
    _add_kind(path, found)


def _add_kind(path: Path, found: ReferenceMap) -> None:
    """Put the map's own features into it once more, as another kind."""
    said = AddedFeatures(
        "twin", {KIND: {"name": "twin"}, "retrievers": {"vlad": {}}}, found.manifest.key_points,
        found.manifest.landmarks, {"max_error_px": 4.0}, (),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as beside:
        for part in (layout.FEATURES, layout.LANDMARKS, layout.RETRIEVAL):
            shutil.copytree(path / layout.arrays_folder(part), Path(beside) / part)
        (Path(beside) / KIND_FILE).write_bytes(msgspec.json.encode(said))
        _add_index(Path(beside) / layout.RETRIEVAL / "vlad")
        place(path, f"{FOLDER}twin", Path(beside))


def _add_index(retriever: Path) -> None:
    """Add what a map with many references has besides."""
    stored = np.load(retriever / "descriptors.npy")
    rows = compact.rows_of(stored)
    builder = IndexBuilder(rows, np.arange(len(rows)), len(rows))
    builder.add(rows, stored)
    arrays, short = builder.finish()
    (retriever / layout.INDEX).mkdir()
    for name, array in (arrays.to_arrays() | {layout.INDEX_ROWS: short}).items():
        np.save(retriever / layout.INDEX / f"{name}.npy", array)


class MapFolder(FolderTarget):
    """Opened and hashed as the node does it, then everything is touched that localizers read."""

    name, cost = "map_folder", 5

    def make(self, folder: Path) -> None:
        """Write it."""
        make_map(folder)

    def changed(self, path: str) -> None:
        """Make the manifest list the file as it is now."""
        if path == "map.json":
            return
        values = json.loads(self.valid["map.json"])
        for entry in values["files"]:
            if entry["path"] == path:
                try:
                    content = (self.folder / path).read_bytes() if (self.folder / path).is_file() else b""
                except OSError:
                    content = b""
                entry |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        values["content_hash"] = content_hash(FileEntry(f["path"], f["size"], f["sha256"]) for f in values["files"])
        (self.folder / "map.json").write_text(json.dumps(values))

    def run(self, data: bytes) -> None:
        """See :class:`FolderTarget`."""
        try:
            super().run(data)
        finally:
            (self.folder / "map.json").write_bytes(self.valid["map.json"])

    def read(self, folder: Path) -> None:
        """Open and touch."""
        found = ReferenceMap.open(folder)
        check(found)
        for name in ("", *names_in(found.manifest)):
            _touch(found.with_features(name))
        Calibration.of(found, "features")


def _touch(found: ReferenceMap) -> None:
    for index in range(len(found)):
        features = found.features(index)
        float(features.uv.sum()), int(features.descriptors.sum()), float(found.world_from_cam[index].sum())
        found.camera(index)
        if found.has_landmarks:
            found.landmark_ids(index), found.seen_landmarks(index)
    found.image(0), found.landmark_descriptors, found.landmark_observations
    Retriever.open(found, "vlad")


TARGET = MapFolder()
