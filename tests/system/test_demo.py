"""The demo, as `make demo` runs it: four processes, a real graph, three kidnaps."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from rosbags.highlevel import AnyReader

from reloc import Localized, Relocalizer

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")
pytest.importorskip("panda3d", reason="Panda3D is not there: run `make setup`")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
TOKEN = "RELOC_DEMO_TEST"
TOPICS = {"/camera/image_raw/compressed", "/camera/camera_info", "/odom", "/tf", "/tf_static", "/ground_truth/pose"}
ANSWERS = {"/localizer/pose", "/localizer/pose_with_covariance", "/localizer/status"}


def _command(root: Path, out: Path) -> list[str]:
    # The map is kept where `make demo` keeps it, so that only the first of all runs has to make it.
    cache = root / "out" / "demo" / "cache"
    return [sys.executable, "-m", "reloc_demo.cli", "run", "--out", str(out), "--cache", str(cache)]


def test_the_robot_recovers_from_every_kidnap_and_is_never_wrong(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done = subprocess.run(_command(root, out), capture_output=True, text=True, timeout=380, check=False)
    shown = f"{done.stdout}\n{done.stderr}"
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    found = re.fullmatch(r"recovered 3/3, median (\S+) s, worst error (\S+) m (\S+) deg", last)
    assert found, shown
    assert done.returncode == 0, shown
    seconds, metres, degrees = (float(value) for value in found.groups())
    assert 0 < seconds < 5
    assert metres < 0.1
    assert degrees < 2
    page = (out / "index.html").read_text()
    assert page.count("data:image/jpeg") >= 9  # before, after and matches of each kidnap
    assert page.count("<svg") == 2
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # it holds all it shows
    answer = Relocalizer.open(out / "house.map").localize(out / "query.jpg")  # what the README's lines of Python open
    assert isinstance(answer, Localized), answer
    with AnyReader([out / "bag"]) as bag:
        assert set(bag.topics) >= TOPICS | ANSWERS
        images = bag.topics["/camera/image_raw/compressed"].msgcount
        infos = bag.topics["/camera/camera_info"].msgcount
    # A busy machine renders fewer than ten a second. What it sends is recorded, with its camera_info.
    assert images >= 40
    assert abs(images - infos) <= 0.1 * images


@pytest.mark.parametrize(("sent", "after"), [(signal.SIGINT, 1.5), (signal.SIGTERM, 4.0)])  # starting up, and on
def test_an_interrupt_leaves_nothing_behind(root: Path, tmp_path: Path, sent: signal.Signals, after: float) -> None:
    token = uuid.uuid4().hex
    log = tmp_path / "log"
    with log.open("w") as output:
        run = subprocess.Popen(
            _command(root, tmp_path / "demo"),
            stdout=output,
            stderr=output,
            env={**os.environ, TOKEN: token},
            preexec_fn=_heed_interrupts,
        )
        try:
            deadline = time.monotonic() + 300
            while "starting map_server" not in log.read_text():
                assert run.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            time.sleep(after)
            run.send_signal(sent)
            assert run.wait(15) == 130, log.read_text()
        finally:
            run.kill()
    assert not _processes_with(token)


def _heed_interrupts() -> None:
    # Whoever runs tests in the background of a script has interrupts ignored, and all that they start inherits that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _processes_with(token: str) -> list[str]:
    wanted, found = f"{TOKEN}={token}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:  # it ended, or is not ours
            continue
    return found
