import shutil

import numpy as np
import pytest
from support.tiny_world import TinySource, reference_poses
from support.twin_rooms import build_twin_map

from reloc.engine import Engine
from reloc.evaluation.calibrate import CalibrateConfig, calibrate
from reloc.maps.attachments import bare_hash
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import CovarianceScale, Foreign, Record, RecordedOutcome
from reloc.trust.calibration.store import save

LOG_ODDS, SHARPNESS = 8.0, 1.7


@pytest.fixture(scope="session")
def twins(tmp_path_factory):
    """Two rooms that look alike, calibrated for ``features``."""
    opened = build_twin_map(tmp_path_factory.mktemp("twins"))
    engine = Engine.open(opened, "features", {}, calibrated=False)
    save(opened.path, calibrate(engine, CalibrateConfig(made=0, hidden_every=8, hide_m=0.0)))
    return ReferenceMap.open(opened.path)


@pytest.fixture(scope="session")
def six(tmp_path_factory):
    """A map of six references."""
    source = TinySource(poses=reference_poses(6))
    out = tmp_path_factory.mktemp("six") / "six.map"
    return build_map(source, out, BuildConfig(landmarks="depth", retrieval="vlad"))


@pytest.fixture
def own_map(six, tmp_path):
    """A copy of it to put records into."""
    return ReferenceMap.open(shutil.copytree(six.path, tmp_path / "own.map"))


@pytest.fixture
def record_of():
    """Makes a record of a map from outcomes."""

    def make(opened, outcomes, method="features", **changes):
        values = {"foreign": (Foreign("noise", 10, 0),), "scale": CovarianceScale(1.5, 1.2, len(outcomes), 0.8, 0.95)}
        return Record(method, bare_hash(opened.manifest), False, tuple(outcomes), **values | changes)

    return make


@pytest.fixture
def right():
    """Makes an outcome that is right, with some evidence."""

    def make(reference, lead=0.9, probability=0.95, rival=-1):
        return RecordedOutcome(reference, "right", "", 0.01, 0.1, (LOG_ODDS, lead, SHARPNESS), probability, rival)

    return make


@pytest.fixture
def many_right():
    """Queries of a drive, enough of them for a curve."""
    random = np.random.default_rng(0)
    figures = random.uniform((4.0, 0.3, 0.5), (12.0, 1.0, 2.5), (60, 3)).tolist()
    return [RecordedOutcome(-1, "right", "", 0.01, 0.1, tuple(f), 0.95) for f in figures]
