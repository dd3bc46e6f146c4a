"""The network of the local features ``points``: its maps, the selection of key points, and the graph of both."""

import numpy as np
import onnx
import pytest
import torch

from reloc.backends.feeding import answer
from reloc.backends.onnxruntime.backend import OnnxRuntime, OnnxRuntimeConfig
from reloc.errors import ImageError
from reloc.models.precision import to_float16
from reloc.models.writing import write_model
from reloc.networks.points import PointsNet, standardized
from reloc.networks.points_config import PointsNetConfig
from reloc.networks.points_selection import BORDER, CONTRAST, REACH, described, select
from reloc.training.feature_outputs import feature_outputs, image_input
from reloc.training.onnx_export import to_onnx
from reloc.training.points.outputs import PointsOutputs


def pictures(count, height=96, width=128):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, height, width)).astype(np.uint8))


def cells_of(image):
    """(H, W) at full resolution to the layout of the detector's answer, (1, 64, h, w)."""
    return torch.nn.functional.pixel_unshuffle(torch.from_numpy(image)[None, None], 8)


def chosen_of(image, count, reliability=None):
    """The key points of a response (H, W); by default all cells are fully reliable."""
    response = cells_of(image)
    return select(response, torch.ones_like(response[:, :1]) if reliability is None else reliability, count)


def test_shapes_and_lengths():
    torch.manual_seed(0)
    with torch.no_grad():
        given = PointsNet(PointsNetConfig(descriptor=32)).eval()(pictures(2))
    assert tuple(given.reliability.shape) == (2, 1, 12, 16)
    assert tuple(given.descriptors.shape) == (2, 32, 12, 16)
    torch.testing.assert_close(given.descriptors.norm(dim=1), torch.ones(2, 12, 16))
    torch.testing.assert_close(given.place.norm(dim=1), torch.ones(2))


def test_it_fits_two_megabytes_in_float16():
    assert sum(p.numel() for p in PointsNet(PointsNetConfig()).parameters()) * 2 <= 2e6


def test_exposure_and_contrast_cancel():
    image = pictures(1).float() * 0.4
    torch.testing.assert_close(standardized(image * 1.5 + 20), standardized(image), atol=2e-3, rtol=2e-3)


def test_a_blank_image_is_answered_with_numbers():
    with torch.no_grad():
        given = PointsOutputs(PointsNet(PointsNetConfig()).eval(), 100)(torch.full((1, 96, 128), 77, dtype=torch.uint8))
    assert all(part.isfinite().all() for part in given)


@pytest.mark.parametrize("shape", [(1, 100, 128), (1, 96, 120), (1, 8, 8)])
def test_other_sizes_are_refused(shape):
    with pytest.raises(ImageError, match="32"):
        PointsNet(PointsNetConfig())(torch.zeros(shape, dtype=torch.uint8))


