from dataclasses import replace

import numpy as np
import pytest

from reloc.compact_index import signs, sizes
from reloc.compact_index.building import IndexBuilder
from reloc.compact_index.form import INDEX_VERSION, IndexArrays, check_version
from reloc.compact_index.rotation import Rotation
from reloc.compact_index.rows import RowsInMemory
from reloc.compact_index.search import CompactIndex
from reloc.compact_index.shortening import Shortening
from reloc.datatypes import Float32
from reloc.errors import MapIncompleteError, MapVersionError
from reloc.maps import compact

COUNT, WIDTH = 600, 40


@pytest.fixture(scope="module")
def rows() -> Float32:
    rng = np.random.default_rng(3)
    found = np.repeat(rng.standard_normal((30, WIDTH)), 20, axis=0) + 0.4 * rng.standard_normal((COUNT, WIDTH))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32)


def built(rows: Float32, numbers: int = 512) -> tuple[IndexArrays, RowsInMemory]:
    sampled = np.arange(0, len(rows), 3)
    builder = IndexBuilder(rows[sampled], sampled, len(rows), numbers)
    for start in range(0, len(rows), 250):
        piece = rows[start : start + 250]
        builder.add(piece, compact.pack_rows(piece))
    arrays, short = builder.finish()
    return arrays, RowsInMemory(short)


def test_the_most_similar_ones_are_among_the_candidates(rows: Float32) -> None:
    index = CompactIndex(*built(rows))
    assert len(index) == COUNT
    for asked in rows[::37]:
        truth = set(np.argsort(-(rows @ asked))[:20].tolist())
        assert len(truth & set(index.candidates(asked, 100).tolist())) >= 19


def test_everything_is_read_if_all_references_are_asked_for(rows: Float32) -> None:
    arrays, short = built(rows)
    index = CompactIndex(replace(arrays, read=1), short)
    assert len(set(index.candidates(rows[0], 10).tolist())) == 10
    assert sorted(index.candidates(rows[0], COUNT).tolist()) == list(range(COUNT))
    assert len(index.candidates(rows[0], 10 * COUNT)) == COUNT


def test_the_second_step_finds_what_the_first_cannot_tell() -> None:
    """References are alike in the few directions that the first step knows, and differ in all others."""
    rng = np.random.default_rng(8)
    found = rng.standard_normal((1000, 1024)).astype(np.float32)
    found[:, :8] += 20.0 * rng.standard_normal((1, 8))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    index = CompactIndex(*built(found, numbers=8))
    asked = found[::50] + 0.03 * rng.standard_normal((20, 1024)).astype(np.float32)
    names = np.arange(0, 1000, 50)[:, None]
    read = [float((index.nearest(asked, 10, many) == names).any(axis=1).mean()) for many in (10, 1000)]
    assert read[0] < 0.5
    assert read[1] == 1.0


def test_the_recall_that_the_build_measured_is_that_of_searches(rows: Float32) -> None:
    arrays, short = built(rows, numbers=8)
    index, shares = CompactIndex(arrays, short), []
    for own in range(0, COUNT, 6):
        cosines = rows @ rows[own]
        cosines[own] = -1.0
        found = index.nearest(rows[own][None], arrays.compared + 1, arrays.read)
        shares.append(np.isin(np.argsort(-cosines)[30:60], found).mean())
    assert abs(float(np.mean(shares)) - arrays.recall) < 0.03


def test_equal_descriptors_give_equal_files(rows: Float32) -> None:
    (one, short), (other, again) = built(rows), built(rows)
    assert np.array_equal(short.between(0, COUNT), again.between(0, COUNT))
    for name, array in one.to_arrays().items():
        assert np.array_equal(array, other.to_arrays()[name]), name


def test_references_must_all_be_added(rows: Float32) -> None:
    builder = IndexBuilder(rows, np.arange(COUNT), COUNT)
    builder.add(rows[:9], compact.pack_rows(rows[:9]))
    with pytest.raises(ValueError, match="9 of 600"):
        builder.finish()


