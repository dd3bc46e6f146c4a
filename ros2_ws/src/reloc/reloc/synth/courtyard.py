"""Build a courtyard: four facades around a paved yard, with the sky above.

Facades differ along their length, as real ones do: panels of several materials, stains, windows set into the wall,
doors, signs, balconies, pipes and cornices.
"""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float32, Float64
from reloc.synth.furniture.kit import Kit
from reloc.synth.furniture.lamps_and_plants import large_plant
from reloc.synth.mesh_builder import Material, place
from reloc.synth.shell import walls_of
from reloc.synth.world import Lamps, Room

SIDES_M = (15.0, 40.0)
_HEIGHTS_M = (7.0, 14.0)
_CELL = 1.0  # side of the cells at whose corners light is computed, meters; daylight changes slowly
_FAR = 300.0  # distance of the sky, meters
_SUN = 150.0  # distance of the sun, meters


def build_courtyard(kit: Kit) -> Room:
    """Build a yard of random size around the origin; return it as a room that is as high as the facades."""
    w, d = kit.between(*SIDES_M), kit.between(*SIDES_M)
    yard = Room(-0.5 * w, -0.5 * d, 0.5 * w, 0.5 * d, kit.between(*_HEIGHTS_M), "courtyard")
    _ground(kit, yard)
    for at, length, _, _ in walls_of(yard):
        _facade(kit, at, length, yard.height)
    for _ in range(int(kit.random.poisson(yard.area / 60.0))):
        _thing(kit, yard)
    _sky(kit)
    return yard


def sunlight(kit: Kit) -> Lamps:
    """Return the sun, and a weaker light opposite to it for what the sky reflects."""
    yaw, up = kit.between(-np.pi, np.pi), kit.between(0.6, 1.2)
    ray = np.array([np.cos(yaw) * np.cos(up), np.sin(yaw) * np.cos(up), np.sin(up)])
    other = ray * (-1.0, -1.0, 1.0)
    power = np.array([[kit.between(0.6, 1.4)], [0.3]]) * _SUN**2
    colours = power * np.array([[1.05, 1.0, 0.9], [0.9, 1.0, 1.15]])
    return Lamps(np.array([ray * _SUN, other * _SUN], np.float32), colours.astype(np.float32))


def _ground(kit: Kit, yard: Room) -> None:
    """Pave the yard in fields of several materials."""
    kinds = [kit.palette.new("wet"), kit.palette.new("stone"), kit.palette.new("wall")]
    for x0, x1 in _pieces(kit, yard.x0, yard.x1, 3.0, 8.0):
        for y0, y1 in _pieces(kit, yard.y0, yard.y1, 3.0, 8.0):
            material = kinds[int(kit.random.integers(len(kinds)))]
            kit.build.sheet((x0, y0, 0), (x1 - x0, 0, 0), (0, y1 - y0, 0), material, cell=_CELL)
    for _ in range(int(yard.area / 15.0)):  # stains, covers, leaves
        w, d = kit.between(0.3, 1.5), kit.between(0.3, 1.5)
        x, y = kit.between(yard.x0 + 1, yard.x1 - 1), kit.between(yard.y0 + 1, yard.y1 - 1)
        at = place(x, y, 0.004, kit.between(-3.1, 3.1))
        kit.build.sheet((-0.5 * w, -0.5 * d, 0), (w, 0, 0), (0, d, 0), kit.palette.some("rug"), at, cell=_CELL)


def _facade(kit: Kit, at: Float64, length: float, height: float) -> None:
    """Build one facade: bays of random width; x runs along it, y into the wall, z up."""
    materials = [kit.palette.new("wall", tile=kit.between(2.0, 4.0)) for _ in range(3)]
    frame, glass = kit.palette.new("lacquer"), kit.palette.new("outside", glow=kit.between(0.2, 0.8))
    storeys = max(2, round(height / kit.between(2.8, 3.6)))
    step = height / storeys
    for x0, x1 in _pieces(kit, 0.0, length, 2.2, 4.5):
        own = materials[int(kit.random.integers(len(materials)))]
        for storey in range(storeys):
            bay = _Bay(x0, x1, storey * step, (storey + 1) * step)
            if kit.chance(0.75):
                _window(kit, at, bay, own, frame, glass, door=storey == 0 and kit.chance(0.4))
            else:
                _blank(kit, at, bay, own)
        if kit.chance(0.4):
            x = x0 + 0.12
            kit.build.lathe([(0.06, 0.0), (0.06, height)], kit.palette.some("metal"), at @ place(x, -0.1), sides=8)
    for z in (step, height - 0.1):
        kit.build.box((length, 0.25, kit.between(0.12, 0.3)), (0.5 * length, -0.1, z), frame, at)


class _Bay:
    """A rectangle of a facade, meters."""

    def __init__(self, x0: float, x1: float, z0: float, z1: float) -> None:
        self.x0, self.x1, self.z0, self.z1 = x0, x1, z0, z1


def _sheet(kit: Kit, at: Float64, bay: _Bay, material: Material, y: float = 0.0) -> None:
    if bay.x1 - bay.x0 > 1e-3 and bay.z1 - bay.z0 > 1e-3:
        across, up = (bay.x1 - bay.x0, 0, 0), (0, 0, bay.z1 - bay.z0)
        kit.build.sheet((bay.x0, y, bay.z0), across, up, material, at, cell=_CELL)


