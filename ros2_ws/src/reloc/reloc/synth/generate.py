"""Make a furnished world from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float32
from reloc.synth import decoration
from reloc.synth.courtyard import ambient_light, build_courtyard, sunlight
from reloc.synth.floor_plan import FloorPlan, draw_plan
from reloc.synth.furnishing import furnish
from reloc.synth.furniture.kit import Kit
from reloc.synth.lighting import light_on
from reloc.synth.mesh_builder import MeshBuilder
from reloc.synth.palette import Palette
from reloc.synth.shell import build_shell
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.world import Lamps, Room, World

ROOMS, COURTYARD = "rooms", "courtyard"


@dataclass(frozen=True, slots=True)
class WorldConfig:
    """Parameters of worlds."""

    kind: str = param(
        ROOMS, "Worlds are furnished rooms, or courtyards of 15 to 40 m under the sky.", choices=(ROOMS, COURTYARD)
    )
    photos: float = param(
        1.0,
        "This factor scales how often photographs are used as textures, if there are any. Raising it "
        "uses more photographs; 0 uses none.",
        ge=0.0,
        le=1.15,
        expert=True,
    )
    lamp_size: float = param(
        0.2,
        "Lamps have this width. Raising it softens shadows; 0 makes them sharp.",
        unit="m",
        ge=0.0,
        le=2.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


def make_world(
    *place: int, library: TextureLibrary | None = None, config: WorldConfig | None = None, plan: FloorPlan | None = None
) -> World:
    """Return the world for ``place`` (a seed and other numbers). Equal numbers give equal worlds."""
    config, library = config or WorldConfig(), library or TextureLibrary()
    random = np.random.default_rng(np.random.SeedSequence(place))
    build, palette = MeshBuilder(random), Palette(library, random, config.photos)
    kit = Kit(build, palette, random)
    outdoors = config.kind == COURTYARD
    rooms, lamps = _courtyard(kit) if outdoors else _rooms(kit, plan or draw_plan(random))
    mesh = build.mesh()
    dark = World(
        mesh=mesh,
        materials=palette.materials(),
        textures=palette.atlas(),
        light=np.zeros_like(mesh.vertices),
        lamps=lamps,
        rooms=rooms,
        solids=build.solids(),
        seed=place,
    )
    ambient = ambient_light(kit) if outdoors else random.uniform(0.15, 0.5) * _warmth(random, 0.08)
    light = light_on(mesh, dark.rays, lamps, ambient, config.lamp_size, random)
    inside = np.linalg.norm(mesh.vertices, axis=1) < 30.0
    usual = float(np.median(light[inside].mean(axis=1)))
    world = replace(dark, light=light, exposure=float(0.75 * np.exp(random.normal(0.0, 0.2)) / max(usual, 1e-3)))
    world.__dict__["rays"] = dark.rays  # the same mesh
    return world


def _rooms(kit: Kit, plan: FloorPlan) -> tuple[tuple[Room, ...], Lamps]:
    build_shell(kit, plan)
    for room in plan.rooms:
        furnish(kit, room, plan)
        decoration.decorate(kit, room, plan)
        decoration.rug(kit, room)
    return plan.rooms, _lamps(kit, plan)


def _courtyard(kit: Kit) -> tuple[tuple[Room, ...], Lamps]:
    yard = build_courtyard(kit)
    return (yard,), sunlight(kit)


def _lamps(kit: Kit, plan: FloorPlan) -> Lamps:
    """Some rooms are lit by lamps, some by windows, most by both; a few lamps are colored."""
    random = kit.random
    daylight = kit.chance(0.7)
    places: list[Float32] = []
    colours: list[Float32] = []
    for room in plan.rooms:
        own = decoration.ceiling_lamps(kit, room)
        has_window = any(h.outward and room.x0 <= decoration.window_light(h)[0] <= room.x1 for h in plan.openings)
        if daylight and has_window and kit.chance(0.4):
            continue  # switched off
        warm = _warmth(random, 0.2)
        places += own
        colours += [np.asarray(random.uniform(0.8, 2.2) * warm, np.float32)] * len(own)
    for hole in plan.openings:
        if hole.outward and daylight:
            area = (hole.end - hole.start) * (hole.top - hole.bottom)
            places.append(decoration.window_light(hole))
            colours.append(np.asarray(random.uniform(0.5, 2.0) * area * _warmth(random, 0.15), np.float32))
    return Lamps(np.array(places, np.float32).reshape(-1, 3), np.array(colours, np.float32).reshape(-1, 3))


def _warmth(random: np.random.Generator, spread: float) -> Float32:
    """Return a nearly white color (3,), bluish to reddish."""
    warm = float(random.normal(0.3 * spread, spread))
    return np.asarray(np.exp([warm, 0.0, -1.3 * warm]), np.float32)
