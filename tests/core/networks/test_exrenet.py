"""ExReNet: the paper's sizes, and what each stage may depend on."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from reloc.errors import ConfigError, ImageError
from reloc.networks.exrenet import ExReNetNetwork, RelativeAnswer
from reloc.networks.exrenet_config import EXRENET_VARIANTS, ExReNetNetworkConfig, variant
from reloc.networks.exrenet_encoder import ExReNetEncoder
from reloc.networks.exrenet_head import ExReNetHead
from reloc.networks.exrenet_places import STEEP
from reloc.networks.unet import Up

TINY = {
    "full": variant("full", side=64, width=0.125, fine=16, regressor_width=0.125),
    "classic": variant("classic", side=64, width=0.125, regressor_width=0.125),
    "light": variant("light", side=64, width=0.125, coarse=24, fine=16, regressor_width=0.125),
}


def images(count: int, side: int = 64, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=generator)


def tiny(name: str) -> ExReNetNetwork:
    torch.manual_seed(1)
    return ExReNetNetwork(TINY[name]).eval()


def test_maps_have_the_papers_sizes() -> None:
    with torch.inference_mode():
        coarse, fine = ExReNetEncoder(ExReNetNetworkConfig()).eval()(images(1, 128))
        assert coarse.shape == (1, 1024, 8, 8)
        assert fine.shape == (1, 256, 32, 32)
        head = ExReNetHead(ExReNetNetworkConfig()).eval()
        matches = head.match((coarse, fine), (coarse, fine))
        assert matches.coarse.shape == (1, 64, 8, 8)
        assert matches.fine is not None
        assert matches.fine.shape == (1, 144, 32, 32)
        assert head.stem(matches.map()).shape == (1, 64, 64, 64)  # of 128 x 128, behind a stride of 2
        assert head.hidden(matches).shape == (1, 512)
        assert head(matches).shape == (1, 8)


@pytest.mark.parametrize("name", EXRENET_VARIANTS)
def test_every_variant_answers_for_every_pair(name: str) -> None:
    network = tiny(name)
    with torch.inference_mode():
        answer, matches = network(images(3), images(3, seed=1))
    assert answer.direction.shape == (3, 3)
    assert answer.rotation.shape == (3, 4)
    assert answer.scale.shape == (3,)
    assert (matches.fine is None) == (name == "classic")


@pytest.mark.parametrize("name", EXRENET_VARIANTS)
def test_all_parameters_learn(name: str) -> None:
    network = tiny(name).train()
    answer, _ = network(images(2), images(2, seed=1))
    (answer.direction.sum() + answer.rotation.square().sum() + answer.scale.square().sum()).backward()
    assert [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("name", EXRENET_VARIANTS)
def test_stored_features_give_what_two_images_give(name: str) -> None:
    network = tiny(name)
    with torch.inference_mode():
        both, _ = network(images(3), images(3, seed=1))
        references, query = network.encoder(images(3)), network.encoder(images(3, seed=1)[1:2])
        alone = network.head(network.head.match(tuple(f[1:2] for f in references), query))
    torch.testing.assert_close(RelativeAnswer.of(alone).direction, both.direction[1:2], rtol=1e-3, atol=1e-4)


def test_the_order_of_the_two_images_matters() -> None:
    network = tiny("full")
    with torch.inference_mode():
        there, _ = network(images(1), images(1, seed=1))
        back, _ = network(images(1, seed=1), images(1))
    assert (there.direction - back.direction).abs().max() > 1e-4


def test_the_stem_is_that_of_matches_enlarged_to_the_image() -> None:
    network = tiny("full")
    with torch.inference_mode():
        features = network.encoder(images(2))
        matches = network.head.match(features, tuple(f.flip(0) for f in features))
        assert matches.fine is not None
        enlarged = torch.cat(
            [functional.interpolate(m, size=(64, 64), mode="nearest") for m in (matches.coarse, matches.fine)], 1
        )
        wanted = network.head.resnet.conv1(enlarged)
        torch.testing.assert_close(network.head.stem(matches.map()), wanted, rtol=1e-3, atol=1e-3 * float(wanted.std()))


def test_cosines_are_compared_by_their_factor() -> None:
    network = tiny("light")
    with torch.inference_mode():
        for features in network.encoder(images(2)):
            torch.testing.assert_close(
                features.square().sum(1), torch.full(features.shape[:1] + features.shape[2:], STEEP)
            )


def test_dot_products_are_shared_out_among_the_channels() -> None:
    network = tiny("full")
    with torch.inference_mode():
        coarse = network.encoder(images(1))[0]
        x = (images(1).permute(0, 3, 1, 2) - network.encoder.mean) / network.encoder.deviation
        bare = network.encoder.resnet(x)[-1]
    torch.testing.assert_close((coarse * coarse).sum(1), (bare * bare).sum(1) / bare.shape[1] ** 0.5)


def test_dropout_is_between_the_hidden_layers_alone() -> None:
    torch.manual_seed(0)
    network = tiny("full")
    with torch.inference_mode():
        matches = network.head.match(*(network.encoder(images(2, seed=s)) for s in (0, 1)))
        network.head.dropout.train()
        one, other = network.head(matches), network.head(matches)
        assert not torch.equal(one, other)
        torch.testing.assert_close(network.head.hidden(matches), network.head.hidden(matches))
        network.head.dropout.eval()
        plain = network.head.behind_dropout(network.head.hidden(matches))
        torch.testing.assert_close(network.head(matches), plain)


def test_normalised_answers() -> None:
    raw = RelativeAnswer(torch.tensor([[0.0, 3.0, 4.0]]), torch.tensor([[0.0, 0.0, 0.0, 2.0]]), torch.tensor([-0.1]))
    answer = raw.normalised()
    torch.testing.assert_close(answer.direction, torch.tensor([[0.0, 0.6, 0.8]]))
    torch.testing.assert_close(answer.rotation, torch.tensor([[0.0, 0.0, 0.0, 1.0]]))
    assert answer.scale.item() == pytest.approx(1e-3)


def test_reducing_before_enlarging_is_reducing_behind_it() -> None:
    torch.manual_seed(0)
    up = Up(6, 4, 5).eval()
    coarse, fine = torch.randn(2, 6, 3, 3), torch.randn(2, 4, 6, 6)
    enlarged = up.reduce(functional.interpolate(coarse, scale_factor=2.0, mode="bilinear"))
    wanted = functional.relu(up.bn(up.conv(torch.cat([enlarged, fine], 1))))
    torch.testing.assert_close(up(coarse, fine), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "changes"), [("huge", {}), ("full", {"side": 100}), ("full", {"similarity": "l2"})])
def test_what_is_no_exrenet_is_said(name: str, changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"Variants: full, classic, light|Set 128|Allowed: dot, cosine"):
        variant(name, **changes)


@pytest.mark.parametrize("shape", [(1, 128, 128, 3), (1, 64, 48, 3), (1, 3, 64, 64)])
def test_images_of_another_size_are_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="64 x 64"):
        tiny("light").encoder(torch.zeros(shape, dtype=torch.uint8))