@pytest.mark.parametrize("shape", [(300, 40), (20, 500)])  # more rows than numbers, and the other way round
def test_inner_products_stay(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    sample = (rng.standard_normal((shape[0], 12)) @ rng.standard_normal((12, shape[1]))).astype(np.float32)
    sample /= np.linalg.norm(sample, axis=1, keepdims=True)
    short = Shortening.learn(sample, 12)
    first, all_numbers = short.asked(sample)
    assert np.abs(first @ first.T - sample @ sample.T).max() < 1e-4
    assert np.abs(all_numbers @ all_numbers.T - sample @ sample.T).max() < 1e-5


@pytest.mark.parametrize(("numbers", "rotated"), [(1, 8), (8, 8), (40, 64), (8192, 8192)])
def test_a_rotation_keeps_inner_products_and_spreads_single_numbers(numbers: int, rotated: int) -> None:
    rotation = Rotation.of(numbers)
    found = rotation.rotated(np.eye(numbers, dtype=np.float32)[:5])
    assert found.shape == (min(5, numbers), rotated)
    assert np.allclose(np.abs(found), rotated**-0.5, atol=1e-6)
    assert np.allclose(found @ found.T, np.eye(len(found)), atol=1e-5)


@pytest.mark.parametrize("way", ["few", "every"])
def test_faiss_adds_up_numbers_by_sign(way: str) -> None:
    rng = np.random.default_rng(5)
    numbers, asked = (rng.standard_normal((count, 512)).astype(np.float32) for count in (40, 3))
    if way == "few":
        index = signs.few(signs.signs_of(numbers))
    else:
        index, bits = signs.every(512, 40)
        bits[:] = signs.signs_of(numbers)
    products, names = index.search(asked, 40)
    exact = np.take_along_axis(asked @ np.where(numbers > 0.0, 1.0, -1.0).T, names, axis=1)
    for one, other in zip(products, exact, strict=True):  # up to FAISS's rounding of the query, and a factor
        assert np.corrcoef(one, other)[0, 1] > 0.999


def test_images_without_anything_to_describe() -> None:
    rows = np.zeros((50, 16), np.float32)
    rows[::2] = np.eye(16, dtype=np.float32)[np.arange(25) % 16]
    index = CompactIndex(*built(rows, 16))
    assert index.candidates(rows[4], 1).tolist()[0] % 2 == 0


def test_sizes() -> None:
    assert sizes.is_exact(1000, 8192)
    assert sizes.is_exact(4096, 8192)
    assert not sizes.is_exact(4097, 8192)
    assert sizes.is_exact(100_000, 256)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("flips", lambda a: a * np.int8(3), "other numbers than 1 and -1"),
        ("flips", lambda a: a[:-1], "flips has 63 numbers; a power of two"),
        ("flips", lambda a: a.astype(np.int64), "int8 is expected"),
        ("flips", None, "lacks the arrays flips"),
        ("lengths", lambda a: a[:-1], r"\(599,\) of float32"),
        ("lengths", lambda a: a * np.float32(np.inf), "lengths holds numbers"),
        ("projection", lambda a: a.ravel(), r"\(64, 4096\) of float32 is expected"),
        ("projection", lambda a: a[:, :5], "projection has 5 numbers"),
        ("projection", lambda a: a * np.float32(np.nan), "projection holds numbers that are not finite"),
        ("projection", None, "lacks the arrays projection"),
        ("compared", lambda a: a.astype(np.float32), "one whole number"),
        ("read", None, "lacks the array read"),
    ],
)
def test_arrays_that_do_not_fit(rows: Float32, name: str, change: object, says: str) -> None:
    arrays, short = built(rows)
    stored = arrays.to_arrays()
    whole = stored.pop(name)
    if callable(change):
        stored[name] = change(whole)
    with pytest.raises(MapIncompleteError, match=says):
        IndexArrays.from_arrays(stored, short, COUNT, "The index")


@pytest.mark.parametrize("rows_for", [COUNT - 1, COUNT + 1])
def test_rows_of_another_map(rows: Float32, rows_for: int) -> None:
    arrays, short = built(rows)
    with pytest.raises(MapIncompleteError, match="is expected"):
        IndexArrays.from_arrays(arrays.to_arrays(), short, rows_for, "The index")


@pytest.mark.parametrize(("version", "fix"), [(INDEX_VERSION + 1, "Update reloc"), (0, "Build the map again")])
def test_an_index_of_another_version(version: int, fix: str) -> None:
    with pytest.raises(MapVersionError, match=rf"has version {version}; this reloc reads version 2\. {fix}"):
        check_version({"version": np.array([version])}, "The index")
    with pytest.raises(MapIncompleteError, match="lacks the array version"):
        check_version({"rows": np.zeros(1)}, "The index")
