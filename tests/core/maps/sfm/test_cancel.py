"""Ctrl-C ends structure from motion: COLMAP is told, and the error goes on."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from reloc.maps.sfm.pipeline import _cancellable


def test_ctrl_c_cancels_the_call():
    seen, begun = [], threading.Event()

    def patient(folder, cancellation_token):
        begun.set()
        while not cancellation_token.is_cancelled:
            time.sleep(0.01)
        seen.append(folder)

    def interrupt():
        begun.wait()
        signal.raise_signal(signal.SIGINT)

    timer = threading.Thread(target=interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        _cancellable(patient, "x")
    timer.join()
    # If the signal came while the executor noted the thread, it was not waited for.
    deadline = time.monotonic() + 20.0
    while not seen and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == ["x"]


def test_what_the_call_raises_and_returns_comes_out():
    def broken(cancellation_token):
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError, match="no space"):
        _cancellable(broken)
    assert _cancellable(lambda a, cancellation_token, b: (a, b), 1, b=2) == (1, 2)
