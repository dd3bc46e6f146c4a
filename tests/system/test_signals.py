"""Ctrl-C and kill at any moment: one line, the right status, no traceback, and a build goes on afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.folders import write_colour

SCRIPTS = Path(sys.executable).parent


def ended(command: list[str], after_s: float, number: signal.Signals) -> tuple[int, str]:
    """Exit status and standard error of a command that gets a signal after a while."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(after_s)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    return process.returncode, error


MOMENTS = {
    "reloc": ("reloc.interrupts", "argparse"),
    "localizer": ("reloc.interrupts", "rclpy"),
    "map_server": ("reloc.interrupts", "rclpy"),
    "reloc-demo": ("reloc.interrupts", "argparse"),
    "simulated_robot": ("reloc.interrupts", "rclpy"),
}


@pytest.mark.parametrize("script", MOMENTS)
def test_an_interrupt_while_modules_are_imported(script: str, tmp_path: Path) -> None:
    """Sent from within, when some module is about to be imported, so that a busy machine changes nothing."""
    if not (SCRIPTS / script).exists():
        pytest.skip(f"{script} is not installed")
    for victim in MOMENTS[script]:
        trap = tmp_path / "trap.py"
        trap.write_text(
            "import os, runpy, signal, sys\n"
            f"victim, script = {victim!r}, {str(SCRIPTS / script)!r}\n"
            "for name in [n for n in sys.modules if n == victim]: del sys.modules[name]\n"
            "class Trap:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == victim: os.kill(os.getpid(), signal.SIGINT)\n"
            "sys.meta_path.insert(0, Trap())\n"
            "sys.argv = [script, 'doctor'] if script.endswith('reloc') else [script]\n"
            "runpy.run_path(script, run_name='__main__')\n"
        )
        done = subprocess.run([sys.executable, trap], capture_output=True, text=True, timeout=60)
        assert done.returncode == 130, (victim, done.returncode, done.stderr)
        assert "Traceback" not in done.stderr, victim
        assert done.stderr.count("interrupted") == 1, done.stderr


def test_what_an_import_makes_of_an_interrupt_is_no_traceback(monkeypatch, capsys) -> None:
    from reloc.cli import main

    def fail(argv):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("numpy failed to import") from None

    monkeypatch.setattr(main, "_run", fail)
    before = signal.getsignal(signal.SIGINT)
    assert main.main([]) == 130
    assert capsys.readouterr().err == "\nreloc: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A data set in the form of TUM RGB-D."""
    folder = tmp_path / "source"
    listing, truth = [], []
    for i in range(40):
        write_colour(folder / "rgb" / f"{i}.png", i, 640, 480)
        listing.append(f"{i}.0 rgb/{i}.png")
        truth.append(f"{i}.0 {0.1 * i} 0 0 0 0 0 1")
    (folder / "rgb.txt").write_text("\n".join(listing) + "\n")
    (folder / "groundtruth.txt").write_text("\n".join(truth) + "\n")
    return folder


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_build_ends_with_one_line_and_goes_on(
    source: Path, tmp_path: Path, number: signal.Signals, status: int, word: str
) -> None:
    out = tmp_path / "m"
    command = [str(SCRIPTS / "reloc"), "map", "build", str(source), "--source", "tum", "--out", str(out)]
    command += ["--calibrate", "none", "--camera", "525,525,319.5,239.5"]
    stopped = 0
    for after_s in (2.0, 4.0):
        returned, error = ended(command, after_s, number)
        if returned == 0:
            break
        assert returned == status, error
        assert error.rstrip().endswith(f"reloc: {word}")
        assert "Traceback" not in error
        assert "***" not in error  # glog's stack begins so
        stopped += 1
    assert stopped
    if not out.exists():
        done = subprocess.run(command, capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, done.stderr


def test_sigterm_is_ours_after_colmap_was_imported() -> None:
    pytest.importorskip("pycolmap")
    code = (
        "import os, signal, time; from reloc.interrupts import Terminated, noted\n"
        "from reloc.maps.building.colmap_model import pycolmap\n"
        "with noted() as found:\n"
        "    try:\n        pycolmap(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)\n"
        "    except Terminated: print(found.status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("143\n", "")
