"""Which pages are missing, one bit each: as a tuple of their numbers would be."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc_node.map_transfer.page_set import PageSet


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 100])
def test_it_is_the_sequence_of_missing_numbers(count: int) -> None:
    pages, wanted = PageSet(count), set(range(count))
    for number in random.Random(count).sample(range(count), count):
        assert pages == tuple(sorted(wanted))
        assert list(reversed(pages)) == sorted(wanted, reverse=True)
        assert (len(pages), pages.came) == (len(wanted), count - len(wanted))
        assert all((n in pages) == (n in wanted) for n in range(-1, count + 9))
        pages.add(number)
        pages.add(number)  # twice is once
        wanted.discard(number)
    assert not pages
    again = PageSet(count, b"".join(pages.byte(at) for at in range(PageSet.bytes_for(count))))
    assert not again


@pytest.mark.parametrize("done", [b"", b"\xff", b"\xff\xff", b"\xff" * 3])
def test_a_bitmap_from_a_disk_that_is_wrong_counts_no_page_that_is_not(done: bytes) -> None:
    pages = PageSet(10, done)
    assert len(pages) in (0, 10)
    assert pages.came <= 10
    assert not [number for number in pages if number >= 10]
