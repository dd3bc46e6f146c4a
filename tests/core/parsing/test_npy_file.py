"""Array files: the header is matched and compared with the file's size, never evaluated."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path

import numpy as np
import pytest

from reloc.errors import MapHashError
from reloc.parsing.blame import Blame
from reloc.parsing.npy_file import load, load_bundle, parse

BLAME = Blame("poses.npy", MapHashError, "Build it again")


def file_of(header: str, data: bytes = b"", version: bytes = b"\1\0", length: int | None = None) -> bytes:
    text = header.encode("latin-1")
    size = len(text) if length is None else length
    return b"\x93NUMPY" + version + size.to_bytes(2 if version[0] == 1 else 4, "little") + text + data


def header(shape: str, descr: str = "<f8", order: str = "False") -> str:
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4),
        np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
        np.zeros((0, 128), np.uint8),
        np.array(3.5),
        np.array([True, False]),
        np.arange(5, dtype=">u2"),
        np.array(["a", "bc"]),
        np.ones(7, np.float16),
        np.ones(3, np.complex64),
    ],
)
@pytest.mark.parametrize("mapped", [False, True])
def test_what_numpy_writes_is_read_alike(tmp_path: Path, array: np.ndarray, mapped: bool) -> None:
    np.save(tmp_path / "a.npy", array)
    found = load(tmp_path / "a.npy", BLAME, mapped=mapped)
    known = np.load(tmp_path / "a.npy")
    np.testing.assert_array_equal(found, known)
    assert (found.dtype, found.shape, found.flags.f_contiguous) == (known.dtype, known.shape, known.flags.f_contiguous)
    np.testing.assert_array_equal(parse((tmp_path / "a.npy").read_bytes(), BLAME), known)


@pytest.mark.parametrize("version", [(2, 0), (3, 0)])
def test_later_versions(tmp_path: Path, version: tuple[int, int]) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.arange(3), version=version)
    np.testing.assert_array_equal(parse(stream.getvalue(), BLAME), [0, 1, 2])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUM",
        b"PK\3\4" + bytes(100),
        file_of("{'descr': '<f8', 'shape': ((6,"),  # numpy: TokenError
        file_of("-" * 9000 + "1"),  # RecursionError
        file_of(header("(True, 4)")),  # TypeError
        file_of(header("(9223372036854775807,)")),  # OverflowError
        file_of(header("(18446744073709551616, 0)")),
        file_of(header("(4)"), bytes(32)),
        file_of(header("(-1,)")),
        file_of(header("(1e9,)")),
        file_of(header("(" + "1," * 40 + ")"), bytes(8)),
        file_of(header("(2, 2)", "|O"), bytes(64)),
        file_of(header("(2, 2)", "<f3"), bytes(64)),
        file_of(header("(2,)", "<U0"), bytes(64)),
        file_of(header("(1,)", "<U999999"), bytes(64)),
        file_of(header("(1000000, 1000000)"), bytes(64)),
        file_of(header("(2,)", order="0"), bytes(64)),
        file_of(header("(2,)", "<f8', 'evil': '"), bytes(64)),
        file_of("__import__('os').system('touch /tmp/owned')"),
        file_of(header("(2,)"), bytes(15)),  # a byte is missing
        file_of(header("(2,)"), bytes(16), length=60_000),
        file_of(header("(2,)"), bytes(16), version=b"\2\0", length=2**32 - 1),
        file_of(header("(2,)"), bytes(16), version=b"\4\0"),
        file_of(header("(2,)") + "\xe9", bytes(16)),
    ],
)
def test_what_is_no_array(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    for read in (lambda: load(tmp_path / "a.npy", BLAME, mapped=True), lambda: load(tmp_path / "a.npy", BLAME)):
        with pytest.raises(MapHashError, match=r"^poses\.npy is .*Build it again$"):
            read()
    with pytest.raises(MapHashError):
        parse(content, BLAME)


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(4))
    whole = (tmp_path / "a.npy").read_bytes()
    for size in range(len(whole)):
        with pytest.raises(MapHashError):
            parse(whole[:size], BLAME)


def test_a_shape_that_lies_costs_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(file_of(header("(1000000000,)"), bytes(64)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MapHashError, match="is cut off"):
        load(tmp_path / "a.npy", BLAME)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_bundles(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", one=np.arange(3), two=np.eye(2))
        found = load_bundle(tmp_path / "a.npz", BLAME)
        assert sorted(found) == ["one", "two"]
        np.testing.assert_array_equal(found["two"], np.eye(2))


@pytest.mark.parametrize("size", [0, 1, 30, 100, 250, -1])
def test_a_bundle_that_is_cut_off(tmp_path: Path, size: int) -> None:
    np.savez(tmp_path / "a.npz", one=np.arange(30))
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:size])
    with pytest.raises(MapHashError, match=r"is not an archive of arrays"):
        load_bundle(tmp_path / "a.npz", BLAME)


def test_a_bundle_of_other_things(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.npy", b"no array")
    with pytest.raises(MapHashError, match=r"one\.npy', which is not an array"):
        load_bundle(tmp_path / "a.npz", BLAME)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.npy", bytes(10**7))  # a bomb
    with pytest.raises(MapHashError, match="at most 1000 are read"):
        load_bundle(tmp_path / "a.npz", BLAME, most=1000)
