"""Collect the samples of all worlds, one file each, so that an interrupted run continues; then fit the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reloc import files
from reloc.datatypes import UInt8
from reloc.evidence_training.config import EvidenceTrainingConfig
from reloc.evidence_training.one_view import pictures
from reloc.evidence_training.recorded import of_drive
from reloc.evidence_training.sample import EvidenceSample, EvidenceSamples, read, write
from reloc.evidence_training.table import Trained, as_text, train
from reloc.evidence_training.worlds import of_doubled_world, of_world
from reloc.kidnap.pictures_elsewhere import pictures_in
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source

TABLE = "table.json"
_PHOTOS = 60  # that are pasted


@dataclass(frozen=True, slots=True)
class RecordedDrive:
    """A map, and a drive with known poses through the same place that the map was not made of."""

    map: Path
    source: str
    folder: Path
    split: str


def run(config: EvidenceTrainingConfig, recordings: Sequence[RecordedDrive], out: Path, progress: Progress) -> Trained:
    """Collect what is missing in ``out``, fit the model, and write its table there.

    Raises:
        RelocError: a folder has no pictures, a map or drive cannot be read, or there are too few samples.
    """
    photos = pictures(pictures_in([Path(config.photos)]) if config.photos else (), _PHOTOS)
    elsewhere = pictures_in([Path(config.elsewhere)]) if config.elsewhere else ()
    maps = out / "maps"
    maps.mkdir(parents=True, exist_ok=True)
    jobs = [
        *((f"world-{seed}", "world", seed) for seed in range(config.seed, config.seed + config.worlds)),
        *((f"doubled-{seed}", "doubled", seed) for seed in range(config.seed, config.seed + config.doubled)),
        *((f"recorded-{number}", "recorded", number) for number in range(len(recordings))),
    ]
    given = list[EvidenceSamples]()
    for done, (name, kind, number) in enumerate(jobs):
        progress("worlds", done, len(jobs))
        file = out / "samples" / f"{name}.json"
        if not file.exists():
            if kind == "world":
                samples = of_world(number, maps, config.views, photos, elsewhere, config.kinds)
            elif kind == "doubled":
                samples = of_doubled_world(number, maps, config.views, config.kinds)
            else:
                samples = _recorded(recordings[number], config, photos, elsewhere)
            file.parent.mkdir(exist_ok=True)
            write(file, name, samples)
        given.append(read(file))
    progress("worlds", len(jobs), len(jobs))
    trained = train(given, config)
    files.write_atomic(out / TABLE, as_text(trained))
    return trained


def _recorded(
    recording: RecordedDrive, config: EvidenceTrainingConfig, photos: Sequence[UInt8], elsewhere: Sequence[Path]
) -> list[EvidenceSample]:
    reference_map = ReferenceMap.open(recording.map, verify=False)
    source = open_source(recording.source, recording.folder, SourceOptions())
    camera = reference_map.camera(0)  # the same camera made the map
    frames = [replace(frame, camera=camera) for frame in source.frames(recording.split)]
    maps = [reference_map.with_features(kind) for kind in config.kinds]
    return of_drive(maps, frames, config.views, photos, elsewhere)
