import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from reloc.models.precision import to_float16
from reloc.networks.exrenet import ExReNetNetwork, RelativeAnswer
from reloc.networks.exrenet_config import variant
from reloc.training.dropout import dropout_masks
from reloc.training.exrenet.outputs import (
    ANSWERS,
    MATCHES_OUTPUT,
    ExReNetEncoderOutputs,
    PairOutputs,
    features_of,
    image_input,
    pair_inputs,
    pair_outputs,
)
from reloc.training.onnx_export import to_onnx

SAMPLES = 6
SIZES = {"side": 64, "width": 0.125, "regressor_width": 0.125}
NETWORKS = {
    "full": variant("full", fine=16, **SIZES),
    "classic": variant("classic", **SIZES),
    "light": variant("light", coarse=24, fine=16, **SIZES),
}


def images(count, seed):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (count, 64, 64, 3), np.uint8))


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    torch.manual_seed(2)
    network = ExReNetNetwork(NETWORKS[request.param]).train()
    with torch.no_grad():
        for seed in range(3):  # batch normalisation with figures of its own
            network(images(4, seed), images(4, seed + 10))
        network.head.fc3.bias[7] = 2.0  # metres, as a trained one says
    return network.eval()


@pytest.fixture(scope="module")
def features(network):
    with torch.no_grad():
        return (*network.encoder(images(3, 0)), *network.encoder(images(3, 1)))


def run(graph, inputs, arrays):
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(None, {spec.name: array for spec, array in zip(inputs, arrays, strict=True)})


def answers(network, features):
    names = [spec.name for spec in pair_outputs(network, SAMPLES)]
    return dict(zip(names, PairOutputs(network, SAMPLES, 1).eval()(*features), strict=True))


def test_the_answer_is_the_networks(network, features):
    with torch.no_grad():
        given = answers(network, features)
        wanted = network(images(3, 0), images(3, 1))[0].normalised()
    torch.testing.assert_close(given["direction"], wanted.direction, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(given["rotation"], wanted.rotation, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(given["scale"], wanted.scale, rtol=1e-3, atol=1e-4)
    assert set(given) == {*ANSWERS, *([MATCHES_OUTPUT] if network.config.fine else [])}
    for spec in pair_outputs(network, SAMPLES):
        assert tuple(given[spec.name].shape) == spec.at(3)


def test_a_sample_is_what_dropout_in_training_gives(network, features):
    head, half = network.head, len(features) // 2
    masks = torch.from_numpy(dropout_masks(SAMPLES, head.fc1.out_features, head.dropout.p, seed=1))
    with torch.no_grad():
        given = answers(network, features)
        hidden = head.hidden(head.match(features[:half], features[half:]))
        sample = RelativeAnswer.of(head.behind_dropout(hidden * masks[4])).normalised()
    torch.testing.assert_close(given["direction_samples"][:, 4], sample.direction, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(given["scale_samples"][:, 4], sample.scale, rtol=1e-3, atol=1e-4)
    assert given["rotation_samples"].std(1).amax() > 0
    assert given["scale_samples"].std(1).amax() > 0
    torch.testing.assert_close(given["rotation_samples"].norm(dim=2), torch.ones(3, SAMPLES))


def test_both_graphs_take_any_batch_and_give_what_torch_gives(network):
    inputs, outputs = pair_inputs(network), pair_outputs(network, SAMPLES)
    encoder = ExReNetEncoderOutputs(network)
    encode = to_onnx(encoder, image_input(network.config), features_of(network))
    pair = PairOutputs(network, SAMPLES, 1)
    compare = to_onnx(pair, inputs, outputs)
    for count in (1, 5):
        one, other = images(count, 20), images(count, 30)
        arrays = [f for i in (one, other) for f in run(encode, image_input(network.config), [i.numpy()])]
        given = run(compare, inputs, arrays)
        with torch.no_grad():
            features = [*encoder(one), *encoder(other)]
            for array, feature in zip(arrays, features, strict=True):
                np.testing.assert_allclose(array, feature.numpy(), atol=1e-4, rtol=1e-3)
            wanted = pair.eval()(*map(torch.from_numpy, arrays))
        for array, tensor, spec in zip(given, wanted, outputs, strict=True):
            assert array.shape == spec.at(count)
            np.testing.assert_allclose(array, tensor.numpy(), atol=1e-3, rtol=1e-3)


def test_float16_holds_the_sums_of_all_channels():
    """Correlations are sums over 1024 channels: those of a network that has learned nothing yet are large."""
    torch.manual_seed(0)
    network = ExReNetNetwork(variant("full", side=64, fine=16, regressor_width=0.125)).eval()
    inputs = pair_inputs(network)
    graph = onnx.load_from_string(to_onnx(PairOutputs(network, SAMPLES, 1), inputs, pair_outputs(network, SAMPLES)))
    with torch.no_grad():
        arrays = [f.numpy() for seed in (0, 1) for f in network.encoder(images(2, seed))]
    for answer in run(to_float16(graph).SerializeToString(), inputs, arrays):
        assert np.isfinite(answer).all()


def test_what_is_behind_the_dropout_alone_is_repeated(network):
    graph = onnx.load_from_string(
        to_onnx(PairOutputs(network, SAMPLES, 1), pair_inputs(network), pair_outputs(network, SAMPLES))
    )
    onnx.checker.check_model(graph, full_check=True)
    kinds = [node.op_type for node in graph.graph.node]
    # 17 of a ResNet18 of four stacks and three shortcuts, each once for all samples.
    assert kinds.count("Conv") == 20
    sizes = {tuple(i.dims) for i in graph.graph.initializer}
    assert (1, SAMPLES, network.head.fc1.out_features) in sizes
    assert not any(len(size) == 4 and size[-1] == 7 for size in sizes)  # the stem is the folded one
