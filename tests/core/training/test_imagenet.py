import pytest
import torch

from reloc.errors import TrainingDataError
from reloc.networks.googlenet import GoogLeNet
from reloc.training.imagenet import load_imagenet


def torchvisions(width=0.1):
    """What a file of torchvision's holds: the backbone, its classifiers, and counters of batch normalisation."""
    torch.manual_seed(7)
    state = GoogLeNet(width).state_dict()
    return {name: torch.randn_like(v) if v.is_floating_point() else v for name, v in state.items()} | {
        "fc.weight": torch.zeros(1000, 1024),
        "aux1.fc2.bias": torch.zeros(1000),
    }


def test_everything_but_the_classifiers_is_taken(tmp_path):
    given = torchvisions()
    torch.save(given, tmp_path / "googlenet.pth")
    backbone = GoogLeNet(0.1)
    assert load_imagenet(backbone, tmp_path / "googlenet.pth", "googlenet.pth") == len(given) - 2
    for name, value in backbone.state_dict().items():
        torch.testing.assert_close(value, given[name])


def test_of_another_width(tmp_path):
    torch.save(torchvisions(0.2), tmp_path / "googlenet.pth")
    with pytest.raises(TrainingDataError, match="width of 1"):
        load_imagenet(GoogLeNet(0.1), tmp_path / "googlenet.pth", "googlenet.pth")


def test_of_another_network(tmp_path):
    torch.save({"layer1.weight": torch.zeros(3)}, tmp_path / "resnet.pth")
    with pytest.raises(TrainingDataError, match="lacks"):
        load_imagenet(GoogLeNet(0.1), tmp_path / "resnet.pth", "googlenet.pth")


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_no_file_or_none_of_weights(tmp_path, content):
    if content is not None:
        (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(TrainingDataError, match="Cannot load weights"):
        load_imagenet(GoogLeNet(0.1), tmp_path / "weights.pth", "googlenet.pth")
