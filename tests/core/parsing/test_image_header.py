"""The size of an image by its header is the size that OpenCV decodes."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.parsing.image_header import size_of

SUFFIXES = (".png", ".jpg", ".webp", ".bmp", ".tiff", ".ppm", ".pgm", ".pam", ".jp2", ".ras", ".gif", ".pfm")


def encoded(suffix: str, width: int, height: int, channels: int = 3) -> bytes:
    pixels = np.full((height, width, channels), 128, np.uint8)
    if suffix == ".pgm":
        pixels = pixels[..., 0]
    return bytes(cv2.imencode(suffix, pixels.astype(np.float32) if suffix == ".pfm" else pixels)[1])


@pytest.mark.parametrize("size", [(1, 1), (37, 20), (640, 480), (300, 2)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_kind(suffix: str, size: tuple[int, int]) -> None:
    if not cv2.haveImageWriter("x" + suffix):
        pytest.skip(f"this OpenCV writes no {suffix}")
    data = encoded(suffix, *size)
    if not data:
        pytest.skip(f"this OpenCV writes no {suffix} of that size")
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert size_of(data) == size == (decoded.shape[1], decoded.shape[0])


@pytest.mark.parametrize("options", [[cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]])
def test_kinds_of_jpeg(options: list[int]) -> None:
    data = bytes(cv2.imencode(".jpg", np.zeros((33, 65, 3), np.uint8), options)[1])
    assert size_of(data) == (65, 33)
    thumbnail = encoded(".jpg", 8, 8)
    exif = b"Exif\0\0" + thumbnail  # its size is not the image's
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]
    assert size_of(data) == (65, 33)


def test_a_marker_without_a_length_hides_no_size() -> None:
    real, small = encoded(".jpg", 300, 200), encoded(".jpg", 64, 48)
    frame = small[small.index(b"\xff\xc0") :][:19]
    # The next marker, read as a length, would lead to the small frame.
    padded = real[:2] + b"\xff\x01" + real[2:]
    lying = padded.ljust(4 + 0xFFE0, b"\0") + frame
    decoded = cv2.imdecode(np.frombuffer(lying, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (decoded.shape[1], decoded.shape[0]) == (300, 200) == size_of(lying)


def tiff(*tags: tuple[int, int]) -> bytes:
    """An uncompressed gray TIFF with its pixels at byte 8; ``tags`` are those of its size."""
    entries = [*tags, (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 30), (279, 600)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<I", 608) + bytes(600) + struct.pack("<H", len(entries)) + directory + bytes(4)


def test_a_tag_given_twice_counts_as_the_larger_one() -> None:
    assert size_of(tiff((256, 20), (257, 30))) == (20, 30)
    for first, second in ((20, 40_000), (40_000, 20)):
        data = tiff((256, first), (256, second), (257, 30))
        assert size_of(data) == (40_000, 30)
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert decoded is None or decoded.shape[1] <= 40_000


def test_a_false_code_stream_hides_no_size() -> None:
    if not cv2.haveImageWriter("x.jp2"):
        pytest.skip("this OpenCV writes no JPEG 2000")
    real, small = encoded(".jp2", 300, 200), encoded(".jp2", 64, 48)
    code = small[small.index(b"\xff\x4f\xff\x51") :][:60]
    box = struct.pack(">I", 24 + len(code)) + b"uuid" + bytes(16) + code
    data = real[:12] + real[12 : 12 + 20] + box + real[12 + 20 :]
    assert size_of(data) == (300, 200)


def test_lossless_and_extended_webp() -> None:
    assert size_of(
        bytes(cv2.imencode(".webp", np.zeros((20, 30, 3), np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])[1])
    ) == (
        30,
        20,
    )
    alpha = np.random.default_rng(0).integers(0, 255, (20, 30, 4), dtype=np.uint8)
    assert size_of(bytes(cv2.imencode(".webp", alpha, [cv2.IMWRITE_WEBP_QUALITY, 60])[1])) == (30, 20)


def test_comments_in_a_pnm() -> None:
    assert size_of(b"P5\n# 9 9\n12 # wide\n3\n255\n" + bytes(36)) == (12, 3)


def test_tiles_larger_than_their_image() -> None:
    entries = [(256, 4, 16), (257, 4, 16), (322, 4, 60000), (323, 4, 60000)]
    ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in entries) + bytes(4)
    assert size_of(b"II*\0" + struct.pack("<I", 8) + ifd) == (60000, 60000)
    big = struct.pack(">Q", 2) + b"".join(struct.pack(">HHQQ", t, 16, 1, v) for t, v in ((256, 7), (257, 5)))
    assert size_of(b"MM\0+" + struct.pack(">HHQ", 8, 0, 16) + big) == (7, 5)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".ppm"])
def test_a_header_cut_off_at_any_byte_is_no_traceback(suffix: str) -> None:
    data = encoded(suffix, 37, 20)
    for end in range(min(len(data), 1500)):
        assert size_of(data[:end]) in (None, (37, 20), (37, 2), (3, 20), (37, 0))


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM", b"II*\0", b"MM\0+", b"P6", b"P7", b"PF",
                        b"GIF89a", b"\0\0\0\x0cjP  ", b"\x59\xa6\x6a\x95"]), st.binary(max_size=200))  # fmt: skip
def test_nonsense_after_any_magic_is_no_traceback(magic: bytes, rest: bytes) -> None:
    found = size_of(magic + rest)
    assert found is None or len(found) == 2


def test_a_bomb_is_seen_without_being_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0))
    assert size_of(start) == (30000, 30000)
