"""Make sceneries from recorded frames, or from a synthetic world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reloc.errors import DependencyError, MapFeatureError
from reloc.geometry.cameras import Camera
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.look_alikes import find_look_alikes
from reloc.kidnap.moved_furniture import move_furniture
from reloc.kidnap.pictures_elsewhere import panned, pictures_in
from reloc.kidnap.recorded import drives_of
from reloc.kidnap.rendered import rendered_drives, same_drives, spacious_world
from reloc.kidnap.scenery import Frames, Scenery
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from reloc.synth.world import World

OTHER_WORLD = 1_000_003  # added to the seed, for a world that is not in the map
_DRIVES_ELSEWHERE = 6


def recorded_scenery(
    name: str,
    frames: Sequence[SourceFrame],
    reference_map: ReferenceMap,
    config: KidnapConfig,
    pictures: Sequence[Path] = (),
) -> Scenery:
    """Make a scenery from frames with poses.

    Args:
        pictures: folders of pictures of other buildings.

    Raises:
        SourceError: no frame has a pose, no two are consecutive, or the folders hold no picture.
    """
    camera = reference_map.camera(0)
    known = [frame if frame.camera else replace(frame, camera=camera) for frame in frames]
    drives = drives_of(known, config.hz, config.stride)
    return Scenery(name, drives, _elsewhere(drives[0][0].camera or camera, config, pictures))


def rendered_scenery(world: World, camera: Camera, config: KidnapConfig, pictures: Sequence[Path] = ()) -> Scenery:
    """Make a scenery from a synthetic world.

    Raises:
        CrowdedWorldError: there is no room to drive.
        SourceError: the folders hold no picture.
    """
    drives = rendered_drives(world, camera, config.hz)
    moved = move_furniture(world, np.random.default_rng(np.random.SeedSequence((*world.seed, 6))))
    return Scenery(
        f"world {'-'.join(str(number) for number in world.seed)}",
        drives,
        _elsewhere(camera, config, pictures),
        same_drives(drives, moved),
    )


def with_look_alikes(scenery: Scenery, reference_map: ReferenceMap, progress: Progress = silent) -> Scenery:
    """Add the places that resemble others of the map; none if the map has no descriptors."""
    retrieval = str(reference_map.manifest.build.get("retrieval", "vlad")).split(",")[0]
    try:
        found = find_look_alikes(reference_map, scenery.drives, retrieval, progress)
    except MapFeatureError:
        return scenery
    return replace(scenery, look_alikes=found)


def _elsewhere(camera: Camera, config: KidnapConfig, pictures: Sequence[Path]) -> tuple[Frames, ...]:
    if pictures:
        return tuple(panned(file, camera) for file in pictures_in(pictures))
    try:
        return rendered_drives(spacious_world(OTHER_WORLD), camera, config.hz, False, _DRIVES_ELSEWHERE)
    except DependencyError:
        return ()
