"""The file of measured times: whatever happened to it, at worst something is measured again."""

from __future__ import annotations

import json
import os
import threading

import pytest

from reloc.backends.measured import times_file
from reloc.backends.measured.times_file import MOST_ENTRIES, TimedOn, keep, known, of_model

ON = TimedOn("c0ffee", "A CPU, 2 cores", "OpenVINO 1", (1,), "")


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return times_file.path()


def test_what_is_kept_is_known_and_added_to():
    keep(ON, "points", {"openvino:bf16": 2.0})
    keep(ON, "points", {"openvino:float32": 3.0, "onnxruntime:float32": None})
    assert known(ON) == {"openvino:bf16": 2.0, "openvino:float32": 3.0, "onnxruntime:float32": None}
    assert known(TimedOn("c0ffee", "A CPU, 4 cores", "OpenVINO 1", (1,), "")) == {}


def test_other_batch_sizes_are_listed():
    other = TimedOn(ON.content, ON.machine, ON.libraries, (50,), "")
    keep(ON, "points", {"openvino:bf16": 2.0})
    keep(other, "points", {"openvino:bf16": 90.0})
    assert [on.batch_sizes for on, _ in of_model(ON)] == [(1,), (50,)]


def valid(**changes):
    entry = {"on": {"content": "c0ffee", "machine": "A CPU, 2 cores", "libraries": "OpenVINO 1", "batch_sizes": [1],
                    "settings": ""}, "model": "points", "ms": {"openvino:bf16": 2.0}}  # fmt: skip
    return {"format": 1, "entries": [entry | changes]}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff\xfe", b"null", json.dumps({"format": 2, "entries": []}).encode(),
        json.dumps(valid(ms={"openvino:bf16": -1.0})).encode(),
        json.dumps(valid(ms={"openvino:bf16": "fast"})).encode(),
        json.dumps(valid(ms=[1])).encode(), json.dumps(valid(on={})).encode(), b"[" * 100_000,
        b'{"format": 1, "entries": [{"ms": {"a": 1e999}}]}', b'{"format": 1, "entries": ' + b" " * 2_000_000 + b"[]}",
    ],
)  # fmt: skip
def test_a_broken_file_is_nothing_measured_and_is_replaced(file, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert known(ON) == {}
    keep(ON, "points", {"openvino:bf16": 2.0})
    assert known(ON) == {"openvino:bf16": 2.0}


def test_a_valid_file_is_read(file):
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(valid()))
    assert known(ON) == {"openvino:bf16": 2.0}


def test_another_users_file_is_not_read(file, monkeypatch):
    keep(ON, "points", {"openvino:bf16": 2.0})
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert known(ON) == {}


@pytest.mark.parametrize("obstacle", ["a folder", "a pipe", "no folder", "a link as lock"])
def test_what_cannot_be_read_or_written_only_costs_time(file, obstacle, monkeypatch, caplog):
    file.parent.mkdir(parents=True)
    if obstacle == "a folder":
        file.mkdir()
    elif obstacle == "a pipe":
        os.mkfifo(file)
    elif obstacle == "a link as lock":
        file.with_suffix(".lock").symlink_to(file.parent / "elsewhere")
    else:
        file.parent.rmdir()
        file.parent.write_text("in the way")
    assert known(ON) == {}
    keep(ON, "points", {"openvino:bf16": 2.0})
    if obstacle != "a pipe":  # which is replaced by a file
        assert "cannot be kept" in caplog.text


def test_the_file_stays_small():
    for i in range(MOST_ENTRIES + 5):
        keep(TimedOn(f"{i}", "A CPU", "OpenVINO 1", (1,), ""), "points", {"openvino:bf16": 2.0})
    assert len(json.loads(times_file.path().read_text())["entries"]) == MOST_ENTRIES
    assert known(TimedOn("0", "A CPU", "OpenVINO 1", (1,), "")) == {}
    assert known(TimedOn(f"{MOST_ENTRIES}", "A CPU", "OpenVINO 1", (1,), "")) != {}


def test_many_may_write_at_once():
    some = [TimedOn(f"{i}", "A CPU", "OpenVINO 1", (1,), "") for i in range(12)]
    threads = [threading.Thread(target=keep, args=(on, "points", {"openvino:bf16": 2.0})) for on in some]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(known(on) for on in some)


def test_nowhere_to_keep_it(monkeypatch):
    def home():
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(times_file.Path, "home", home)
    keep(ON, "points", {"openvino:bf16": 2.0})
    assert known(ON) == {}