def test_the_strongest_are_chosen_as_by_looking_at_each_pixel():
    heat = np.random.default_rng(1).random((64, 96), np.float32)
    chosen = chosen_of(heat, 384)
    found = {(int(u), int(v)) for (u, v), s in zip(chosen.pixel[0], chosen.score[0], strict=True) if s > 0}
    wanted, of_block = set(), {}
    for v in range(BORDER, 64 - BORDER):
        for u in range(BORDER, 96 - BORDER):
            around = heat[v - REACH : v + REACH + 1, u - REACH : u + REACH + 1]
            if heat[v, u] == around.max():
                wanted.add((u, v))
                of_block.setdefault((u // 4, v // 4), []).append((heat[v, u], u, v))
    assert found == {max(some)[1:] for some in of_block.values()}
    assert len(found) > 0.8 * len(wanted)
    for (u, v), s in zip(chosen.pixel[0].tolist(), chosen.score[0].tolist(), strict=True):
        if s > 0:
            assert s == pytest.approx(float(heat[v, u] / (heat[v, u] + CONTRAST)))


def test_no_key_point_is_lost_to_neighbors_of_a_strong_one():
    v, u = np.mgrid[0:64, 0:96]
    heat = np.exp(-0.5 * ((u - 40) ** 2 + (v - 30) ** 2) / 4.0**2).astype(np.float32)  # covers many blocks
    heat[50, 80] = 0.01
    chosen = chosen_of(heat, 2)
    assert chosen.pixel[0].tolist() == [[40, 30], [80, 50]]


def test_an_unreliable_point_yields_to_a_weaker_one():
    heat = np.zeros((32, 48), np.float32)
    heat[12, 12], heat[12, 36] = 50.0, 20.0
    reliability = torch.ones(1, 1, 4, 6)
    reliability[0, 0, 1, 1] = 0.1
    assert chosen_of(heat, 1, reliability).pixel[0].tolist() == [[36, 12]]


def test_of_few_that_are_asked_for_the_strongest_come_first():
    heat = np.zeros((64, 96), np.float32)
    for i, (u, v) in enumerate([(10, 10), (40, 20), (70, 50), (31, 31)]):
        heat[v, u] = 0.2 + 0.1 * i
    chosen = chosen_of(heat, 2)
    assert chosen.pixel[0].tolist() == [[31, 31], [70, 50]]


@pytest.mark.parametrize("place", [(40.3, 29.8), (15.6, 16.4), (47.5, 31.9)])  # also across cells
def test_a_place_is_known_to_a_part_of_a_pixel(place):
    v, u = np.mgrid[0:64, 0:96]
    heat = np.exp(-0.5 * ((u - place[0]) ** 2 + (v - place[1]) ** 2) / 2.0**2).astype(np.float32)
    chosen = chosen_of(heat, 4)
    np.testing.assert_allclose((chosen.pixel + chosen.shift)[0, 0].numpy(), place, atol=0.02)


def test_a_descriptor_is_that_of_the_cells_around():
    maps = torch.zeros(1, 2, 4, 6)
    maps[0, 0], maps[0, 1] = torch.arange(6.0)[None] + 1, 1.0
    heat = np.zeros((32, 48), np.float32)
    heat[12, 20] = 1.0  # cell 2 has its center at 19.5, cell 3 at 27.5
    chosen = chosen_of(heat, 1)
    vector = described(maps, chosen)[0, 0]
    wanted = torch.tensor([3.0 + 0.5 / 8, 1.0])
    torch.testing.assert_close(vector, wanted / wanted.norm(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("half", [False, True])
def test_the_graph_answers_what_the_network_answers(tmp_path, half):
    torch.manual_seed(3)
    outputs = PointsOutputs(PointsNet(PointsNetConfig(width=0.5)).eval(), 200).eval()
    inputs, given = image_input(128, 96), feature_outputs(200, outputs.net.config.descriptor, outputs.net.config.place)
    graph = to_onnx(outputs, inputs, given)
    if half:
        graph = to_float16(onnx.load_from_string(graph)).SerializeToString()
    files = {"float16" if half else "float32": graph}
    model = write_model(
        tmp_path / "m", name="m", kind="points", onnx_files=files, inputs=inputs, outputs=given, camera=None,
        world=None, metadata={}, card_markdown="",
    )  # fmt: skip
    image = pictures(1)
    session = OnnxRuntime.open(model, OnnxRuntimeConfig(provider="cpu"), batch_sizes=(1,), log=lambda text: None)
    told = answer(session, {"image": image.numpy()})
    with torch.no_grad():
        wanted = [part.numpy() for part in outputs(image)]
    places = {tuple(uv) for uv, s in zip(told["pixel"][0].tolist(), told["score"][0], strict=True) if s > 0}
    truth = {tuple(uv) for uv, s in zip(wanted[0][0].tolist(), wanted[2][0], strict=True) if s > 0}
    assert len(places & truth) >= (0.85 if half else 0.99) * len(truth)
    np.testing.assert_allclose(told["place"], wanted[4], atol=0.02 if half else 1e-4)
    session.close()
