"""`reloc view`: its page, its words, and what it refuses before it opens one."""

from __future__ import annotations

import signal
import socket
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.optional import need
from support.processes import Processes
from support.tiny_world import query_poses, render, small_map


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    cv2.imwrite(str(folder / "good.png"), render(query_poses()[1])[0][..., ::-1])
    cv2.imwrite(str(folder / "black.png"), np.zeros((240, 320, 3), np.uint8))
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def test_the_page_is_served_until_ctrl_c(processes: Processes, shots: Path) -> None:
    need("viser", "viser is not installed: make setup")
    (shots.parent / "drive.tum").write_text("1 1 2 1 0 0 0 1\n2 2 2 1 0 0 0 1\n")
    command = ["-m", "reloc.cli.main", "view", small_map(), shots, shots.parent / "drive.tum", "--port", "0", "--check"]
    view = processes.start("view", [sys.executable, *map(str, command)])
    address = view.wait_for(r"^Open (http://localhost:\d+)", 90)[1]
    view.wait_for("Ctrl-C ends", 60)
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert b"<html" in answer.read()
    assert "1 of 3 images are localized" in view.output
    assert "lost: shots/black.png: too_few_features" in view.output
    assert "lost: shots/broken.png: bad_image" in view.output
    view.signal(signal.SIGINT)
    assert view.wait(60) == 0
    assert "Traceback" not in view.output


def test_a_port_in_use_ends_it_with_advice(cli) -> None:
    need("viser", "viser is not installed: make setup")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        status, _, error = cli("view", small_map(), "--port", other.getsockname()[1])
    assert status == 2
    assert "Give another port, such as --port" in error


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.map"], "none.map"),
        ([None, "nowhere.png"], "nowhere.png"),
        ([None, "--camera", "x"], "Camera 'x'"),
        ([None, "--host", "203.0.113.7"], "--host"),
    ],
)
def test_bad_input_is_refused_before_a_page_is_open(cli, words: list[str | None], says: str) -> None:
    need("viser", "viser is not installed: make setup")
    status, out, error = cli("view", *(small_map() if word is None else word for word in words))
    assert status == 2
    assert says in error
    assert "Open http" not in out


def test_without_viser_it_says_what_to_install(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "viser", None)
    status, _, error = cli("view", small_map())
    assert status == 2
    assert "pip install viser" in error


@pytest.mark.parametrize("port", ["-1", "65536", "x", "80.5"])
def test_a_number_that_is_no_port_is_refused(cli, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli("view", "a.map", "--port", port)
    assert "port" in capsys.readouterr().err
