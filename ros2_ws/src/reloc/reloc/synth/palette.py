"""Choose the materials of one world by their use, so that they match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float32
from reloc.synth.mesh_builder import Material
from reloc.synth.texture_atlas import MOST, TextureAtlas
from reloc.synth.texture_library import MIRRORED, PHOTO, Key, TextureLibrary
from reloc.synth.world import Materials


@dataclass(frozen=True, slots=True)
class _Use:
    """The appearance of surfaces for one use."""

    kinds: tuple[str, ...]
    tile: tuple[float, float] = (0.5, 1.5)  # range of Material.tile, meters; (0, 0): once over a face
    gloss: float = 0.0  # the highest strength of highlights
    photo: float = 0.0  # share of surfaces with a photograph instead of a pattern
    vivid: float = 0.15  # spread of the tint


_USES = {
    "wall": _Use(
        (*("plaster",) * 7, "stripes", "dots", "bricks", "blots", "planks", "tiles"), (0.7, 2.5), 0.0, 0.07, 0.12
    ),
    "plain": _Use(("plaster", "plastic"), (1.0, 2.0)),
    "floor": _Use(("planks", "planks", "tiles", "carpet", "marble", "weave"), (0.8, 2.4), 0.5, 0.08),
    "wet": _Use(("tiles", "tiles", "marble", "bricks"), (0.3, 1.2), 0.5),
    "wood": _Use(("wood", "wood", "wood", "planks", "plastic", "marble"), (0.5, 1.5), 0.3, 0.1),
    "lacquer": _Use(("plastic", "plastic", "wood", "metal"), (0.8, 1.5), 0.4, 0.05),
    "metal": _Use(("metal", "plastic"), (0.4, 1.0), 0.8),
    "fabric": _Use(("weave", "stripes", "dots", "carpet", "blots", "plastic"), (0.25, 1.2), 0.0, 0.15),
    "rug": _Use(("rug", "carpet", "stripes", "blots"), (0.0, 0.0), 0.0, 0.2),
    "stone": _Use(("marble", "tiles", "plaster"), (0.4, 1.5), 0.4),
    "thing": _Use(("plastic", "print", "blots", "stripes", "dots", "metal"), (0.15, 0.6), 0.4, 0.3, 0.3),
    "printed": _Use(("print",), (0.0, 0.0), 0.1, 0.5, 0.2),
    "picture": _Use(("print",), (0.0, 0.0), 0.0, 0.85, 0.1),
    "spine": _Use(("spine", "spine", "plastic"), (0.0, 0.0), 0.1, 0.0, 0.3),
    "leaf": _Use(("leaf",), (0.0, 0.0), 0.1),
    "outside": _Use(("sky",), (0.0, 0.0), 0.0, 0.8, 0.05),
    "sky": _Use(("plaster",), (0.0, 0.0), 0.0, 0.0, 0.05),
    "glow": _Use(("plaster",), (1.0, 1.0), 0.0, 0.0, 0.03),
}


_SKY = np.array([0.55, 0.75, 1.1])


class Palette:
    """Choose textures and tints, and keep the lists that become the world's."""

    def __init__(self, library: TextureLibrary, random: np.random.Generator, photos: float = 1.0) -> None:
        """Create it. ``photos`` is a factor on the share of photographs."""
        self._library, self._random, self._photos = library, random, photos
        self._rows: dict[Key, int] = {}
        self._texture: list[int] = []
        self._tint: list[Float32] = []
        self._glow: list[float] = []
        self._gloss: list[float] = []
        self._seen: dict[str, list[Material]] = {}

    def new(self, use: str, *, glow: float = 0.0, tile: float | None = None) -> Material:
        """Return a new material for ``use``. ``glow`` above 0 shines; ``tile`` as in Material, else drawn."""
        random, about = self._random, _USES[use]
        once = about.tile[1] == 0.0 if tile is None else tile == 0.0
        if random.random() < about.photo * self._photos:
            key = self._library.draw(random, PHOTO if once else MIRRORED)
        else:
            key = self._library.draw(random, *about.kinds)
        if key not in self._rows and len(self._rows) >= MOST:  # the atlas is full, so an existing texture is used
            key = list(self._rows)[int(random.integers(MOST))]
        tint = (
            _SKY if use == "sky" else np.exp(random.normal(0.0, about.vivid) + random.normal(0.0, 0.5 * about.vivid, 3))
        )
        self._texture.append(self._rows.setdefault(key, len(self._rows)))
        self._tint.append(np.asarray(np.clip(tint, 0.3, 1.3), np.float32))
        self._glow.append(glow)
        self._gloss.append(float(about.gloss * random.random() ** 2) if random.random() < 0.7 else 0.0)
        size = float(random.uniform(*about.tile)) if tile is None else tile
        made = Material(len(self._texture) - 1, size)
        self._seen.setdefault(use, []).append(made)
        return made

    def some(self, use: str) -> Material:
        """Return a material for ``use``, usually an existing one, because a house has few kinds of wood."""
        seen = self._seen.get(use, [])
        if len(seen) >= 2 and self._random.random() < 0.25 + 0.1 * min(len(seen), 6):
            return seen[int(self._random.integers(len(seen)))]
        return self.new(use)

    def materials(self) -> Materials:
        """All chosen materials."""
        return Materials(
            np.array(self._texture, np.int32),
            np.array(self._tint, np.float32),
            np.array(self._glow, np.float32),
            np.array(self._gloss, np.float32),
        )

    def atlas(self) -> TextureAtlas:
        """The textures of the chosen materials."""
        return TextureAtlas([self._library.pyramid(key) for key in self._rows])
