"""``map.json`` alone."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fuzz.mutation import json_tree
from fuzz.target import Target
from reloc.maps import manifest as manifests
from reloc.maps.attachments import bare_hash, calibrations, kinds, model_hashes
from reloc.maps.manifest import FileEntry, Manifest


class ManifestTarget(Target):
    """The hash over the list of files is mended in most inputs, as a liar would."""

    name = "manifest"

    def seeds(self) -> Sequence[bytes]:
        """One with a model and a calibration in it."""
        paths = ("compiled/poses.npy", "compiled/features/uv.npy", "compiled/pnlp/model.json", "images/a.png",
                 "compiled/calibration_features/calibration.json")  # fmt: skip
        files = tuple(FileEntry(path, 12, f"{i}" * 64) for i, path in enumerate(sorted(paths)))
        whole = Manifest(
            "tiny", "map", manifests.content_hash(files), 3, 100, 50, files, {"retrieval": "vlad"}, {"reloc": "0.1"}
        )
        return [whole.to_json().encode()]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """See :class:`Target`."""
        made = super().mutate(data, others, random)
        return rehashed(made) if random.random() < 0.7 else made

    def run(self, data: bytes) -> None:
        """Read it and ask what stands in it."""
        found = Manifest.from_json(data)
        kinds(found), calibrations(found), bare_hash(found), model_hashes(found), found.size_bytes, found.to_json()


def rehashed(data: bytes) -> bytes:
    """The manifest with the content hash that its list makes; as it is where it has no such list."""
    values = json_tree.loaded(data)
    try:
        values["content_hash"] = manifests.content_hash(
            FileEntry(f["path"], f["size"], f["sha256"]) for f in values["files"]
        )
    except Exception:
        return data
    return json_tree.dumped(values)


TARGET = ManifestTarget()
