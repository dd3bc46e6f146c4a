"""Fronts and tops of furniture: book shelves, screens, doors, desks, kitchen things."""

from __future__ import annotations

import cv2
import numpy as np

from reloc_demo.textures.paint import Colour, Picture, canvas, mottle, noise, shade, vivid, word, write
from reloc_demo.textures.surfaces import PLASTER, wood


def books(_: str, rng: np.random.Generator) -> Picture:
    """Five shelves of books seen from the front."""
    case = np.ascontiguousarray(wood("walnut", rng))
    for shelf in range(5):
        floor = 96 + shelf * 102
        case[floor - 88 : floor] = (38, 28, 22)
        x = 10
        while x < 488:
            wide, high = int(rng.integers(9, 30)), int(rng.integers(54, 84))
            if rng.random() < 0.06:
                x += int(rng.integers(20, 50))
                continue
            colour = vivid(rng, 60, 220)
            right = min(x + wide, 500)
            cv2.rectangle(case, (x, floor - high), (right, floor), colour, -1)
            cv2.line(case, (right, floor - high), (right, floor), shade(colour, 0.5), 2)
            for _i in range(int(rng.integers(1, 4))):
                y = floor - int(rng.integers(8, high))
                cv2.line(
                    case,
                    (x + 2, y),
                    (right - 2, y),
                    shade(colour, float(rng.choice([0.5, 1.8]))),
                    int(rng.integers(2, 6)),
                )
            if wide > 18:
                label = canvas(high, 14, colour)
                write(label, word(rng), (3, 0), 12, (245, 240, 225))
                upright = cv2.rotate(label, cv2.ROTATE_90_COUNTERCLOCKWISE)
                case[floor - high : floor, x + 3 : x + 17] = upright[:, :14]
            x += wide + 1
    return case


def screen(kind: str, rng: np.random.Generator) -> Picture:
    """A computer screen: a terminal, a plot, or a television picture."""
    glass = canvas(512, 320, (24, 28, 38))
    if kind.startswith("plot"):
        glass[:] = (244, 244, 240)
        for _i in range(4):
            line = 160 + 50 * noise(rng, 512, 2, 46)[0]
            points = np.stack([np.arange(512), line], 1).astype(np.int32)
            cv2.polylines(glass, [points], False, vivid(rng, 80, 190), 4, cv2.LINE_AA)
        write(glass, word(rng).title(), (30, 14), 34, (30, 30, 40))
        return glass
    for row in range(14):
        x = 14 + 24 * int(rng.integers(0, 4))
        while x < 440 and rng.random() < 0.86:
            text = word(rng)
            write(glass, text, (x, 8 + row * 22), 17, vivid(rng, 170, 255), "DejaVuSansMono")
            x += 11 * len(text) + 14
    return glass


def cupboard(kind: str, rng: np.random.Generator) -> Picture:
    """Two doors with panels and handles, painted."""
    colours: dict[str, Colour] = {"red": (178, 52, 44), "teal": (40, 124, 124), "green": (84, 128, 88)} | PLASTER
    front = mottle(canvas(512, 512, colours[kind.split()[0]]), noise(rng, 512, 512, 3), 3)
    tone = colours[kind.split()[0]]
    for left in (8, 262):
        cv2.rectangle(front, (left, 8), (left + 242, 503), shade(tone, 0.72), 4)
        for top, bottom in ((40, 230), (270, 470)):
            cv2.rectangle(front, (left + 34, top), (left + 208, bottom), shade(tone, 0.8), 6)
            cv2.rectangle(front, (left + 40, top + 6), (left + 202, bottom - 6), shade(tone, 1.12), 3)
    for x in (232, 270):
        cv2.rectangle(front, (x, 226), (x + 9, 290), (60, 56, 50), -1)
    return front


def drawers(kind: str, rng: np.random.Generator) -> Picture:
    """Four drawers with labels."""
    front = np.ascontiguousarray(wood(kind.split()[0], rng))
    for row in range(4):
        top = 10 + row * 126
        cv2.rectangle(front, (12, top), (499, top + 112), (52, 40, 30), 4)
        cv2.rectangle(front, (206, top + 62), (306, top + 78), (40, 38, 36), -1)
        cv2.rectangle(front, (180, top + 18), (332, top + 52), (240, 236, 222), -1)
        write(front, word(rng), (188, top + 20), 26, (40, 40, 60))
    return front


