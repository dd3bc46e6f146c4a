"""The demo's map gets the network that ships for it, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="the test's network is made with it")

from support.tiny_models import recall
from support.tiny_world import build_tiny_map

from reloc.maps.attachments import kinds
from reloc.maps.manifest import Manifest
from reloc.models import store
from reloc.models.model import Model
from reloc_demo.model import ensure_model


def test_it_is_put_there_once_and_again_where_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_tiny_map(tmp_path, "none")
    shipped = Path(shutil.copytree(recall().path, tmp_path / "models" / "method-demo"))
    monkeypatch.setenv("RELOC_MODELS", str(shipped.parent))
    assert ensure_model(folder, "another") is None
    assert kinds(Manifest.load(folder)) == ()
    assert ensure_model(folder, "method") is not None
    first = Manifest.load(folder)
    assert kinds(first) == ("posenet",)
    written = (folder / "map.json").stat().st_mtime_ns
    ensure_model(folder, "method")
    assert (folder / "map.json").stat().st_mtime_ns == written
    head = shipped / "model.json"
    head.write_text(head.read_text().replace('"median_m": 0.05', '"median_m": 0.06'))
    ensure_model(folder, "method")
    assert Manifest.load(folder).content_hash != first.content_hash


def test_the_shipped_network_names_the_references_that_it_did_not_learn() -> None:
    """So that `reloc map calibrate` can ask it about those."""
    model = Model.open(store.find("posenet-demo"))
    assert model.world is not None
    held_out = model.metadata["held_out"]["references"]
    assert len(set(held_out)) == 43
    assert 0 <= min(held_out) <= max(held_out) < model.world["references"]
    assert "43 references were held out" in (model.path / "README.md").read_text()
