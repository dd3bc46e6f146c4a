"""The demo's world: a corridor with two look-alike offices, a lounge, a kitchen and a library."""

from __future__ import annotations

from functools import lru_cache

from reloc_demo.world import furniture
from reloc_demo.world.rooms import HEIGHT, Doorway, Finish, add_room, hang
from reloc_demo.world.scene import DemoRoom, DemoWorld, Scene

CORRIDOR = "corridor"
OFFICES = ("office 1", "office 2")
OFFICE_PITCH = 4.75  # distance of the two offices along x, meters


def _room(name: str, x: tuple[float, float], y: tuple[float, float], lamps: int = 1) -> DemoRoom:
    step = (x[1] - x[0]) / lamps
    where = tuple((x[0] + step * (k + 0.5), (y[0] + y[1]) / 2, HEIGHT) for k in range(lamps))
    return DemoRoom(name, x, y, HEIGHT, where)


@lru_cache(maxsize=1)
def build() -> DemoWorld:
    """Build the whole house."""
    scene = Scene()
    _corridor(scene)
    for number, name in enumerate(OFFICES):
        _office(scene, name, number)
    _lounge(scene)
    _kitchen(scene)
    _library(scene)
    return scene.finish()


def _corridor(scene: Scene) -> None:
    room = _room(CORRIDOR, (0, 15), (-1, 1), 3)
    doors = (*(Doorway("north", x) for x in (2.3, 7.05, 12.3)), *(Doorway("south", x) for x in (3.2, 11.0)))
    finish = Finish("plaster white", "parquet walnut", (("west", "wallpaper leaves"), ("east", "brick red")))
    inside = add_room(scene, room, finish, doors)
    hang(inside, "west", 0.0, 0.9, (1.2, 0.9), "painting hall", "frame oak")
    hang(inside, "east", 0.0, 0.9, (0.75, 1.0), "poster hall")
    hang(inside, "north", 4.65, 1.0, (1.1, 0.82), "painting 11", "frame oak")
    hang(inside, "north", 9.6, 0.9, (0.75, 1.0), "poster 12")
    hang(inside, "south", 6.0, 1.0, (0.6, 0.8), "poster 13")
    hang(inside, "south", 7.6, 1.0, (1.0, 1.0), "chart corridor", "frame oak")
    hang(inside, "south", 13.4, 1.0, (1.0, 0.75), "painting 14", "frame white")
    hang(inside, "north", 14.2, 1.5, (0.35, 0.35), "clock hall")
    furniture.case(inside.at(5.0, -1.0, 180), 1.0, 0.85, 0.3, "wood oak", "drawers oak hall")
    furniture.plant(inside.at(0.3, -0.7), 1.5)
    furniture.case(inside.at(9.2, -1.0, 180), 0.9, 1.1, 0.32, "wood walnut", "books corridor")


def _office(scene: Scene, name: str, number: int) -> None:
    """Build one of the two offices. They differ only in one poster, the cupboard's color and the pin board."""
    x = number * OFFICE_PITCH
    finish = Finish("plaster cream", "carpet grey", (("north", "plaster blue"),))
    room = _room(name, (x, x + 4.6), (1.15, 5.65))
    inside = add_room(scene, room, finish, (Doorway("south", x + 2.3),))
    hang(inside, "north", x + 1.25, 0.95, (1.3, 1.2), "window office", "frame white", glow=0.85, depth=0.05)
    hang(inside, "north", x + 3.35, 0.95, (1.3, 1.2), "window office", "frame white", glow=0.85, depth=0.05)
    hang(inside, "west", 3.4, 0.85, (2.0, 1.0), "whiteboard office", "frame white")
    hang(inside, "east", 2.2, 1.0, (0.75, 1.0), ("poster office one", "poster office two")[number])
    hang(inside, "south", x + 0.9, 1.0, (1.0, 1.0), ("photos one", "photos two")[number], "frame oak")
    hang(inside, "south", x + 3.7, 1.6, (0.35, 0.35), "clock office")
    furniture.desk(inside.at(x + 1.3, 5.6), "birch", "screen code office")
    furniture.desk(inside.at(x + 3.3, 5.6), "birch", "screen plot office")
    furniture.chair(inside.at(x + 1.3, 4.45, 180), "metal dark", "cloth blue")
    furniture.chair(inside.at(x + 3.3, 4.35, 165), "metal dark", "cloth blue")
    furniture.case(
        inside.at(x + 4.6, 3.55, -90), 1.2, 1.9, 0.42, "wood white", ("cupboard red", "cupboard teal")[number]
    )
    furniture.bookcases(inside.at(x, 4.3, 90), 1, 51)
    furniture.plant(inside.at(x + 4.2, 4.75), 1.6)
    furniture.case(inside.at(x + 3.9, 1.15, 180), 0.9, 0.7, 0.45, "wood birch", "drawers birch office")
    furniture.cartons(inside.at(x + 0.75, 1.6, 180))


