"""All training and held-out places: maps, synthetic worlds, or both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.maps.progress import Progress, track
from reloc.maps.reference_map import ReferenceMap
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.places import ViewedPlace, of_map, of_room
from reloc.training.held_out import split
from reloc.training.rooms.rooms import HELD_OUT, LEARNED, Rooms

ROOMS, MAPS = "rooms", "maps"  # folders in a run's workspace
JUDGED_VIEWS = 24  # views of a held-out world that are used, at most
JUDGED = 150  # references of a map used as queries, at most


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """A place, its query views, and the views that may answer (never a view for itself)."""

    place: ViewedPlace
    queries: NDArray[np.int64]
    database: NDArray[np.int64]
    name: str  # "worlds", or the map's name


class Data:
    """Training data. Maps are held in memory; a world is read or rendered when it is drawn."""

    def __init__(
        self, config: CamNetTaskConfig, rooms: Rooms[CamNetTaskConfig] | None, maps: dict[str, ViewedPlace]
    ) -> None:
        """Use :meth:`open`. ``maps`` by name."""
        self.config, self._rooms, self._maps = config, rooms, maps
        self._split = {name: split(place.world_from_cam, config.held_out_share) for name, place in maps.items()}
        self._learned = [maps[name].some(learned) for name, (learned, _) in self._split.items()]

    @classmethod
    def open(cls, config: CamNetTaskConfig, workspace: Path, progress: Progress) -> Data:
        """Read the maps, and render the held-out worlds.

        Raises:
            MapError: a map cannot be opened.
            TrainingDataError: a map has too few references, or a pose that is not finite.
            DepthError: landmarks are not in meters.
            DependencyError, TextureError, PairError, CrowdedWorldError: worlds cannot be rendered.
        """
        maps: dict[str, ViewedPlace] = {}
        for number, folder in enumerate(config.map_folders):
            opened = ReferenceMap.open(Path(folder))
            maps[f"{number + 1} {opened.manifest.name}"] = of_map(opened, config.camera, workspace / MAPS, progress)
        rooms = Rooms(config, workspace / ROOMS) if config.worlds else None
        if rooms is not None:
            for number in track(progress, "worlds", range(config.held_out)):
                rooms.room(HELD_OUT, number)
        return cls(config, rooms, maps)

    @property
    def by_depth(self) -> dict[str, bool]:
        """Return for each map whether overlaps come from depth."""
        return {name: place.by_depth for name, place in self._maps.items()}

    def draw(self, random: np.random.Generator) -> ViewedPlace:
        """Return one place to learn from."""
        of_maps = self._learned and (self._rooms is None or random.random() < self.config.map_share)
        if of_maps or self._rooms is None:
            return self._learned[int(random.integers(len(self._learned)))]
        return of_room(self._rooms.room(LEARNED, int(random.integers(self.config.worlds))), self.config.camera)

    def exams(self) -> Iterator[Exam]:
        """Return the validation places: held-out worlds, and held-out references of maps."""
        if self._rooms is not None:
            for number in range(self.config.held_out):
                place = of_room(self._rooms.room(HELD_OUT, number), self.config.camera)
                views = np.arange(min(len(place), JUDGED_VIEWS))
                yield Exam(place, views, np.arange(len(place)), "worlds")
        for name, place in self._maps.items():
            learned, held_out = self._split[name]
            step = -(-len(held_out) // JUDGED)
            yield Exam(place, held_out[::step], learned, name)
