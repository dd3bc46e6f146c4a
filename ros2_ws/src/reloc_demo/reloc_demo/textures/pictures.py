"""Textures that hang on walls: posters, paintings, maps, windows, boards."""

from __future__ import annotations

import cv2
import numpy as np

from reloc_demo.textures.paint import Picture, blob, canvas, gradient, mottle, noise, shade, vivid, word, write


def poster(_: str, rng: np.random.Generator) -> Picture:
    """Shapes on a gradient, with a title and small print."""
    sheet = gradient(384, 512, vivid(rng, 120), vivid(rng, 60, 160))
    for _i in range(int(rng.integers(9, 18))):
        centre = (int(rng.integers(20, 364)), int(rng.integers(80, 420)))
        size, colour = int(rng.integers(18, 90)), vivid(rng)
        kind = rng.integers(0, 4)
        if kind == 0:
            cv2.circle(sheet, centre, size, colour, -1 if rng.random() < 0.6 else 9, cv2.LINE_AA)
        elif kind == 1:
            cv2.fillPoly(sheet, [blob(rng, centre, size * 1.3, int(rng.integers(3, 8)))], colour, cv2.LINE_AA)
        elif kind == 2:
            corner = (centre[0] + size, centre[1] + int(rng.integers(10, 80)))
            cv2.rectangle(sheet, centre, corner, colour, -1)
        else:
            end = (int(rng.integers(0, 384)), int(rng.integers(60, 440)))
            cv2.line(sheet, centre, end, colour, int(rng.integers(3, 14)), cv2.LINE_AA)
    write(sheet, word(rng).upper(), (22, 14), 54, (250, 248, 240))
    for line in range(3):
        write(sheet, " ".join(word(rng) for _i in range(5)), (24, 436 + 22 * line), 16, (250, 250, 250), "DejaVuSans")
    return sheet


def painting(_: str, rng: np.random.Generator) -> Picture:
    """A landscape: sky, a sun, ranges of hills, brush strokes."""
    scene = gradient(512, 384, shade(vivid(rng, 150), 0.9), (246, 226, 190))
    cv2.circle(
        scene, (int(rng.integers(60, 450)), int(rng.integers(50, 140))), int(rng.integers(18, 40)), (252, 240, 200), -1
    )
    tone = vivid(rng, 120, 200)
    for layer in range(5):
        ridge = 150 + 48 * layer + 34 * noise(rng, 512, 2, 70 - 9 * layer)[0]
        points = np.stack([np.arange(512), ridge], 1).astype(np.int32)
        outline = np.concatenate([points, [[511, 383], [0, 383]]]).astype(np.int32)
        cv2.fillPoly(scene, [outline], shade(tone, 1.15 - 0.2 * layer), cv2.LINE_AA)
    for _i in range(500):
        x, y = int(rng.integers(0, 512)), int(rng.integers(0, 384))
        colour = shade(tuple(int(c) for c in scene[y, x]), rng.uniform(0.7, 1.3))  # type: ignore[arg-type]
        end = (x + int(rng.integers(-16, 17)), y + int(rng.integers(-6, 7)))
        cv2.line(scene, (x, y), end, colour, int(rng.integers(2, 6)), cv2.LINE_AA)
    return scene


def chart(_: str, rng: np.random.Generator) -> Picture:
    """A map: coast lines, roads, names, a grid."""
    sheet = canvas(512, 512, (176, 204, 216))
    land = noise(rng, 512, 512, 110) + 0.5 * noise(rng, 512, 512, 40)
    sheet[land > -0.3] = (222, 214, 176)
    sheet[land > 0.5] = (190, 204, 148)
    sheet[land > 1.1] = (198, 170, 128)
    for _i in range(14):
        path = np.cumsum(rng.normal(0, 34, (8, 2)), 0) + rng.uniform(60, 450, 2)
        cv2.polylines(sheet, [path.astype(np.int32)], False, (178, 60, 52), 2, cv2.LINE_AA)
    for k in range(64, 512, 64):
        cv2.line(sheet, (k, 0), (k, 511), (120, 130, 140), 1)
        cv2.line(sheet, (0, k), (511, k), (120, 130, 140), 1)
    for _i in range(26):
        xy = (int(rng.integers(0, 430)), int(rng.integers(0, 490)))
        write(sheet, word(rng).title(), xy, int(rng.integers(13, 26)), (40, 40, 50))
    return sheet


def whiteboard(_: str, rng: np.random.Generator) -> Picture:
    """Boxes, arrows and notes in marker."""
    board = mottle(canvas(1024, 512, (240, 242, 242)), noise(rng, 1024, 512, 60), 2)
    inks = ((30, 60, 150), (170, 40, 40), (30, 120, 60), (30, 30, 30))
    for _i in range(13):
        ink = inks[int(rng.integers(0, 4))]
        x, y = int(rng.integers(20, 820)), int(rng.integers(20, 420))
        if rng.random() < 0.5:
            cv2.rectangle(
                board, (x, y), (x + int(rng.integers(80, 190)), y + int(rng.integers(40, 80))), ink, 4, cv2.LINE_AA
            )
            target = (int(rng.integers(0, 1024)), int(rng.integers(0, 512)))
            cv2.arrowedLine(board, (x, y), target, ink, 3, cv2.LINE_AA)
        write(board, word(rng), (x + 8, y + 8), int(rng.integers(26, 44)), ink, "DejaVuSans-Oblique")
    return board


