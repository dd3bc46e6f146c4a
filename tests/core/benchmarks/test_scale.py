"""The benchmark of scale with few, short descriptors."""

from pathlib import Path

import numpy as np
import pytest

from reloc.compact_index import sizes

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from descriptor_model import fitted, real
    from scale_parts import blank, measuring, picture, storing

    rng = np.random.default_rng(0)
    steps = np.cumsum(rng.standard_normal((60, 256)), axis=0) + 4.0 * rng.standard_normal(256)
    places = rng.standard_normal((80, 256)) @ np.diag(np.linspace(2.0, 0.5, 256)) + 0.3
    made = real.RealDescriptors(*(real._unit(rows.astype(np.float32)) for rows in (steps[::2], steps[1::2], places)))
    model = fitted.DescriptorModel.fit(made)
    monkeypatch.setattr(sizes, "EXACT_NUMBERS", 1)
    monkeypatch.setattr(storing, "_PIECE", 256)
    return model, storing, measuring, blank, picture


def test_views_are_the_same_each_time_and_queries_are_near_them(parts) -> None:
    model = parts[0]
    rows = np.concatenate(list(model.views(600, 1, 256)))
    assert np.array_equal(rows, np.concatenate(list(model.views(600, 1, 256))))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
    at = np.arange(0, 600, 7)
    queries = model.queries(600, 1, 256, at)
    own = np.einsum("qd,qd->q", queries, rows[at])
    assert own.mean() > (queries @ rows.T).mean() + 0.1


def test_an_index_is_stored_measured_and_drawn(parts, tmp_path: Path) -> None:
    model, storing, measuring, blank, picture = parts
    figures = [storing.store(model, 600, 1, tmp_path / "a") | measuring.measure(tmp_path / "a")]
    assert figures[0]["recall_5"] > 0.9
    assert figures[0]["recall_30"] > 0.9
    assert figures[0]["disk"] > 600 * 256
    figures.append(blank.store(700, 100, 50, tmp_path / "b") | measuring.measure(tmp_path / "b"))
    assert figures[1]["p50_ms"] > 0.0
    picture.draw(figures, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
