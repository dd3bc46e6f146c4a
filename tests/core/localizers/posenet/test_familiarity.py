"""Features of references, packed for a model and compared with those of images."""

from __future__ import annotations

import hashlib
import io

import numpy as np

from reloc.localizers.posenet.familiarity import MOST, Familiarity, pack

RNG = np.random.default_rng(0)
SEEN = np.abs(RNG.normal(size=(40, 256))).astype(np.float32) + 1.0  # all positive, as behind a ReLU


def test_a_reference_is_like_itself_and_a_stranger_like_none() -> None:
    known = Familiarity.of(SEEN, 0.5)
    assert known.similarity(SEEN[7]) > 0.999
    assert known.similarity(SEEN[7] + RNG.normal(size=256) * 0.1) > 0.9
    stranger = np.abs(RNG.normal(size=256)) + 1.0
    plain = np.max(SEEN @ stranger / np.linalg.norm(SEEN, axis=1) / np.linalg.norm(stranger))
    assert plain > 0.8  # alike before the mean is taken away,
    assert known.similarity(stranger) < 0.3  # not after


def test_what_is_not_finite_is_like_nothing() -> None:
    broken = SEEN[0].copy()
    broken[3] = np.nan
    assert Familiarity.of(SEEN).similarity(broken) == -1.0


def test_packed_features_tell_the_same_and_of_many_some() -> None:
    block, content = pack(SEEN, 0.25)
    assert block["min_cosine"] == 0.25
    assert block["sha256"] == hashlib.sha256(content).hexdigest()
    back = np.load(io.BytesIO(content))
    probe = SEEN[3] + RNG.normal(size=256)
    assert abs(Familiarity.of(back).similarity(probe) - Familiarity.of(SEEN).similarity(probe)) < 2e-3
    many = np.load(io.BytesIO(pack(np.tile(SEEN, (60, 1)), 0.0)[1]))
    assert MOST / 2 <= len(many) <= MOST
