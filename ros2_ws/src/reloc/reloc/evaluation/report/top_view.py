"""Draw references, true poses and answers from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from reloc.datatypes import Float64, Localized
from reloc.evaluation.outcome import QueryOutcome
from reloc.pages import style

_UPRIGHT_COS = 0.94  # within 20 degrees


@dataclass(frozen=True, slots=True)
class Ground:
    """The floor plane under the cameras."""

    axes: Float64  # (2, 3) unit vectors of the plane, in the world
    labels: tuple[str, str]

    def flat(self, xyz_in_world: Float64) -> Float64:
        """Return points (N, 3) seen from above, (N, 2)."""
        return np.asarray(xyz_in_world @ self.axes.T, np.float64)


def find_ground(world_from_cam: Float64) -> Ground:
    """Find the floor under cameras (N, 4, 4) that are upright on average.

    A map in ROS's convention has z up and is drawn in x and y. Another one (7-Scenes has the first camera's axes) is
    drawn along the main directions of the cameras' positions, from above.
    """
    up = -world_from_cam[:, :3, 1].mean(axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    if up[2] > _UPRIGHT_COS:
        return Ground(np.eye(3)[:2], ("x [m]", "y [m]"))
    positions = world_from_cam[:, :3, 3] - world_from_cam[:, :3, 3].mean(axis=0)
    level = positions - np.outer(positions @ up, up)
    first = np.linalg.svd(level, full_matrices=True)[2][0]
    first -= up * (first @ up)
    if np.linalg.norm(first) < 1e-6:  # all references at one position
        first = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    first /= np.linalg.norm(first)
    return Ground(np.stack([first, np.cross(up, first)]), ("along the path [m]", "across [m]"))


@style.styled
def draw(outcomes: Sequence[QueryOutcome], world_from_ref: Float64) -> Figure:
    """Draw references, truth, answers, and a line from each answer to its truth; lost frames are at their truth."""
    ground = find_ground(world_from_ref)
    figure, (axes,) = style.new_figure(7.4, 5.2)
    references = ground.flat(world_from_ref[:, :3, 3])
    axes.plot(*references.T, "o", color=style.REFERENCE_COLOR, ms=4, label=f"references ({len(references)})")
    true = [o.world_from_true[:3, 3] for o in outcomes if o.world_from_true is not None]
    if true:
        axes.plot(*ground.flat(np.array(true)).T, "-", color=style.TRUTH, lw=1.1, label="truth")
    answers = [(o.answer.world_from_cam[:3, 3], o) for o in outcomes if isinstance(o.answer, Localized)]
    if answers:
        points = ground.flat(np.array([xyz for xyz, _ in answers]))
        axes.plot(*points.T, "o", color=style.ANSWER, ms=3.2, label=f"answers ({len(answers)})", zorder=3)
    lines = [
        ground.flat(np.array([xyz, o.world_from_true[:3, 3]])) for xyz, o in answers if o.world_from_true is not None
    ]
    if lines:
        axes.add_collection(LineCollection(lines, colors=style.BAD, linewidths=1.0, zorder=4, label="error"))
    lost = [
        o.world_from_true[:3, 3]
        for o in outcomes
        if o.world_from_true is not None and not isinstance(o.answer, Localized)
    ]
    if lost:
        axes.plot(*ground.flat(np.array(lost)).T, "x", color=style.BAD, ms=7, mew=1.8, label=f"lost ({len(lost)})")
    axes.set_xlabel(ground.labels[0])
    axes.set_ylabel(ground.labels[1])
    axes.set_aspect("equal", adjustable="datalim")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return figure
