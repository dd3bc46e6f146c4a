import signal
import subprocess
import sys
import time

import pytest

from reloc.backends.tensorrt.progress import BuildProgress, in_background
from reloc.errors import GpuMemoryError


def test_phases_within_phases():
    progress = BuildProgress()
    assert str(progress) == ""
    progress.start("Building Engine", 10)
    progress.start("Timing", 4)
    progress.start("Tactic", 2)
    assert progress.step("Timing", 0)
    assert str(progress) == "Building Engine 0 of 10, Timing 1 of 4"
    progress.finish("Timing")
    progress.finish("Tactic")
    assert progress.step("Building Engine", 9)
    assert str(progress) == "Building Engine 10 of 10"
    progress.finish("Building Engine")
    assert str(progress) == ""


def test_a_step_of_an_unknown_phase_is_no_error():
    progress = BuildProgress()
    progress.finish("gone")
    assert progress.step("never begun", 3)


def test_it_says_how_long_it_has_taken():
    progress = BuildProgress()
    progress.start("Building Engine", 3)
    said = []
    assert in_background(lambda: time.sleep(0.35) or 7, progress, said.append, every_s=0.1) == 7
    assert said[0] == "still building after 0 s: Building Engine 0 of 3"
    assert 2 <= len(said) <= 4


def test_quick_work_says_nothing():
    said = []
    assert in_background(lambda: "engine", BuildProgress(), said.append) == "engine"
    assert said == []


def test_an_error_of_the_work_is_raised_here():
    def work():
        raise GpuMemoryError("full")

    with pytest.raises(GpuMemoryError, match="full"):
        in_background(work, BuildProgress(), lambda text: None)


_INTERRUPTED = """
import time
from reloc.backends.tensorrt.progress import BuildProgress, in_background

progress = BuildProgress()

def work():
    step = 0
    print("building", flush=True)
    while progress.step("Building Engine", step):
        step += 1
        time.sleep(0.01)
    print("stopped", flush=True)

try:
    in_background(work, progress, print, every_s=60)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_cancels_the_build_and_waits_for_its_end():
    process = subprocess.Popen([sys.executable, "-c", _INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "building\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == "stopped\ninterrupted\n"
    assert process.returncode == 0
