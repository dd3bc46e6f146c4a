"""The main job on real images: the bars that the project holds itself to. Time is for the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reloc.cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kitchen(data_dir: Path) -> Path:
    folder = data_dir / "redkitchen_sfm"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture(scope="module")
def kitchen_map(kitchen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("maps") / "kitchen.map"
    build = ["map", "build", str(kitchen), "--source", "7scenes", "--split", "train", "--every", "10"]
    assert main([*build, "--camera", "525.5", "--retrieval", "vlad", "--out", str(out)]) == 0
    return out


def evaluate(kitchen_map: Path, queries: Path, out: Path, *options: str) -> dict[str, Any]:
    assert main(["eval", str(kitchen_map), str(queries), "--json", str(out), *options]) == 0
    result: dict[str, Any] = json.loads(out.read_text())
    return result


@pytest.mark.timeout(400)
def test_accuracy(kitchen: Path, kitchen_map: Path, tmp_path: Path) -> None:
    options = ["--source", "7scenes", "--split", "test", "--every", "10", "--localizer", "features"]
    result = evaluate(kitchen_map, kitchen, tmp_path / "eval.json", *options)
    assert result["localizer"] == "features"
    assert result["queries"] == 50
    assert result["answered"] >= 49
    assert result["median_translation_m"] <= 0.005
    assert result["median_rotation_deg"] <= 0.22
    assert result["recall_5cm_5deg"] >= 0.98
    assert result["gross_rate"] == 0
    assert result["max_translation_m"] < 0.1
    assert result["retrieval_median_translation_m"] > 10 * result["median_translation_m"]
    assert result["retrieval_median_rotation_deg"] > 10 * result["median_rotation_deg"]
    assert result["covariance_coverage_95"] >= 0.9
    assert result["time_p50_ms"] <= result["time_p99_ms"]


@pytest.mark.parametrize("folder", ["photos", "interiors"])
def test_pictures_from_elsewhere_are_refused(data_dir: Path, kitchen_map: Path, tmp_path: Path, folder: str) -> None:
    if not (data_dir / folder).is_dir():
        pytest.skip(f"{data_dir / folder} is not there")
    result = evaluate(kitchen_map, data_dir / folder, tmp_path / "e.json", "--source", "images", "--every", "20")
    assert result["queries"] >= 50
    assert result["answered"] == 0
    assert result["median_translation_m"] is None
