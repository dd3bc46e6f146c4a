import json
from pathlib import Path


def test_essentials_are_there(cli, built_map):
    status, out, _ = cli("doctor", built_map)
    assert status == 0
    assert "All essential parts work." in out
    assert "localizer features" in out
    assert "12 references" in out
    assert "used here" in out


def test_json(cli, tmp_path):
    status, out, _ = cli("doctor", tmp_path / "no.map", "--json")
    assert status == 2
    found = json.loads(out)
    assert found["healthy"] is False
    (of_map,) = [f for f in found["findings"] if f["group"] == "map"]
    assert Path(of_map["name"]).name == "no.map"
    assert of_map["fix"]
