"""``reloc map check`` with a report, as a person types it."""

from __future__ import annotations

import json
import shutil

import pytest

from reloc.maps.reference_map import ReferenceMap


@pytest.fixture
def own_map(built_map, tmp_path):
    return shutil.copytree(built_map, tmp_path / "own.map")


def test_a_page_beside_the_map(cli, own_map):
    status, out, err = cli("map", "check", own_map, "--report")
    assert status == 0, err
    page = own_map.with_name("own.check.html")
    assert f"report in {page}" in out
    assert "This map has no calibration" in page.read_text()
    assert ReferenceMap.open(own_map)  # nothing in it changed


def test_page_and_json_by_name(cli, own_map, tmp_path):
    cli("map", "calibrate", own_map, "--made", "0")
    files = tmp_path / "deep" / "a.html", tmp_path / "deep" / "a.json"
    status, out, _ = cli("map", "check", own_map, "--no-localize", "--report", files[0], "--json", files[1])
    assert status == 0
    assert f"figures in {files[1]}" in out
    assert files[0].read_text().startswith("<!doctype html>")
    told = json.loads(files[1].read_text())
    assert told["content_hash"] == ReferenceMap.open(own_map).content_hash
    assert told["methods"][0]["counts"]["works"] == 12


def test_a_file_that_cannot_be_written_is_told_before_the_work(cli, own_map, tmp_path):
    for option in ("--report", "--json"):
        status, out, err = cli("map", "check", own_map, option, tmp_path)
        assert (status, out) == (2, "")
        assert f"{option} {tmp_path} is a folder" in err
