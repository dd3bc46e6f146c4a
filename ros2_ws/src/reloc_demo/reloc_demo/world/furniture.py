"""Furniture. Each piece has a local frame: its back on y = 0, its front toward -y, its middle at x = 0."""

from __future__ import annotations

from reloc_demo.world.scene import Scene


def _legs(scene: Scene, width: float, depth: float, height: float, texture: str, thick: float = 0.06) -> None:
    for x in (-width / 2, width / 2 - thick):
        for y in (-depth, -thick):
            scene.box((x, y, 0), (thick, thick, height), texture, tile=1.0)


def table(scene: Scene, width: float, depth: float, wood: str, top: str = "", height: float = 0.74) -> None:
    """A table; ``top`` is a texture for its top."""
    scene.box((-width / 2, -depth, height - 0.04), (width, depth, 0.04), wood, tile=1.0, top=top)
    _legs(scene, width, depth, height - 0.04, wood)


def chair(scene: Scene, wood: str, cloth: str) -> None:
    """A chair; its back rest is on y = 0."""
    _legs(scene, 0.44, 0.44, 0.44, wood, 0.04)
    scene.box((-0.22, -0.44, 0.44), (0.44, 0.44, 0.05), cloth, tile=0.5)
    scene.box((-0.22, -0.04, 0.49), (0.44, 0.04, 0.45), cloth, tile=0.5)


def desk(scene: Scene, kind: str, screen: str) -> None:
    """A desk with papers, drawers on the left and a screen."""
    table(scene, 1.5, 0.75, f"wood {kind}", f"desk {kind}")
    scene.box((-0.72, -0.7, 0), (0.4, 0.66, 0.68), f"wood {kind}", tile=1.0, front=f"drawers {kind} desk")
    scene.box((-0.1, -0.24, 0.74), (0.2, 0.14, 0.12), "metal dark", tile=0.5)
    scene.box((-0.38, -0.22, 0.84), (0.76, 0.05, 0.44), "metal dark", tile=0.5)
    scene.rectangle((-0.36, -0.223, 0.86), (0.72, 0, 0), (0, 0, 0.4), screen, glow=0.9)


def case(scene: Scene, width: float, height: float, depth: float, body: str, front: str) -> None:
    """A closed box with a picture of its front: book case, cupboard, chest of drawers, fridge."""
    scene.box((-width / 2, -depth, 0), (width, depth, height), body, tile=1.0, front=front)


def bookcases(scene: Scene, count: int, first: int, height: float = 2.0) -> None:
    """Book cases side by side, starting at x = 0, each 1 m wide, with different books."""
    for k in range(count):
        scene.at(0.5 + k, 0.0).box(
            (-0.5, -0.32, 0), (1.0, 0.32, height), "wood walnut", tile=1.0, front=f"books {first + k}"
        )


def sofa(scene: Scene, width: float, cloth: str, cushion: str) -> None:
    """A sofa with two cushions."""
    w = width / 2
    scene.box((-w, -0.85, 0.08), (width, 0.85, 0.34), cloth, tile=0.8)
    scene.box((-w, -0.22, 0.42), (width, 0.22, 0.42), cloth, tile=0.8)
    for x in (-w, w - 0.2):
        scene.box((x, -0.85, 0.42), (0.2, 0.63, 0.2), cloth, tile=0.8)
    for x in (-w + 0.25, w - 0.7):
        scene.box((x, -0.36, 0.43), (0.45, 0.13, 0.38), cushion, front=cushion)


def plant(scene: Scene, height: float) -> None:
    """A plant in a pot, its middle at the origin."""
    scene.box((-0.17, -0.17, 0), (0.34, 0.34, 0.36), "plaster terracotta", tile=0.6)
    scene.box((-0.02, -0.02, 0.36), (0.04, 0.04, height - 0.7), "wood walnut", tile=0.5)
    for yaw, size, z in ((10, 0.46, height - 0.45), (50, 0.6, height - 0.85), (28, 0.36, height - 0.12)):
        part = scene.at(0, 0, yaw)
        part.box((-size / 2, -size / 2, z), (size, size, 0.36), "foliage")


def lamp(scene: Scene) -> None:
    """A standing lamp, its middle at the origin."""
    scene.box((-0.14, -0.14, 0), (0.28, 0.28, 0.03), "metal dark", tile=0.5)
    scene.box((-0.015, -0.015, 0.03), (0.03, 0.03, 1.4), "metal dark", tile=0.5)
    scene.box((-0.17, -0.17, 1.4), (0.34, 0.34, 0.3), "plaster cream", tile=0.6, glow=0.9)


def rug(scene: Scene, width: float, depth: float, texture: str) -> None:
    """A rug, its middle at the origin."""
    scene.rectangle((-width / 2, -depth / 2, 0.006), (width, 0, 0), (0, depth, 0), texture)


def kitchen_row(scene: Scene, width: float) -> None:
    """A worktop over cupboards with an oven, and wall cupboards above; from x = 0."""
    units = max(2, round(width / 0.6))
    w = width / units
    for k in range(units):
        front = "oven" if k == 2 else "cupboard cream" if k % 2 else "cupboard sage"
        scene.box((k * w, -0.6, 0), (w, 0.6, 0.86), "wood white", tile=1.0, front=front)
        if k != 2:
            scene.box((k * w, -0.34, 1.5), (w, 0.34, 0.7), "wood white", tile=1.0, front="cupboard cream wall")
    scene.box((0, -0.62, 0.86), (width, 0.62, 0.04), "worktop", tile=1.0)
    scene.box((3.2 * w, -0.4, 0.9), (0.34, 0.3, 0.24), "metal red", tile=0.4)
    scene.box((0.4 * w, -0.35, 0.9), (0.22, 0.22, 0.3), "metal steel", tile=0.4)
    scene.box((4.1 * w, -0.42, 0.9), (0.5, 0.3, 0.28), "metal dark", tile=0.4, front="oven small")


def cartons(scene: Scene) -> None:
    """A stack of cardboard boxes."""
    scene.box((-0.5, -0.45, 0), (0.5, 0.45, 0.4), "boxes 1", front="boxes 2")
    scene.box((0.02, -0.42, 0), (0.42, 0.42, 0.36), "boxes 3", front="boxes 4")
    scene.at(-0.2, -0.02, 8).box((-0.2, -0.42, 0.4), (0.44, 0.4, 0.34), "boxes 5", front="boxes 6")
