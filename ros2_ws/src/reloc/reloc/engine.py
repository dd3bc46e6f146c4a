"""A map and the method that localizes in it, ready to answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeVar, cast

import numpy as np

from reloc import plugins
from reloc.config import from_mapping
from reloc.datatypes import Answer, Localized, Lost, LostReason, Query, UInt8
from reloc.errors import MapFeatureError
from reloc.localizers import Localizer
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import use_single_threaded_products
from reloc.trust.calibration.calibration import Calibration
from reloc.trust.verification import VerificationConfig, Verified, Verifier
from reloc.trust.verification.witness import Witness
from reloc.trust.view import glimpse

Q = TypeVar("Q", contravariant=True)


class Answering(Protocol[Q]):
    """Interface that a composition with a gate uses. An engine answers queries; an evaluation may replay answers."""

    @property
    def verifies(self) -> bool:
        """Whether :meth:`verify` may be called."""

    def localize(self, query: Q) -> Answer:
        """Return the method's answer with calibrated covariance and probability."""

    def verify(self, query: Q, answer: Localized) -> Verified | Lost:
        """Compare an answer with references that it was not computed from."""

    def glimpse(self, query: Q) -> UInt8 | None:
        """Return a small copy of the query's image (:func:`reloc.trust.view.glimpse`); None if there is none."""


LOCALIZERS = "reloc.localizers"


def open_localizer(
    reference_map: ReferenceMap, name: str = "features", parameters: Mapping[str, Any] | None = None
) -> Localizer:
    """Return the localizer ``name`` on that map, ready for its first frame.

    From then on numpy's matrix products use one thread each in this process: see :mod:`reloc.threads`.

    Raises:
        PluginError: there is no localizer of that name.
        DependencyError: a package it needs is not installed.
        ConfigError: a parameter it does not have, or a value out of range.
        MapFeatureError: the map lacks what it needs.
        MapChangedError: the map was written to since it was opened.
    """
    return _opened(reference_map, name, parameters)[0]


def _opened(
    reference_map: ReferenceMap, name: str, parameters: Mapping[str, Any] | None
) -> tuple[Localizer, ReferenceMap]:
    """Return the localizer, and the map as it sees it: with the local features that it needs."""
    use_single_threaded_products()
    reference_map.copy_arrays()
    plugin = plugins.load(LOCALIZERS, name)
    config = from_mapping(plugin.Config, parameters or {})
    seen = reference_map.with_features(plugin.wanted_features(config), name)
    return cast(Localizer, plugin.from_map(config, seen)), seen