def _lounge(scene: Scene) -> None:
    room = _room("lounge", (9.5, 15), (1.15, 5.65), 2)
    finish = Finish("plaster terracotta", "parquet oak", (("north", "wallpaper leaves"),))
    inside = add_room(scene, room, finish, (Doorway("south", 12.3),))
    hang(inside, "east", 3.4, 0.8, (2.0, 1.4), "window lounge", "frame white", glow=0.85, depth=0.05)
    hang(inside, "north", 12.2, 1.1, (1.6, 1.1), "painting lounge", "frame oak")
    hang(inside, "north", 10.3, 1.2, (0.6, 0.8), "poster 21")
    hang(inside, "north", 14.3, 1.2, (0.6, 0.8), "poster 22")
    hang(inside, "south", 10.5, 1.0, (1.2, 0.9), "painting 23", "frame white")
    hang(inside, "south", 14.0, 1.0, (0.75, 1.0), "poster 24")
    hang(inside, "west", 2.0, 1.1, (0.9, 0.9), "chart lounge", "frame oak")
    furniture.sofa(inside.at(12.2, 5.6), 2.2, "cloth teal", "rug cushion")
    furniture.rug(inside.at(12.2, 3.7), 2.6, 1.8, "rug lounge")
    furniture.table(inside.at(12.2, 4.3), 1.1, 0.55, "wood walnut", "desk walnut", 0.42)
    furniture.case(inside.at(9.5, 3.9, 90), 1.8, 0.5, 0.42, "wood walnut", "drawers walnut tv")
    inside.at(9.55, 3.9, 90, 0.52).box(
        (-0.65, -0.2, 0.06), (1.3, 0.06, 0.76), "metal dark", tile=0.5, front="painting tv", glow=0.9
    )
    furniture.sofa(inside.at(14.9, 4.95, -90), 1.0, "cloth mustard", "rug cushion two")
    furniture.lamp(inside.at(10.2, 5.2))
    furniture.plant(inside.at(14.6, 1.6), 1.8)
    furniture.bookcases(inside.at(11.0, 1.15, 180), 1, 61, 1.0)


def _kitchen(scene: Scene) -> None:
    room = _room("kitchen", (0, 6.6), (-5.65, -1.15), 2)
    finish = Finish("plaster sage", "tiles kitchen", (("south", "tiles wall"),), floor_tile=2.4)
    inside = add_room(scene, room, finish, (Doorway("north", 3.2),))
    furniture.kitchen_row(inside.at(4.4, -5.65, 180), 4.2)
    furniture.case(inside.at(5.2, -5.65, 180), 0.75, 1.85, 0.62, "metal steel", "fridge")
    hang(inside, "west", -3.6, 0.85, (1.8, 1.3), "window kitchen", "frame white", glow=0.85, depth=0.05)
    hang(inside, "east", -2.2, 1.0, (0.75, 1.0), "poster 31")
    hang(inside, "east", -4.4, 1.0, (1.2, 0.9), "painting 32", "frame oak")
    hang(inside, "north", 1.3, 1.0, (1.1, 0.82), "painting 33", "frame oak")
    hang(inside, "north", 5.2, 1.0, (1.0, 1.0), "photos kitchen", "frame oak")
    hang(inside, "west", -1.75, 1.5, (0.35, 0.35), "clock kitchen")
    furniture.table(inside.at(2.0, -3.3), 1.6, 0.9, "wood oak", "desk oak")
    for x, y, yaw in ((1.6, -4.3, 180), (2.4, -4.4, 175), (1.6, -3.15, 5), (2.5, -3.1, -8)):
        furniture.chair(inside.at(x, y + (0.3 if yaw > 90 else -0.2), yaw), "wood oak", "cloth red")
    furniture.case(inside.at(6.6, -3.3, -90), 1.1, 1.0, 0.42, "wood white", "cupboard green")
    furniture.plant(inside.at(0.35, -2.0), 1.3)
    furniture.cartons(inside.at(6.1, -1.6))


def _library(scene: Scene) -> None:
    room = _room("library", (6.75, 15), (-5.65, -1.15), 2)
    finish = Finish("wallpaper stripes", "carpet green", (("east", "brick white"),), tile=1.2)
    inside = add_room(scene, room, finish, (Doorway("north", 11.0),))
    furniture.bookcases(inside.at(13.6, -5.65, 180), 5, 71)
    furniture.bookcases(inside.at(6.75, -4.9, 90), 3, 81)
    hang(inside, "east", -3.4, 0.85, (1.8, 1.3), "window library", "frame white", glow=0.85, depth=0.05)
    hang(inside, "east", -1.9, 1.0, (0.6, 0.8), "poster 41")
    hang(inside, "north", 8.6, 0.95, (1.5, 1.1), "painting 42", "frame oak")
    hang(inside, "north", 13.2, 1.0, (1.2, 1.2), "chart library", "frame oak")
    hang(inside, "south", 7.7, 1.0, (0.75, 1.0), "poster 43", "frame oak")
    furniture.desk(inside.at(14.2, -5.0, 200), "walnut", "screen code library")
    furniture.sofa(inside.at(14.95, -3.3, -90), 1.7, "cloth red", "rug cushion three")
    furniture.rug(inside.at(10.8, -3.6), 3.0, 2.0, "rug library")
    furniture.table(inside.at(9.2, -3.3), 1.2, 0.7, "wood walnut", "desk walnut")
    furniture.chair(inside.at(9.2, -3.1, 6), "wood walnut", "cloth green")
    furniture.lamp(inside.at(7.2, -1.6))
    furniture.plant(inside.at(14.5, -1.6), 1.6)
    furniture.case(inside.at(6.75, -1.95, 90), 0.4, 1.0, 0.4, "wood walnut", "drawers walnut tall")
