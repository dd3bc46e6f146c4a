"""Make a step's data: pairs of views of worlds and photographs. Each view gets its own light."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import UInt8
from reloc.training.points.change import PIECES, change, covered
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.photos import TaughtPhotos
from reloc.training.points.view import TaughtPair, behind
from reloc.training.points.worlds import TaughtWorlds
from reloc.training.rooms.rooms import HELD_OUT, LEARNED
from reloc.training.seeds import generator

WORLDS, PHOTOS = "synthetic worlds", "photographs"
JUDGED_KINDS = (WORLDS, PHOTOS)
_JUDGED = 3  # place of the generator that draws the validation pairs


class TrainingPairs:
    """Pairs of views. A pair depends on the generator's place and its number only."""

    def __init__(self, config: PointsTaskConfig, worlds: TaughtWorlds | None, photos: TaughtPhotos | None) -> None:
        self.config, self.worlds, self.photos = config, worlds, photos

    def batch(self, seed_place: tuple[int, ...], numbers: range) -> dict[str, Any]:
        """Return the pairs of ``numbers``, see :func:`collate`."""
        drawn = []
        for number in numbers:
            random = generator(*seed_place, number)
            pair = self._behind_things(self._learned(number, random), random)
            drawn.append((pair, change(pair.first.gray, random), change(pair.second.gray, random)))
        return collate(drawn, self.config.points)

    def judged(self, kinds: Collection[str] = JUDGED_KINDS) -> list[tuple[TaughtPair, UInt8, UInt8]]:
        """Return pairs of held-out worlds and photographs, with both images as the network gets them."""
        config, found = self.config, []
        for number in range(config.held_out):
            random = generator(config.seed, _JUDGED, number)
            some = []
            if self.worlds is not None:
                some.append(self.worlds.pair(HELD_OUT, number, config.points, random))
            if self.photos is not None:
                files = self.photos.held_out[2 * number : 2 * number + 2]
                some += [self.photos.pair(file, config.points, random) for file in files]
            changed = [(pair, pair.first.gray, change(pair.second.gray, random)) for pair in some]
            kind_of = ([WORLDS] if self.worlds is not None else []) + [PHOTOS] * len(some)
            found += [one for one, kind in zip(changed, kind_of, strict=False) if kind in kinds]
        return found

    def _learned(self, number: int, random: np.random.Generator) -> TaughtPair:
        config = self.config
        # Worlds and photographs are spread evenly over the numbers, so each step has the same share of both.
        of_photo = int((number + 1) * config.photo_share) > int(number * config.photo_share)
        if self.photos is not None and (of_photo or self.worlds is None):
            files = self.photos.learned
            return self.photos.pair(files[int(random.integers(len(files)))], config.points, random)
        assert self.worlds is not None
        return self.worlds.pair(LEARNED, int(random.integers(config.worlds)), config.points, random)

    def _behind_things(self, pair: TaughtPair, random: np.random.Generator) -> TaughtPair:
        """Return the pair with pieces of photographs in front of a share of the views."""
        if self.photos is None:
            return pair
        hidden: list[NDArray[np.bool_]] = []
        views = [pair.first, pair.second]
        for i, view in enumerate(views):
            hidden.append(np.zeros(view.gray.shape, np.bool_))
            if random.random() < self.config.covered:
                learned = self.photos.learned
                files = [
                    learned[int(random.integers(len(learned)))] for _ in range(int(random.integers(1, PIECES + 1)))
                ]
                gray, hidden[i] = covered(view.gray, [self.photos.photo(file)[0] for file in files], random)
                views[i] = behind(view, gray, hidden[i])
        u, v, there_u, there_v = np.rint(pair.matches).astype(np.int64).T
        seen = ~(hidden[0][v, u] | hidden[1][there_v, there_u])
        return TaughtPair(views[0], views[1], pair.matches[seen])


def collate(drawn: Sequence[tuple[TaughtPair, UInt8, UInt8]], count: int) -> dict[str, Any]:
    """Return one batch of P pairs with the network's images: all first views, then all second views.

    Returns:
        ``image`` (2P, side, side) uint8, ``wanted`` (2P, D, h, w) float16 and ``weight`` (2P, h, w)
        float32, see :class:`reloc.training.points.view.TaughtView`; ``matches`` (P, count, 4)
        float32, u and v in both views, and ``known`` (P, count) bool, whether the match exists.
    """
    views = [pair.first for pair, _, _ in drawn] + [pair.second for pair, _, _ in drawn]
    images = [first for _, first, _ in drawn] + [second for _, _, second in drawn]
    matches, known = np.zeros((len(drawn), count, 4), np.float32), np.zeros((len(drawn), count), np.bool_)
    for i, (pair, _, _) in enumerate(drawn):
        matches[i, : len(pair.matches)], known[i, : len(pair.matches)] = pair.matches, True
    return {
        "image": np.stack(images),
        "wanted": np.stack([view.descriptors.transpose(2, 0, 1) for view in views]),
        "weight": np.stack([view.weight for view in views]), "matches": matches, "known": known,
    }  # fmt: skip
