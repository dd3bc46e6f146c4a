"""Ask `features` about a map's own images, each without itself: what would it answer there, and how precisely?

That others localize a reference correctly does not mean that it is answered: the evidence may not suffice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.errors import ImageError, MapFeatureError
from reloc.evaluation.outcome import sigma_deg, sigma_m
from reloc.evaluation.self_check import SelfCheck
from reloc.maps.reference_map import ReferenceMap


@dataclass(frozen=True, slots=True)
class ExpectedAnswers:
    """The answers at the references that the others localize."""

    asked: int
    sigmas_m: tuple[float, ...]  # largest sigma of each answer
    sigmas_deg: tuple[float, ...]
    checks: tuple[SelfCheck, ...]  # as given; one that is refused has this as its problem

    @property
    def answered(self) -> int:
        """Number of references at which there is an answer."""
        return len(self.sigmas_m)

    def __str__(self) -> str:
        if not self.asked:
            return "no reference is localized by the others"
        text = f"{self.answered} of {self.asked} are answered"
        if not self.answered:
            return text
        return f"{text}, sigma {np.median(self.sigmas_m):.3g} m and {np.median(self.sigmas_deg):.2g} deg (median)"


def expected_answers(
    reference_map: ReferenceMap,
    checks: tuple[SelfCheck, ...],
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> ExpectedAnswers | None:
    """Return what `features` answers at each reference that the others localize correctly.

    Returns:
        None if `features` cannot run in this map, or the map has no images.
    """
    try:
        localizer = open_localizer(reference_map, "features")
    except MapFeatureError:
        return None
    places = {name: index for index, name in enumerate(reference_map.names)}
    found, sigmas, asked = list[SelfCheck](), list[tuple[float, float]](), 0
    for done, check in enumerate(checks, start=1):
        on_done(done, len(checks))
        if check.problem:
            found.append(check)
            continue
        index = places[check.name]
        try:
            image = reference_map.image(index)
        except ImageError:
            return None
        features = reference_map.features(index)
        answer = localizer.localize(Query(image, reference_map.camera(index), without=(index,), features=features))
        asked += 1
        if isinstance(answer, Localized):
            sigmas.append((sigma_m(answer.covariance), sigma_deg(answer.covariance)))
            found.append(check)
        else:
            found.append(replace(check, problem=f"found, but not answered ({answer.reason.value}): {answer.detail}"))
    return ExpectedAnswers(asked, tuple(s[0] for s in sigmas), tuple(s[1] for s in sigmas), tuple(found))
