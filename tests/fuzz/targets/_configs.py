"""All dataclasses of parameters: those of commands, localizers, backends and nodes."""

from __future__ import annotations

import functools

from reloc import plugins
from reloc.backends.onnxruntime.backend import OnnxRuntimeConfig
from reloc.features.rootsift import RootSiftConfig
from reloc.kidnap.config import KidnapConfig
from reloc.maps.build_config import BuildConfig, TriangulationConfig
from reloc.maps.keyframes import KeyframeConfig
from reloc.maps.source import SourceOptions
from reloc.synth.dataset import DatasetConfig
from reloc.training.config import TrainConfig
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig

CLASSES: tuple[type, ...] = (
    BuildConfig, KeyframeConfig, SourceOptions, RootSiftConfig, TriangulationConfig, KidnapConfig, DatasetConfig,
    TrainConfig, GateConfig, VerificationConfig, OnnxRuntimeConfig,
)  # fmt: skip


@functools.cache
def localizer_configs() -> tuple[type, ...]:
    """Those of all localizers whose packages are installed."""
    return tuple(plugins.load("reloc.localizers", name).Config for name in plugins.names("reloc.localizers"))


def all_configs() -> dict[str, type]:
    """By name."""
    return {f"{cls.__module__}.{cls.__qualname__}": cls for cls in (*CLASSES, *localizer_configs())}
