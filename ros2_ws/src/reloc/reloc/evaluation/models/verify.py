"""Compare each backend's answers with the float32 reference on real inputs.

The reference is ONNX Runtime on the processor, in float32, on the exact float32 twin of the model's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.backends.backend import Session
from reloc.backends.choice import open_session
from reloc.backends.feeding import answer
from reloc.errors import RelocError
from reloc.evaluation.models.contenders import Contender, contenders
from reloc.evaluation.models.inputs import UInt8
from reloc.evaluation.models.pose_units import POSE_UNITS, Outputs, difference
from reloc.models.model import FLOAT32, Model

REFERENCE_BACKEND = "onnxruntime"


@dataclass(frozen=True, slots=True)
class ParityLimits:
    """Largest allowed errors of a backend over all inputs."""

    position_m: float = 0.05
    rotation_deg: float = 0.5
    norm: float = 0.05  # relative, of each output; for models that give no poses


@dataclass(frozen=True, slots=True)
class BackendVerdict:
    """One backend in one precision."""

    contender: Contender
    device: str = ""
    position_m: tuple[float, float] | None = None  # median and largest; None for models that give no poses
    rotation_deg: tuple[float, float] | None = None
    norms: dict[str, float] = field(default_factory=dict)  # |got - exact| / |exact| of each output, over all inputs
    passed: bool = False
    problem: str = ""  # why it could not run


def verify(
    model: Model, pictures: UInt8, limits: ParityLimits, backend: str = "auto", precision: str = "auto"
) -> Iterator[BackendVerdict]:
    """Compare all usable backends.

    Args:
        pictures: (N, H, W, 3) uint8, as the model takes them.

    Raises:
        BackendError, DependencyError, ModelError: the reference itself cannot run.
    """
    name = model.inputs[0].name
    exact = _answers(_open(model, Contender(REFERENCE_BACKEND, _exact(model))), name, pictures)
    for contender in contenders(model, backend, precision):
        try:
            session = _open(model, contender)
            got = _answers(session, name, pictures)
        except RelocError as error:
            yield BackendVerdict(contender, problem=str(error))
            continue
        yield _compare(model, contender, session.device, exact, got, limits)


def _exact(model: Model) -> str:
    """Return the reference; a model with only an int8 file is its own reference."""
    return FLOAT32 if model.base in model.files else next(iter(model.files))


def _open(model: Model, contender: Contender) -> Session:
    settings = {"provider": "cpu"} if contender.backend == REFERENCE_BACKEND and contender.precision == FLOAT32 else {}
    return open_session(model, contender.backend, contender.precision, settings=settings)


def _answers(session: Session, name: str, pictures: UInt8) -> list[Outputs]:
    try:
        return [answer(session, {name: picture[None]}) for picture in pictures]
    finally:
        session.close()


def _compare(
    model: Model, contender: Contender, device: str, exact: list[Outputs], got: list[Outputs], limits: ParityLimits
) -> BackendVerdict:
    norms = {
        spec.name: _norm(np.stack([e[spec.name] for e in exact]), np.stack([g[spec.name] for g in got]))
        for spec in model.outputs
    }
    pose_of = POSE_UNITS.get(model.kind)
    if pose_of is None:
        return BackendVerdict(contender, device, norms=norms, passed=all(n <= limits.norm for n in norms.values()))
    errors = np.array([difference(pose_of, e, g, 0) for e, g in zip(exact, got, strict=True)])
    metres, degrees = errors.T
    return BackendVerdict(
        contender,
        device,
        position_m=(float(np.median(metres)), float(metres.max())),
        rotation_deg=(float(np.median(degrees)), float(degrees.max())),
        norms=norms,
        passed=bool(metres.max() <= limits.position_m and degrees.max() <= limits.rotation_deg),
    )


def _norm(exact: NDArray[Any], got: NDArray[Any]) -> float:
    """Return the maximum; NaN stays NaN, and passes no limit."""
    size = float(np.linalg.norm(exact))
    return float(np.linalg.norm(got - exact)) / (size if size > 0 else 1.0)
