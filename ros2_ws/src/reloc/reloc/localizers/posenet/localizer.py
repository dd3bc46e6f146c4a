"""``posenet``: a network that regresses the camera's pose from one image.

Kendall, Grimes and Cipolla, "PoseNet" (ICCV 2015), with later work: learned weights of the loss (CVPR 2017) and dropout
at test time for a covariance (ICRA 2016). It matches no landmarks. An answer takes the same few milliseconds in a map
of any size, with errors of decimeters. The network is trained for one map: `reloc train posenet`, `reloc export`. It
lies in the map or in a folder of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reloc.backends.backend import Session
from reloc.backends.choice import open_session
from reloc.config import param, same, validate
from reloc.datatypes import Float64, Localized, Lost, LostReason, Query, Support, UInt8
from reloc.errors import ModelFormatError
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.localizers.localizer import Localizer
from reloc.localizers.networked.network_view import show
from reloc.localizers.networked.params import NetworkParameters
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.localizers.networked.too_unsure import too_unsure
from reloc.localizers.posenet.familiarity import Familiarity
from reloc.localizers.posenet.model_match import check_answers, check_world
from reloc.localizers.posenet.regressed_pose import RegressedPose
from reloc.maps.attachments import attached, bare_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.preprocessing import Preprocess
from reloc.retrieval.by_pose import nearest
from reloc.timing import StageClock

KIND = "posenet"
INPUT = "image"
OUTPUTS = ("position_samples", "rotation_samples", "log_variance", "feature")  # the outputs that are used


@dataclass(frozen=True, slots=True)
class PoseNetConfig:
    """Parameters of the localizer."""

    model: str = same(NetworkParameters, "model")
    backend: str = same(NetworkParameters, "backend")
    precision: str = same(NetworkParameters, "precision")
    max_sigma_m: float = same(NetworkParameters, "max_sigma_m")
    max_sigma_deg: float = same(NetworkParameters, "max_sigma_deg")
    min_coverage: float = same(NetworkParameters, "min_coverage")
    references: int = param(
        5,
        "An answer lists this many references nearest to its pose. Raising it does not change the pose.",
        ge=1,
        le=100,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class PoseNet(Localizer):
    """Localize by a network that regresses the pose.

    Its support counts the network's samples: ``matches`` are all of them, ``inliers`` those inside the 95 % ellipsoid
    of the answer's covariance, ``coverage`` is the share of the network's view that the image shows.
    """

    name: ClassVar[str] = KIND
    Config: ClassVar[type[PoseNetConfig]] = PoseNetConfig
    config: PoseNetConfig

    def __init__(self, config: PoseNetConfig, reference_map: ReferenceMap, model: Model) -> None:
        """Use :meth:`from_map`, which checks that model and map belong together."""
        self.config = config
        self._map = reference_map
        self._preprocess = Preprocess(_target(model))
        self._calibration = StatedUncertainty.of(model)
        self._familiarity = Familiarity.open(model)
        self.held_out = _held_out(model, reference_map)  # references that were held out of training, if known
        log = logging.getLogger(__name__).info
        self._session: Session = open_session(model, config.backend, config.precision, batch_sizes=(1,), log=log)
        self._input: UInt8 = self._session.buffers(1)[INPUT]

    @classmethod
    def from_map(cls, config: PoseNetConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on this map and warm up its network.

        Raises:
            ModelError: there is no model, or it is incomplete or of another kind.
            ModelMapMismatchError: it was trained with another map.
            BackendError: no backend here can run it.
        """
        model = Model.open(store.find(config.model)) if config.model else attached(reference_map, KIND)
        if model.kind != KIND:
            raise ModelFormatError(f"{model.path} is a {model.kind} model", f"It must be a {KIND} model")
        check_world(model, reference_map)
        localizer = cls(config, reference_map, model)
        check_answers(model, reference_map, localizer._pose_of_reference)
        return localizer

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
        clock = StageClock()
        answer = self._localize(query, clock)
        return replace(answer, stage_ms=clock.stage_ms)

    def _localize(self, query: Query, clock: StageClock) -> Localized | Lost:
        with clock.stage("preprocess"):
            coverage = show(query, self._preprocess, self.config.min_coverage, self._input[0])
        if isinstance(coverage, Lost):
            return coverage
        with clock.stage("infer"):
            outputs = self._session.run(1)
        with clock.stage("pose"):
            found = RegressedPose.of(outputs)
            if found is None:
                return Lost(LostReason.NOT_FINITE, "The network returned NaN, infinity or a zero quaternion")
            if self._familiarity is not None:
                similarity = self._familiarity.similarity(outputs["feature"][0])
                if similarity < self._familiarity.min_cosine:
                    detail = (
                        f"No reference resembles the image: best cosine {similarity:.2f}; "
                        f"{self._familiarity.min_cosine:.2f} required"
                    )
                    return Lost(LostReason.NO_CANDIDATES, detail)
            return self._answer(found, coverage)

    def _answer(self, found: RegressedPose, coverage: float) -> Localized | Lost:
        calibration, config = self._calibration, self.config
        covariance = found.covariance(calibration.position_scale, calibration.rotation_scale)
        if not is_usable(covariance):
            return Lost(LostReason.UNCERTAIN, "The samples of the network give no covariance")
        count = len(found.errors)
        support = Support(count, found.agreeing(covariance), coverage, reprojection_px=0.0, runner_up_inliers=0)
        references = nearest(self._map, found.world_from_cam, config.references)
        if detail := too_unsure(covariance, calibration, config.max_sigma_m, config.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, detail, support, references)
        return Localized(found.world_from_cam, covariance, support, references)

    def _pose_of_reference(self, index: int) -> Float64 | None:
        self._preprocess.into(self._map.image(index), self._map.camera(index), self._input[0])
        found = RegressedPose.of(self._session.run(1))
        return None if found is None else found.world_from_cam


def _held_out(model: Model, reference_map: ReferenceMap) -> tuple[int, ...]:
    """Return the references that were held out of training; none if the model was trained on another map."""
    world, block = model.world or {}, model.metadata.get("held_out", {})
    if world.get("map") != bare_hash(reference_map.manifest) or not isinstance(block, dict):
        return ()
    return tuple(int(i) for i in block.get("references", ()) if 0 <= int(i) < len(reference_map))


def _target(model: Model) -> Camera:
    """Return the camera that the network was trained with.

    Raises:
        ModelFormatError: the model does not state its camera, or has other inputs or outputs than a pose network.
    """
    again = "Export it again: reloc export"
    if model.camera is None:
        raise ModelFormatError(f"{model.path} does not say which camera it was trained with", again)
    camera = Camera.from_dict(model.camera)
    takes = TensorSpec(INPUT, "uint8", (None, camera.height, camera.width, 3))
    if model.inputs != (takes,):
        raise ModelFormatError(f"{model.path} takes {', '.join(map(str, model.inputs))}", f"It must be {takes}")
    if missing := [name for name in OUTPUTS if name not in (spec.name for spec in model.outputs)]:
        raise ModelFormatError(f"{model.path} does not give {', '.join(missing)}", again)
    return camera
