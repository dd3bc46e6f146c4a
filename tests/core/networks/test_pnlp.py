"""The network of Perspective-n-Learned-Point, whole, and as a graph."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from reloc.backends.onnxruntime.backend import OnnxRuntime, OnnxRuntimeConfig
from reloc.errors import ConfigError, ImageError
from reloc.models.precision import to_float16
from reloc.models.writing import write_model
from reloc.networks.netvlad import NetVlad
from reloc.networks.pnlp import PnLPNet
from reloc.networks.pnlp_config import PNLP_VARIANTS, PnLPNetConfig, variant
from reloc.networks.pnlp_recurrent import ReNet
from reloc.training.onnx_export import to_onnx
from reloc.training.pnlp.outputs import PnLPOutputs, image_input, specs

SMALL = {"side": 64, "width": 0.25, "decoder_width": 0.25}


def pictures(count, side=64):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8))


@pytest.mark.parametrize("name", PNLP_VARIANTS)
def test_shapes_and_ranges(name):
    net = PnLPNet(variant(name, **SMALL)).eval()
    with torch.no_grad():
        answer = net(pictures(2))
    assert [tuple(d.shape) for d in answer.depths] == [(2, 16, 16), (2, 8, 8), (2, 4, 4)]
    assert tuple(answer.local.shape) == (2, 64, 16, 16)
    assert answer.latent.shape[2:] == (4, 4)
    torch.testing.assert_close(answer.local.norm(dim=1), torch.ones(2, 16, 16))
    assert (answer.depths[0] > 0.1).all()
    assert (answer.spread > 0).all()


def test_the_papers_encoder_has_its_size_and_filters():
    net = PnLPNet(PNLP_VARIANTS["paper"])
    count = sum(p.numel() for p in net.encoder.parameters())
    assert 0.95 * 6.3e6 < count < 1.05 * 6.3e6
    assert net.encoder.channels[-1] == 256


def test_a_resnet_keeps_torchvisions_names():
    names = set(PnLPNet(PNLP_VARIANTS["light"]).encoder.backbone.state_dict())
    assert {"conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer3.1.bn2.weight"} <= names


def test_images_of_another_size_are_refused():
    with pytest.raises(ImageError, match="64 x 64"):
        PnLPNet(variant("light", **SMALL))(pictures(1, 80))
    with pytest.raises(ConfigError, match="multiple of 16"):
        PnLPNetConfig(side=100)
    with pytest.raises(ConfigError, match="light"):
        variant("heavy")


def test_to_say_how_sure_changes_no_depth():
    net = PnLPNet(variant("light", **SMALL))
    net(pictures(2)).spread.log().square().sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in net.encoder.parameters())
    assert all(p.grad is not None for p in net.spread.parameters())


def test_recurrent_layers_see_the_whole_image():
    net = ReNet(8, 4).eval()
    x = torch.randn(1, 8, 6, 6, generator=torch.manual_seed(0))
    y = x.clone()
    y[0, :, 0, 0] += 1.0
    with torch.no_grad():
        changed = (net(y) - net(x)).abs().sum(1)[0]
    assert (changed > 0).all()


def test_netvlad_is_a_sum_of_residuals():
    random = np.random.default_rng(3)
    centres = random.normal(size=(4, 6)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    features = random.normal(size=(1, 6, 3, 5)).astype(np.float32)
    given = NetVlad(torch.from_numpy(centres), 1e4)(torch.from_numpy(features)).numpy()[0]  # as good as hard
    x = features[0].reshape(6, -1).T
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    nearest = np.square(x[:, None] - centres).sum(2).argmin(1)
    wanted = np.stack([(x[nearest == k] - centres[k]).sum(0) for k in range(4)])
    squares = np.square(wanted).sum(1, keepdims=True)
    wanted /= np.sqrt(squares + 0.01 * squares.mean() + 1e-7)
    np.testing.assert_allclose(given, wanted.ravel() / np.linalg.norm(wanted), atol=1e-4)


@pytest.mark.parametrize("name", PNLP_VARIANTS)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_the_graph_answers_the_same_in_any_batch(name, precision, tmp_path):
    config = replace(variant(name, **SMALL))
    net = PnLPNet(config).eval()
    latent = net.encoder.channels[-1]
    centres = torch.nn.functional.normalize(torch.randn(8, latent, generator=torch.manual_seed(1)), dim=1)
    whole = PnLPOutputs(net, NetVlad(centres, 5.0)).eval()
    inputs, outputs = image_input(config), specs(config, whole.netvlad.length)
    content = to_onnx(whole, inputs, outputs)
    if precision == "float16":
        content = to_float16(onnx.load_from_string(content)).SerializeToString()
    model = write_model(
        tmp_path / "m", name="m", kind="pnlp", onnx_files={precision: content}, inputs=inputs, outputs=outputs,
        camera=None, world=None, metadata={}, card_markdown="#",
    )  # fmt: skip
    session = OnnxRuntime.open(
        model, OnnxRuntimeConfig(provider="cpu"), precision=precision, batch_sizes=(3,), log=lambda text: None
    )
    image = pictures(3)
    session.buffers(3)["image"][...] = image.numpy()
    given = session.run(3)
    with torch.no_grad():
        wanted = whole(image)
    for spec, value in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(given[spec.name], value.numpy(), atol=3e-4 if precision == "float32" else 0.05)
    session.close()
