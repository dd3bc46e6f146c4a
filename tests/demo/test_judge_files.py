"""`reloc-demo judge` of a folder that is no run: a named error and status 2."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("reloc_demo.cli")

from reloc_demo.cli import ERROR, main


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b"{}", b'{"start_ns": "x", "map": 1, "localizer": []}', b"\xff", b"[" * 100_000]
)
def test_a_folder_that_holds_no_run_is_named(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    assert main(["judge", "--out", str(tmp_path)]) == ERROR
    assert "run.json" in capsys.readouterr().err


def test_a_pipe_in_place_of_a_run_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "run.json")
    assert main(["judge", "--out", str(tmp_path)]) == ERROR
    assert "pipe" in capsys.readouterr().err


def test_a_run_without_its_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.json").write_text('{"start_ns": 1, "map": "a.map", "localizer": "features"}')
    assert main(["judge", "--out", str(tmp_path)]) == ERROR
    assert "bag" in capsys.readouterr().err
