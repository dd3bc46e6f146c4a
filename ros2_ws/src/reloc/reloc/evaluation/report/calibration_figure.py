"""Draw whether the errors match the covariances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from reloc.distributions import chi2_probability
from reloc.evaluation.outcome import QueryOutcome
from reloc.pages import style


@style.styled
def draw(outcomes: Sequence[QueryOutcome]) -> Figure:
    """Draw the share of errors inside the ellipsoid of each confidence. Correct covariances lie on the diagonal."""
    figure, (axes,) = style.new_figure(5.6, 4.0)
    axes.plot([0, 1], [0, 1], color="#6b7280", lw=0.9, ls=":")
    errors = [o.errors for o in outcomes if o.errors is not None]
    for values, dof, colour, label in (
        ([e.nees for e in errors], 6, style.ANSWER, "pose (6)"),
        ([e.nees_position for e in errors], 3, style.BASELINE, "position (3)"),
    ):
        finite = np.asarray(values)[np.isfinite(values)]
        predicted = np.sort(chi2_probability(finite, dof))
        share = np.arange(1, len(predicted) + 1) / max(1, len(values))
        axes.step(
            np.r_[0.0, predicted, 1.0], np.r_[0.0, share, share[-1:]], where="post", color=colour, lw=1.8, label=label
        )
    axes.text(0.04, 0.96, "too cautious", color="#6b7280", va="top")
    axes.text(0.96, 0.04, "overconfident", color="#6b7280", ha="right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.01)
    axes.set_aspect("equal")
    axes.set_xlabel("stated confidence")
    axes.set_ylabel("share of errors inside")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
