"""Make one picture for each disturbance, as the robot saw it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from reloc import images
from reloc.errors import ImageError
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.plan import make_plan
from reloc.kidnap.scenery import Scenery

_SIDE = 360  # pixels
_LOOK = 3  # number of the shown look after the kidnap; by then, objects move


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture with a caption."""

    name: str
    about: str
    picture: str  # a data: address; empty if it cannot be read


def shots_of(scenery: Scenery, disturbances: Sequence[type[Disturbance]], config: KidnapConfig) -> list[Shot]:
    """Return one picture of each disturbance's first kidnap."""
    found = []
    for index, disturbance in enumerate(disturbances):
        plan = make_plan(index, scenery, disturbances, config)
        look = plan.looks[min(plan.kidnap + _LOOK, len(plan.looks) - 1)]
        try:
            small = images.resize_to(look.load(), _SIDE)
        except ImageError:
            found.append(Shot(disturbance.name, disturbance.about, ""))
            continue
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
        data = base64.b64encode(encoded.tobytes()).decode("ascii")
        found.append(Shot(disturbance.name, disturbance.about, f"data:image/jpeg;base64,{data}"))
    return found