def desk(kind: str, rng: np.random.Generator) -> Picture:
    """A desk top with papers, a keyboard and a mug, from above."""
    top = np.ascontiguousarray(wood(kind.split()[0], rng))
    for _i in range(9):
        sheet = canvas(92, 128, (244, 242, 234) if rng.random() < 0.7 else vivid(rng, 160))
        for row in range(9):
            write(sheet, word(rng) + " " + word(rng), (8, 6 + row * 13), 9, (50, 50, 60), "DejaVuSans")
        x, y = int(rng.integers(0, 400)), int(rng.integers(0, 380))
        top[y : y + 128, x : x + 92] = sheet
    cv2.rectangle(top, (160, 340), (360, 420), (44, 46, 50), -1)
    for row in range(5):
        for column in range(14):
            corner = (166 + column * 14, 345 + row * 15)
            cv2.rectangle(top, corner, (corner[0] + 10, corner[1] + 11), (190, 192, 196), -1)
    cv2.circle(top, (440, 120), 26, vivid(rng), -1, cv2.LINE_AA)
    return top


def worktop(_: str, rng: np.random.Generator) -> Picture:
    """Speckled stone."""
    stone = mottle(canvas(512, 512, (128, 126, 122)), noise(rng, 512, 512, 12), 14)
    for _i in range(1200):
        centre = (int(rng.integers(0, 512)), int(rng.integers(0, 512)))
        cv2.circle(
            stone, centre, int(rng.integers(1, 4)), shade((150, 146, 140), rng.uniform(0.3, 1.6)), -1, cv2.LINE_AA
        )
    return stone


def oven(_: str, rng: np.random.Generator) -> Picture:
    """An oven door with knobs and a dark window."""
    front = mottle(canvas(256, 256, (176, 178, 180)), noise(rng, 256, 256, 3), 4)
    for k in range(5):
        cv2.circle(front, (34 + 46 * k, 26), 13, (40, 40, 42), -1, cv2.LINE_AA)
        cv2.line(
            front, (34 + 46 * k, 26), (34 + 46 * k + int(rng.integers(-8, 9)), 16), (230, 230, 230), 2, cv2.LINE_AA
        )
    cv2.rectangle(front, (20, 66), (236, 76), (90, 92, 96), -1)
    cv2.rectangle(front, (34, 92), (222, 228), (26, 26, 30), -1)
    return front


def fridge(_: str, rng: np.random.Generator) -> Picture:
    """A fridge door with magnets and notes."""
    door = canvas(256, 512, (226, 228, 228))
    cv2.line(door, (0, 170), (255, 170), (120, 122, 124), 5)
    for y in (60, 220):
        cv2.rectangle(door, (18, y), (28, y + 80), (120, 124, 128), -1)
    for _i in range(15):
        x, y = int(rng.integers(50, 190)), int(rng.integers(10, 400))
        if rng.random() < 0.5:
            cv2.circle(door, (x, y), int(rng.integers(7, 15)), vivid(rng), -1, cv2.LINE_AA)
        else:
            cv2.rectangle(door, (x, y), (x + 56, y + 66), vivid(rng, 190, 250), -1)
            for row in range(3):
                write(door, word(rng), (x + 4, y + 4 + 19 * row), 14, (30, 30, 40))
    return door


def boxes(_: str, rng: np.random.Generator) -> Picture:
    """The side of a labeled cardboard box."""
    side = mottle(canvas(256, 256, (184, 146, 100)), noise(rng, 256, 256, 3), 6)
    cv2.rectangle(side, (0, 116), (255, 140), (206, 178, 130), -1)
    cv2.rectangle(side, (40, 30), (216, 104), (240, 238, 228), -1)
    write(side, word(rng).upper(), (48, 36), 26, (20, 20, 20))
    write(side, str(rng.integers(10000, 99999)), (48, 68), 28, (20, 20, 20))
    for _i in range(3):
        x = int(rng.integers(20, 180))
        cv2.rectangle(side, (x, 160), (x + 44, 226), vivid(rng), -1)
    return side
