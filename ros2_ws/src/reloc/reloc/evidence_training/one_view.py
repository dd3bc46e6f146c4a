"""Ask about one view: as it is, changed, hidden in the map, and made wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.evaluation.made_pictures import shuffled
from reloc.evidence_training import changes
from reloc.evidence_training.asking import Asker
from reloc.geometry.cameras import Camera
from reloc.trust.calibration.hiding import references_near

_CHANGES_A_VIEW = 3
SIZE = (640, 480)  # of pasted photographs before they are scaled


def ask_about(
    asker: Asker,
    number: int,
    image: UInt8,
    camera: Camera,
    world_from_true: Float64,
    photos: Sequence[UInt8],
    random: np.random.Generator,
    hide: tuple[float, float],
) -> None:
    """Ask about one view.

    Args:
        number: the view's; views take turns with the changes.
        photos: pictures (H, W, 3) to paste.
        hide: references nearer than this, in meters, and turned by less, in degrees, are left out once.
    """
    asker.ask("plain", image, camera, world_from_true)
    every = (
        ("glare", changes.glare), ("shaken", changes.shaken), ("compressed", changes.compressed),
        ("noisy", changes.noisy), ("pasted", changes.pasted(photos)),
    )  # fmt: skip
    for k in range(_CHANGES_A_VIEW):
        name, change = every[(_CHANGES_A_VIEW * number + k) % len(every)]
        asker.ask(name, change(image, random), camera, world_from_true)
    asker.ask("hidden", image, camera, world_from_true, without=references_near(asker.map, world_from_true, *hide))
    wrong = (("mirrored", changes.mirrored), ("shuffled", shuffled), ("fragment", changes.fragment(photos)))
    for name, change in wrong:
        asker.ask(name, change(image, random), camera, world_from_true, shows="fake")


def picture(file: Path, size: tuple[int, int] = SIZE) -> UInt8:
    """Return a picture (H, W, 3) in RGB at a size (width, height); black if the file cannot be read."""
    loaded = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if loaded is None:
        return np.zeros((size[1], size[0], 3), np.uint8)
    return np.ascontiguousarray(cv2.resize(loaded, size)[..., ::-1])


def pictures(files: Sequence[Path], most: int) -> list[UInt8]:
    """Return pictures (480, 640, 3) of at most so many files, evenly chosen; colored clouds if there are none."""
    if files:
        return [picture(file) for file in files[:: max(1, len(files) // most)][:most]]
    random = np.random.default_rng(0)
    coarse = [random.integers(0, 256, (12, 16, 3)).astype(np.uint8) for _ in range(8)]
    return [np.asarray(cv2.resize(one, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8) for one in coarse]
