"""The whole system on one screen: it takes an image and returns a look.

    image -> localize -> Localized | Lost -> verify -> calibrate -> gate -> Look

A method answers. The map's calibration corrects its covariance and states its probability. The gate compares the answer
with odometry and earlier looks. If it did not expect the answer, it asks for a verification by other references. The
ROS node, the command line, the kidnap test and the benchmarks all go through this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from reloc.datatypes import Answer, Float64, Localized, Lost, Query
from reloc.engine import Answering, Engine
from reloc.geometry.cameras import Camera
from reloc.look import Look
from reloc.maps.progress import Bars, Progress, telling
from reloc.maps.reference_map import ReferenceMap
from reloc.queries import ImageInput, to_odometry, to_query
from reloc.timing import StageClock
from reloc.trust.gate import Gate
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig, Verified

Q = TypeVar("Q")
Odometry = Callable[[], Float64 | Lost | None]  # (4, 4) odom_from_cam; None: none; Lost: required but unknown


class Composition(Generic[Q]):
    """Run method, verification, calibration and gate, one look after the other. Use it from one thread."""

    def __init__(self, engine: Answering[Q], gate: GateConfig | None = None) -> None:
        self.engine, self.gate = engine, Gate(gate)

    def consider(self, query: Q | Lost, odometry: Odometry, stamp_ns: int, clock: StageClock | None = None) -> Look:
        """Localize one query and let the gate decide. A bad frame raises nothing.

        Args:
            query: the engine localizes it; or Lost with the reason why there is none.
            odometry: called after the method answered, when the odometry of the image's time has arrived.
            stamp_ns: the image's time. A stamp before the last one resets the gate.
        """
        clock = clock or StageClock()
        answer = query if isinstance(query, Lost) else self._localize(query, clock)
        with clock.stage("tf"):
            odom_from_cam = odometry()
        if isinstance(odom_from_cam, Lost):
            if isinstance(answer, Localized):
                answer = Lost(odom_from_cam.reason, odom_from_cam.detail, answer.support, answer.references)
            odom_from_cam = None

        def verify(given: Localized) -> Verified | Lost:
            assert not isinstance(query, Lost)
            with clock.stage("verify"):
                return self.engine.verify(query, given)

        ask = verify if self.engine.verifies and not isinstance(query, Lost) else None
        with clock.stage("gate"):
            probability = answer.probability if isinstance(answer, Localized) else None
            glimpse = None if isinstance(query, Lost) else self.engine.glimpse(query)
            verdict = self.gate.consider(answer, odom_from_cam, stamp_ns, probability, ask, glimpse)
        clock.stage_ms["gate"] -= clock.stage_ms.get("verify", 0.0)
        return Look(stamp_ns, verdict.answer, verdict, clock.stage_ms)

    def _localize(self, query: Q, clock: StageClock) -> Answer:
        with clock.stage("localize"):
            answer = self.engine.localize(query)
        clock.split("localize", answer.stage_ms)
        return answer


class Relocalizer(Composition[Query]):
    """Find a camera's pose in a map: :meth:`localize` for one image, :meth:`look` for a stream with odometry."""

    engine: Engine

    @classmethod
    def open(
        cls,
        reference_map: ReferenceMap | str | Path,
        method: str = "features",
        parameters: Mapping[str, Any] | None = None,
        *,
        gate: GateConfig | None = None,
        verification: VerificationConfig | None = None,
        calibrated: bool = True,
        progress: Progress | None = None,
    ) -> Relocalizer:
        """Open a map and a method, and answer once, so that the first image is not slow.

        Args:
            reference_map: a map, or the folder of one.
            method: name of the localizer (``features``, ``posenet``, ...) or its dotted path.
            parameters: the method's; names and defaults are those of its ``Config``.
            gate: how much agreement a look needs.
            verification: how answers are verified; by default they are, unless the method checks itself.
            calibrated: use the map's calibration of the method.
            progress: told how far a network is that encodes the map's references for the first time, which may take a
                minute; by default a bar on the terminal.

        Raises:
            RelocError: there is no such map or method, a parameter is wrong, or the map lacks what the method needs.
        """
        if not isinstance(reference_map, ReferenceMap):
            reference_map = ReferenceMap.open(Path(reference_map))
        bars = Bars()
        try:
            with telling(progress or bars):
                engine = Engine.open(reference_map, method, parameters or {}, verification, calibrated)
        finally:
            bars.close()
        return cls(engine, gate)

    def localize(self, image: ImageInput, camera: Camera | None = None) -> Localized | Lost:
        """Localize and verify one image. Earlier looks and odometry have no influence.

        Args:
            image: a path, or an array of uint8: (H, W, 3) RGB or (H, W) gray. The array is not changed.
            camera: took the image; None uses the map's camera if the image has its shape.

        Raises:
            ImageError, CameraError: the image or the camera cannot be used.
        """
        return self.engine.answer(self._query(image, camera, 0))

    def look(
        self, image: ImageInput, camera: Camera | None = None, *, stamp_ns: int, odom_from_cam: Float64 | None = None
    ) -> Look:
        """Localize one image of a stream and decide by odometry and earlier looks whether the answer counts.

        Args:
            image, camera: as for :meth:`localize`.
            stamp_ns: the image's time; images come in the order of their stamps.
            odom_from_cam: (4, 4) the camera's pose in the odometry frame at that time; None without odometry.

        Raises:
            ImageError, CameraError, GeometryError: the image, the camera or the pose cannot be used.
        """
        query, odometry = self._query(image, camera, stamp_ns), to_odometry(odom_from_cam)
        return self.consider(query, lambda: odometry, stamp_ns)

    def _query(self, image: ImageInput, camera: Camera | None, stamp_ns: int) -> Query:
        return to_query(image, camera, self.engine.reference_map.camera(0), self.engine.wants, stamp_ns)
