"""Collect samples from a recorded drive in a map that was made of another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc.datatypes import UInt8
from reloc.evidence_training.asking import Asker
from reloc.evidence_training.one_view import ask_about, picture
from reloc.evidence_training.sample import EvidenceSample
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

_HIDE = (1.0, 40.0)  # meters and degrees
_ELSEWHERE_A_VIEW = 4


def of_drive(
    maps: Sequence[ReferenceMap],
    frames: Sequence[SourceFrame],
    views: int,
    photos: Sequence[UInt8],
    elsewhere: Sequence[Path],
) -> list[EvidenceSample]:
    """Return the samples of frames with known poses, evenly chosen.

    Args:
        maps: a map of the same place, made of other frames, seen with each kind of local features.
        frames: of the drive; those without a pose are left out.
        views: number of frames that are used.
        photos: pictures (H, W, 3) to paste.
        elsewhere: files of pictures of other places.
    """
    random, asker, first = np.random.default_rng(79), Asker(maps), maps[0].camera(0)
    posed = [frame for frame in frames if frame.world_from_cam is not None]
    for number, frame in enumerate(posed[:: max(1, len(posed) // views)][:views]):
        assert frame.world_from_cam is not None
        camera = frame.camera or first
        ask_about(asker, number, frame.load_image(), camera, frame.world_from_cam, photos, random, _HIDE)
    for index in random.permutation(len(elsewhere))[: _ELSEWHERE_A_VIEW * views]:
        asker.ask("other building", picture(elsewhere[index], (first.width, first.height)), first, None)
    return asker.samples
