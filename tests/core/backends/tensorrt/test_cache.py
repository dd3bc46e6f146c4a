import dataclasses
import hashlib
import json
import os
import stat
import subprocess
import sys

import pytest

from reloc.backends.tensorrt.cache import EngineFile, obtain
from reloc.backends.tensorrt.checked_file import FORMAT, CheckedFile
from reloc.backends.tensorrt.key import EngineKey, Platform
from reloc.errors import EngineCacheError, GpuMemoryError

GPU = Platform("NVIDIA GeForce RTX 4090", "8.9", "11.4.0.106")
KEY = EngineKey(
    model_name="posenet",
    model_sha256=hashlib.sha256(b"onnx").hexdigest(),
    precision="float16",
    batch_sizes=(1, 4),
    platform=GPU,
    optimization_level=3,
    workspace_mb=1024,
)
ENGINE = bytes(range(256)) * 40


@pytest.fixture
def file(tmp_path):
    return EngineFile(tmp_path / "engines" / KEY.file_name)


def never():
    raise AssertionError("built although there was no need")


def fetch(file, key=KEY, build=never, load=lambda engine: engine, may_build=True):
    """What `obtain` gives, and what it logged."""
    said = []
    return obtain(file, key, build, load, said.append, may_build), said


def test_what_was_written_is_read(file):
    file.write(KEY, ENGINE)
    assert file.read(KEY) == ENGINE
    assert fetch(file) == (ENGINE, [])


def test_its_first_lines_can_be_read_by_people(file):
    file.write(KEY, ENGINE)
    first, second, _ = file.path.read_bytes().split(b"\n", 2)
    assert first == b"reloc: TensorRT engine"
    header = json.loads(second)
    assert header["bytes"] == len(ENGINE)
    assert header["key"]["tensorrt"] == "11.4.0.106"


def test_the_name_says_what_it_is():
    assert KEY.file_name == f"posenet.{KEY.model_sha256[:12]}.float16.b1-4.NVIDIA_GeForce_RTX_4090.engine"
    odd = dataclasses.replace(KEY, model_name="../rooms/ä b", batch_sizes=(2,))
    assert odd.file_name.startswith("rooms_b.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_sha256": "0" * 64}, "the model was"),
        ({"precision": "int8"}, "the precision was float16, now it is int8"),
        ({"batch_sizes": (1,)}, "the batch sizes was 1, 4, now it is 1"),
        ({"optimization_level": 5}, "the optimization level was 3, now it is 5"),
        ({"workspace_mb": 64}, "the workspace was 1024, now it is 64"),
        ({"platform": dataclasses.replace(GPU, gpu="Orin")}, "the GPU was NVIDIA GeForce RTX 4090, now it is Orin"),
        ({"platform": dataclasses.replace(GPU, compute_capability="8.7")}, "capability was 8.9, now it is 8.7"),
        ({"platform": dataclasses.replace(GPU, tensorrt="10.13.3.9")}, "TensorRT was 11.4.0.106, now it is 10.13.3.9"),
        ({"platform": dataclasses.replace(GPU, machine="Linux aarch64")}, "is Linux aarch64"),
    ],
)
def test_an_engine_for_something_else_is_built_again_and_the_log_says_why(file, change, words):
    file.write(KEY, ENGINE)
    other = dataclasses.replace(KEY, **change)
    with pytest.raises(EngineCacheError, match=words):
        file.read(other)
    engine, said = fetch(file, other, lambda: b"new")
    assert engine == b"new"
    assert len(said) == 1
    assert words in said[0]
    assert file.read(other) == b"new"


def test_an_older_version_of_tensorrt_leaves_no_second_file(file):
    older = dataclasses.replace(KEY, platform=dataclasses.replace(GPU, tensorrt="10.3.0"))
    EngineFile(file.path.with_name(older.file_name)).write(older, b"old")
    fetch(file, build=lambda: ENGINE)
    assert [p.name for p in file.path.parent.glob("*.engine")] == [KEY.file_name]


def test_a_model_may_be_renamed(file):
    file.write(dataclasses.replace(KEY, model_name="other"), ENGINE)
    assert file.read(KEY) == ENGINE


def test_wherever_it_is_cut_off_it_is_built_again(file):
    file.write(KEY, ENGINE)
    whole = file.path.read_bytes()
    header_end = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for length in [*range(0, header_end + 2), (header_end + len(whole)) // 2, len(whole) - 1]:
        file.path.write_bytes(whole[:length])
        with pytest.raises(EngineCacheError, match=r"cut off|damaged in its header"):
            file.read(KEY)
    engine, (said,) = fetch(file, build=lambda: b"again")
    assert engine == b"again"
    assert "is cut off" in said


def test_a_changed_byte_is_found(file):
    file.write(KEY, ENGINE)
    whole = bytearray(file.path.read_bytes())
    for position in (-1, len(whole) // 2, whole.index(b'"sha256"') + 14):
        damaged = whole.copy()
        damaged[position] ^= 1
        file.path.write_bytes(damaged)
        with pytest.raises(EngineCacheError, match="is damaged: its checksum differs"):
            file.read(KEY)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is cut off"),
        (b"ftrt" + bytes(100), "is not an engine of reloc"),
        (b"reloc: TensorRT timing cache\n{}\n", "is not an engine of reloc"),
        (b"reloc: TensorRT engine\n{no json}\n", "is damaged in its header"),
        (b"reloc: TensorRT engine\n[]\n", "is damaged in its header"),
        (b'reloc: TensorRT engine\n{"format": 1, "key": 3}\n', "is damaged in its header"),
        (b"reloc: TensorRT engine\n\xff\xfe\n", "is damaged in its header"),
        (b'reloc: TensorRT engine\n{"format": 99, "key": {}}\n', f"has format 99, but this reloc reads {FORMAT}"),
        (b'reloc: TensorRT engine\n{"format": 1, "key": {}}\n', "was built for something else: the model was None"),
    ],
)
def test_a_file_that_is_no_engine_is_refused(file, content, words):
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    with pytest.raises(EngineCacheError, match=words):
        file.read(KEY)