def photos(_: str, rng: np.random.Generator) -> Picture:
    """A pin board of snapshots and notes."""
    board = mottle(canvas(512, 512, (176, 136, 92)), noise(rng, 512, 512, 3), 14)
    for _i in range(17):
        w, h = int(rng.integers(64, 130)), int(rng.integers(64, 130))
        x, y = int(rng.integers(4, 508 - w)), int(rng.integers(4, 508 - h))
        cv2.rectangle(board, (x, y), (x + w, y + h), (246, 244, 236), -1)
        print_ = gradient(w - 12, h - 12, vivid(rng), vivid(rng))
        for _j in range(5):
            middle = (int(rng.integers(0, w)), int(rng.integers(0, h)))
            cv2.circle(print_, middle, int(rng.integers(5, 26)), vivid(rng), -1, cv2.LINE_AA)
        board[y + 6 : y + h - 6, x + 6 : x + w - 6] = print_
        cv2.circle(board, (x + w // 2, y + 4), 5, vivid(rng), -1, cv2.LINE_AA)
    return board


def window(_: str, rng: np.random.Generator) -> Picture:
    """A view outside: sky, clouds, houses, trees, and the window's bars."""
    view = gradient(512, 512, (128, 172, 222), (222, 232, 240))
    clouds = np.clip(noise(rng, 512, 512, 90) + 0.4 * noise(rng, 512, 512, 25), 0, 1.6)[..., None] / 1.6
    clouds = clouds * np.linspace(1, 0.2, 512)[:, None, None]
    view = (view * (1 - 0.8 * clouds) + 255 * 0.8 * clouds).astype(np.uint8)
    x = -20
    while x < 512:
        wide, top = int(rng.integers(50, 110)), int(rng.integers(180, 330))
        colour = shade((190, 160, 140), rng.uniform(0.55, 1.15))
        cv2.rectangle(view, (x, top), (x + wide, 511), colour, -1)
        for wx in range(x + 8, x + wide - 12, 20):
            for wy in range(top + 10, 470, 30):
                cv2.rectangle(view, (wx, wy), (wx + 10, wy + 16), shade((70, 84, 104), rng.uniform(0.7, 1.7)), -1)
        x += wide
    for _i in range(240):
        centre = (int(rng.integers(0, 512)), int(430 + rng.normal(0, 28)))
        cv2.circle(view, centre, int(rng.integers(8, 26)), shade((78, 120, 66), rng.uniform(0.5, 1.3)), -1, cv2.LINE_AA)
    for bar in (0, 249, 498):
        cv2.rectangle(view, (bar, 0), (bar + 14, 511), (236, 234, 228), -1)
        cv2.rectangle(view, (0, bar), (511, bar + 14), (236, 234, 228), -1)
    return view


def clock(_: str, rng: np.random.Generator) -> Picture:
    """A wall clock on a square plate."""
    face = canvas(256, 256, (52, 56, 62))
    cv2.circle(face, (128, 128), 116, (244, 242, 234), -1, cv2.LINE_AA)
    for hour in range(12):
        a = hour * np.pi / 6
        xy = (int(128 + 92 * np.sin(a)) - 10, int(128 - 92 * np.cos(a)) - 12)
        write(face, str(hour or 12), xy, 20, (30, 30, 30))
    for length, wide in ((54, 9), (82, 5)):
        a = rng.uniform(0, 2 * np.pi)
        cv2.line(
            face,
            (128, 128),
            (int(128 + length * np.sin(a)), int(128 - length * np.cos(a))),
            (20, 20, 20),
            wide,
            cv2.LINE_AA,
        )
    return face


def rug(_: str, rng: np.random.Generator) -> Picture:
    """A woven rug: a border, and a symmetric but worn pattern."""
    ground, border = vivid(rng, 90, 170), vivid(rng, 60, 130)
    quarter = canvas(256, 256, ground)
    for _i in range(26):
        centre = (int(rng.integers(0, 256)), int(rng.integers(0, 256)))
        cv2.fillPoly(
            quarter, [blob(rng, centre, rng.uniform(14, 54), int(rng.integers(4, 9)))], vivid(rng), cv2.LINE_AA
        )
    half = np.concatenate([quarter, quarter[:, ::-1]], 1)
    whole = np.ascontiguousarray(np.concatenate([half, half[::-1]], 0))
    cv2.rectangle(whole, (0, 0), (511, 511), border, 44)
    cv2.rectangle(whole, (34, 34), (477, 477), shade(ground, 1.5), 6)
    return mottle(mottle(whole, noise(rng, 512, 512, 3), 10), noise(rng, 512, 512, 60), 10)