@dataclass(frozen=True, slots=True)
class Engine:
    """A method on one map with one set of parameters. It is replaced as a whole when the map changes."""

    name: str
    reference_map: ReferenceMap
    localizer: Localizer
    wants: Literal["gray", "rgb"]
    verifier: Verifier | None = None
    calibration: Calibration | None = None
    refined_by: Calibration | None = None  # calibration of the verifier's own poses

    @classmethod
    def open(
        cls,
        reference_map: ReferenceMap,
        name: str,
        parameters: Mapping[str, Any],
        verification: VerificationConfig | None = None,
        calibrated: bool = True,
    ) -> Engine:
        """Open the method and let it answer once, so that the first real image is not slow.

        Args:
            verification: whether the method's answers are verified; by default they are unless the method checks
                itself.
            calibrated: use the map's calibration of the method for covariances and probabilities.

        Raises:
            RelocError: there is no such method, a parameter is unknown, or the map lacks what the method needs.
        """
        localizer, reference_map = _opened(reference_map, name, parameters)
        verifier = _verifier(reference_map, localizer, verification or VerificationConfig())
        calibration = refined_by = None
        if calibrated:
            calibration = Calibration.of(reference_map, localizer.name, getattr(localizer, "config", None))
        if calibrated and verifier is not None:
            refined_by = Calibration.of(reference_map, Witness.name)
        engine = cls(name, reference_map, localizer, localizer.wants, verifier, calibration, refined_by)
        engine._warm_up()
        return engine

    @property
    def verifies(self) -> bool:
        """Whether answers are verified."""
        return self.verifier is not None

    def answer(self, query: Query) -> Answer:
        """Localize one query, and verify the answer if answers are verified; the answer tells whether it was."""
        answer = self.localize(query)
        if isinstance(answer, Lost):
            return answer
        if self.verifier is None:
            return replace(answer, verified=self.localizer.checks_itself)
        found = self.verify(query, answer)
        if isinstance(found, Lost) or isinstance(found.answer, Lost):
            return found if isinstance(found, Lost) else found.answer
        return replace(found.answer, probability=found.probability, verified=True)

    def localize(self, query: Query) -> Answer:
        """Return the method's answer with scaled covariance, and with its probability if nobody verifies it.

        An exception of the method (a bug) becomes Lost(INTERNAL).
        """
        try:
            answer = self.localizer.localize(query)
        except Exception as error:  # the node must keep running
            return Lost(LostReason.INTERNAL, f"{self.name} raised {type(error).__name__}: {error}")
        if isinstance(answer, Lost):
            return answer
        if not (np.isfinite(answer.world_from_cam).all() and np.isfinite(answer.covariance).all()):
            return Lost(LostReason.NOT_FINITE, f"{self.name} returned a pose or covariance that is not finite")
        if self.calibration is None:
            return answer
        scaled = self.calibration.scaled(answer)
        return replace(scaled, probability=self.calibration.probability(scaled))

    def verify(self, query: Query, answer: Localized) -> Verified | Lost:
        """Verify an answer; there must be a verifier. An exception (a bug) becomes Lost(INTERNAL)."""
        assert self.verifier is not None
        try:
            verified = self.verifier.verify(query, answer, answer.features)
            if verified.refined is not None and self.refined_by is not None:
                verified = replace(verified, refined=self.refined_by.scaled(verified.refined))
            if self.calibration is None or isinstance(verified.answer, Lost):
                return verified
            return replace(verified, probability=self.calibration.probability(verified.answer, verified.evidence))
        except Exception as error:  # the node must keep running
            detail = f"Verifying an answer of {self.name} raised {type(error).__name__}: {error}"
            return Lost(LostReason.INTERNAL, detail, answer.support, answer.references)

    def glimpse(self, query: Query) -> UInt8:
        """Return the query's image, small."""
        return glimpse(query.image)

    def _warm_up(self) -> None:
        camera = self.reference_map.camera(0)
        image = self.reference_map.image(0)
        if image.shape[:2] != (camera.height, camera.width):
            return
        if self.wants == "gray":
            image = np.ascontiguousarray(image[..., 1])  # any picture will do, and green is close enough to gray
        self.localize(Query(image, camera))


class NoMap:
    """A localizer for a missing map: every query is Lost(NO_MAP)."""

    wants: Literal["gray", "rgb"] = "gray"
    verifies = False

    def __init__(self, why: Callable[[], str]) -> None:
        """Create it; ``why`` gives the reason at the time of each query."""
        self._why = why

    def localize(self, query: Query) -> Answer:
        """Return Lost with the reason why there is no map."""
        return Lost(LostReason.NO_MAP, self._why())

    def verify(self, query: Query, answer: Localized) -> Verified | Lost:
        """Return Lost with the reason why there is no map."""
        return Lost(LostReason.NO_MAP, self._why())

    def glimpse(self, query: Query) -> None:
        """Return nothing: there is no estimate that an image could contradict."""


def _verifier(reference_map: ReferenceMap, localizer: Localizer, config: VerificationConfig) -> Verifier | None:
    """Return the verifier of the method's answers; None if it is not wanted, or not possible and not required."""
    if config.when == "never" or (config.when == "auto" and localizer.checks_itself):
        return None
    try:
        return Verifier.open(reference_map, config)
    except MapFeatureError as error:
        if config.when == "always":
            raise
        logging.getLogger(__name__).warning("The answers of %s are not verified: %s", localizer.name, error)
        return None
