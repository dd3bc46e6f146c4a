import json
from pathlib import Path

from reloc.batch.content import content_hash

FIGURES = {"answered": 3, "time_p50_ms": 80.1, "cpu": "one", "frames": [{"name": "a", "ms": 7.0, "pose": [1.0, 2.0]}]}


def hash_of(folder: Path, name: str, figures: object) -> str:
    there = folder / name
    there.mkdir()
    (there / "figures.json").write_text(json.dumps(figures))
    (there / "page.html").write_text(name)
    return content_hash(there)


def test_measured_times_do_not_count_and_results_do(tmp_path: Path) -> None:
    first = hash_of(tmp_path, "first", FIGURES)
    later = FIGURES | {"time_p50_ms": 90.0, "cpu": "other", "frames": [{"name": "a", "ms": 9.0, "pose": [1.0, 2.0]}]}
    assert hash_of(tmp_path, "later", later) == first
    other = FIGURES | {"frames": [{"name": "a", "ms": 7.0, "pose": [1.0, 2.0000001]}]}
    assert hash_of(tmp_path, "other", other) != first


def test_the_name_of_a_result_counts(tmp_path: Path) -> None:
    first = hash_of(tmp_path, "first", FIGURES)
    (tmp_path / "first" / "figures.json").rename(tmp_path / "first" / "renamed.json")
    assert content_hash(tmp_path / "first") != first