def test_a_folder_in_its_place_is_named_and_the_engine_used_all_the_same(file):
    file.path.mkdir(parents=True)
    engine, said = fetch(file, build=lambda: ENGINE)
    assert engine == ENGINE
    assert "is a folder" in said[0]
    assert "cannot be kept" in said[1]


def test_building_can_be_forbidden(file):
    with pytest.raises(EngineCacheError, match=r"There is no engine .* yet.*reloc models compile"):
        fetch(file, may_build=False)
    file.write(KEY, ENGINE)
    file.path.write_bytes(file.path.read_bytes()[:-1])
    with pytest.raises(EngineCacheError, match="cut off"):
        fetch(file, may_build=False)


def test_what_tensorrt_refuses_is_built_again(file):
    file.write(KEY, ENGINE)
    engine, (said,) = fetch(file, build=lambda: b"new", load=lambda engine: engine if engine == b"new" else None)
    assert engine == b"new"
    assert "TensorRT refuses the engine" in said
    assert file.read(KEY) == b"new"
    with pytest.raises(EngineCacheError, match="that it has just built"):
        fetch(file, build=lambda: b"new", load=lambda engine: None)


def test_want_of_memory_is_no_reason_to_build(file):
    def load(engine):
        raise GpuMemoryError("full")

    file.write(KEY, ENGINE)
    with pytest.raises(GpuMemoryError):
        fetch(file, load=load)


def test_a_build_that_fails_leaves_what_was_there_and_lets_others_build(file):
    file.write(KEY, ENGINE)
    before = file.path.read_bytes()
    other = dataclasses.replace(KEY, precision="int8")

    def fail():
        raise GpuMemoryError("full")

    with pytest.raises(GpuMemoryError):
        fetch(file, other, fail)
    assert file.path.read_bytes() == before
    assert fetch(file, other, lambda: b"new")[0] == b"new"


def test_nobody_sees_half_a_file(file, monkeypatch):
    """The disk is full, or the process killed, between writing and renaming."""
    file.write(KEY, ENGINE)

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        file.write(KEY, b"other")
    monkeypatch.undo()
    assert file.read(KEY) == ENGINE
    assert [p.name for p in file.path.parent.iterdir()] == [KEY.file_name]


def test_a_folder_that_cannot_be_made_costs_the_cache_not_the_engine(tmp_path):
    (tmp_path / "file").write_text("in the way")
    engine, said = fetch(EngineFile(tmp_path / "file" / KEY.file_name), build=lambda: ENGINE)
    assert engine == ENGINE
    assert "cannot be kept, so it is built again next time" in said[-1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_costs_the_cache_not_the_engine(file):
    file.path.parent.mkdir()
    file.path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    engine, said = fetch(file, build=lambda: ENGINE)
    file.path.parent.chmod(stat.S_IRWXU)
    assert engine == ENGINE
    assert "cannot be kept" in said[-1]


_ONE_OF_TWO = """
import json, os, sys, time
from pathlib import Path
from reloc.backends.tensorrt.cache import EngineFile, obtain
from reloc.backends.tensorrt.key import EngineKey, Platform

def build():
    time.sleep(1)
    return str(os.getpid()).encode()

path, key = Path(sys.argv[1]), json.loads(sys.argv[2])
key = EngineKey(**{**key, "batch_sizes": (1, 4), "platform": Platform(**key["platform"])})
said = []
print("ready", flush=True)
sys.stdin.readline()
engine = obtain(EngineFile(path), key, build, lambda engine: engine, said.append)
print(json.dumps([os.getpid(), int(engine), said]))
"""


def test_of_two_processes_one_builds_and_the_other_waits(file):
    command = [sys.executable, "-c", _ONE_OF_TWO, str(file.path), json.dumps(dataclasses.asdict(KEY))]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    (builder, first, of_builder), (other, second, of_other) = sorted(answers, key=lambda a: a[0] != a[1])
    assert first == second == builder != other
    assert of_builder == [f"building: There is no engine {file.path} yet"]
    assert of_other == [f"another process builds {file.path}: waiting for it"]


def test_times_of_kernels_are_checked_the_same_way(tmp_path):
    times = CheckedFile(tmp_path / GPU.file_name, "timing cache")
    times.write(GPU.to_json(), b"times")
    assert times.read(GPU.to_json()) == b"times"
    with pytest.raises(ValueError, match=r"TensorRT was 11\.4\.0\.106, now it is 10\.3\.0"):
        times.read(dataclasses.replace(GPU, tensorrt="10.3.0").to_json())
