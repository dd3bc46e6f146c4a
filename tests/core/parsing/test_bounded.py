"""Foreign readers in a process of their own: hangs, crashes and hunger for memory are errors, and Ctrl-C works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reloc.errors import SourceError
from reloc.parsing.blame import Blame
from reloc.parsing.bounded import Limits, run

BLAME = Blame("model", SourceError, "Export it again")
READERS = """
import ctypes, os, signal, time
def echo(text): print("a library's chatter"); return text.encode()
def fail(text): raise ValueError("entry 3 is\\n" + text)
def deaf(text):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    open(text, "w").close()
    while True: pass
def sleep(text): time.sleep(600)
def crash(text): ctypes.string_at(1)
def abort(text): os.abort()
def hungry(text): return b"x" * int(text)
def odd(text): raise OSError("\\udcff")
def leave(text): os._exit(7)
"""


@pytest.fixture
def readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "foreign_readers.py").write_text(READERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "foreign_readers"


def limits(seconds: float = 20.0, memory: int = 2**31) -> Limits:
    return Limits(seconds, memory)


def test_the_answer_comes_back_without_what_was_printed(readers: str) -> None:
    assert run(f"{readers}:echo", ["grüße"], limits(), BLAME) == "grüße".encode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("reader", "argument", "words"),
    [
        ("fail", "damaged", "cannot be read: entry 3 is damaged"),
        ("odd", "", "cannot be read"),
        ("crash", "", "ended by signal 11"),
        ("abort", "", "ended by signal 6"),
        ("leave", "", "ended with status 7"),
        ("hungry", str(2**32), "cannot be read: MemoryError"),
        ("nothing", "", "ended with status 1"),
    ],
)
def test_what_goes_wrong(readers: str, reader: str, argument: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        run(f"{readers}:{reader}", [argument], limits(), BLAME)
    assert str(caught.value).startswith("model ")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("reader", ["deaf", "sleep"])
def test_a_hang_ends(readers: str, reader: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"was not read after 2 s|ended by signal"):
        run(f"{readers}:{reader}", [str(tmp_path / "x")], limits(2.0), BLAME)
    assert time.monotonic() - began < 10


@pytest.mark.timeout(60)
def test_ctrl_c_ends_a_reader_that_is_deaf_to_it(readers: str, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from reloc.errors import SourceError\n"
        "from reloc.parsing.blame import Blame\n"
        "from reloc.parsing.bounded import Limits, run\n"
        "run('foreign_readers:deaf', [sys.argv[2]], Limits(300.0, 2**31), Blame('model', SourceError, ''))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(begun)], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert begun.exists()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode != 0
    assert children
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)