def _blank(kit: Kit, at: Float64, bay: _Bay, wall: Material) -> None:
    """Build a bay without a window, with a sign, a painting or stains."""
    _sheet(kit, at, bay, wall)
    for _ in range(int(kit.random.integers(1, 4))):
        w, h = kit.between(0.4, 0.6 * (bay.x1 - bay.x0)), kit.between(0.4, 0.5 * (bay.z1 - bay.z0))
        x, z = kit.between(bay.x0, bay.x1 - w), kit.between(bay.z0 + 0.2, bay.z1 - h)
        sign = kit.palette.some("picture" if kit.chance(0.5) else "rug")
        _sheet(kit, at, _Bay(x, x + w, z, z + h), sign, -kit.between(0.01, 0.08))


def _window(kit: Kit, at: Float64, bay: _Bay, wall: Material, frame: Material, glass: Material, door: bool) -> None:
    """Build a bay with a window or door set into the wall, its four reveals, bars, and perhaps a balcony."""
    width = min(kit.between(0.9, 1.8), bay.x1 - bay.x0 - 0.5)
    x0 = kit.between(bay.x0 + 0.2, bay.x1 - 0.2 - width)
    z0 = bay.z0 if door else bay.z0 + kit.between(0.7, 1.0)
    x1, z1 = x0 + width, min(bay.z1 - 0.25, z0 + kit.between(1.2, 2.1))
    for part in (
        _Bay(bay.x0, x0, bay.z0, bay.z1),
        _Bay(x1, bay.x1, bay.z0, bay.z1),
        _Bay(x0, x1, bay.z0, z0),
        _Bay(x0, x1, z1, bay.z1),
    ):
        _sheet(kit, at, part, wall)
    deep, tall = kit.between(0.1, 0.4), z1 - z0
    pane = kit.palette.some("lacquer") if door else kit.palette.some("fabric") if kit.chance(0.3) else glass
    _sheet(kit, at, _Bay(x0, x1, z0, z1), pane, deep)
    build = kit.build
    build.sheet((x0, 0, z0), (0, deep, 0), (0, 0, tall), frame, at)
    build.sheet((x1, deep, z0), (0, -deep, 0), (0, 0, tall), frame, at)
    build.sheet((x0, 0, z0), (width, 0, 0), (0, deep, 0), frame, at)
    build.sheet((x0, deep, z1), (width, 0, 0), (0, -deep, 0), frame, at)
    middle = 0.5 * (x0 + x1)
    build.box((0.06, 0.05, tall), (middle + kit.between(-0.2, 0.2), deep - 0.03, 0.5 * (z0 + z1)), frame, at)
    build.box((width, 0.05, 0.06), (middle, deep - 0.03, z0 + kit.between(0.3, 0.7) * tall), frame, at)
    if kit.chance(0.5):
        sill = kit.palette.some("stone")
        build.box((width + 0.3, 0.3, 0.1), (middle, -0.1, z0 - 0.05), sill, at)
    if not door and bay.z0 > 1.0 and kit.chance(0.2):
        _balcony(kit, at, middle, bay.z0 + 0.2, width + 0.8)


def _balcony(kit: Kit, at: Float64, x: float, z: float, width: float) -> None:
    deep, rail = kit.between(0.7, 1.3), kit.palette.some("metal")
    kit.build.box((width, deep, 0.15), (x, -0.5 * deep, z), kit.palette.some("stone"), at)
    kit.build.box((width, 0.05, 0.05), (x, -deep + 0.05, z + 1.0), rail, at)
    for along in np.arange(-0.5 * width + 0.05, 0.5 * width, 0.18):
        kit.build.box((0.03, 0.03, 1.0), (x + along, -deep + 0.05, z + 0.5), rail, at)


def _thing(kit: Kit, yard: Room) -> None:
    """Put a bench, a bin, a crate, a kiosk or a plant into the yard."""
    x, y = kit.between(yard.x0 + 1.5, yard.x1 - 1.5), kit.between(yard.y0 + 1.5, yard.y1 - 1.5)
    at = place(x, y, 0, kit.between(-3.1, 3.1))
    kind = int(kit.random.integers(3))
    if kind == 0:
        large_plant(kit).make(kit, at)
        return
    size = (1.8, 0.5, 0.45) if kind == 1 else (kit.between(0.5, 1.2), kit.between(0.5, 1.2), kit.between(0.5, 1.3))
    kit.build.box(size, (0, 0, 0.5 * size[2]), kit.palette.some("wood" if kind == 1 else "printed"), at)
    kit.build.solid(size, (0, 0, 0.5 * size[2]), at)


def _sky(kit: Kit) -> None:
    sky = kit.palette.new("sky", glow=1.2)
    kit.build.sheet((-_FAR, -_FAR, -1.0), (2 * _FAR, 0, 0), (0, 2 * _FAR, 0), kit.palette.new("plain"), cell=2 * _FAR)
    kit.build.sheet((-_FAR, _FAR, _FAR), (2 * _FAR, 0, 0), (0, -2 * _FAR, 0), sky, cell=2 * _FAR)
    for at, length, _, _ in walls_of(Room(-_FAR, -_FAR, _FAR, _FAR, _FAR)):
        kit.build.sheet((0, 0, -1.0), (length, 0, 0), (0, 0, _FAR + 1.0), sky, at, cell=2 * _FAR)


def _pieces(kit: Kit, low: float, high: float, least: float, most: float) -> list[tuple[float, float]]:
    """Divide a length into pieces of random lengths; the last is at least ``least``."""
    ends = [low]
    while high - ends[-1] > most + least:
        ends.append(ends[-1] + kit.between(least, most))
    rest = high - ends[-1]
    if rest > most:
        ends.append(ends[-1] + 0.5 * rest)
    return list(zip(ends, [*ends[1:], high], strict=True))


def ambient_light(kit: Kit) -> Float32:
    """Return the light of the sky, (3,), bluish."""
    return np.asarray(kit.between(0.35, 0.6) * np.array([0.92, 1.0, 1.12]), np.float32)
