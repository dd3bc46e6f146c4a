import pytest
import torch

from reloc.errors import TrainingDataError
from reloc.networks.resnet import ResNet
from reloc.training.imagenet import load_imagenet


def test_weights_of_a_whole_resnet_fill_three_stacks(tmp_path):
    torch.manual_seed(0)
    whole = ResNet("resnet18", width=0.125)
    stored = {**whole.state_dict(), "fc.weight": torch.zeros(1000, 64), "fc.bias": torch.zeros(1000)}
    stored = {k: v for k, v in stored.items() if not k.endswith("num_batches_tracked")}  # as torchvision's older files
    torch.save(stored, tmp_path / "resnet18.pth")
    network = ResNet("resnet18", width=0.125, stacks=3)
    assert (
        load_imagenet(network, tmp_path / "resnet18.pth", "resnet18.pth")
        == len([k for k in stored if k[:6] != "layer4"]) - 2
    )
    for name, value in network.state_dict().items():
        assert torch.equal(value, whole.state_dict()[name])


def test_what_is_none_is_said(tmp_path):
    torch.save(ResNet("resnet18", width=0.125, stacks=2).state_dict(), tmp_path / "short.pth")
    with pytest.raises(TrainingDataError, match=r"lacks 25 of 90 arrays, layer3\.0\.conv1\.weight"):
        load_imagenet(ResNet("resnet18", width=0.125, stacks=3), tmp_path / "short.pth", "resnet18.pth")
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(TrainingDataError, match="Cannot load weights"):
        load_imagenet(ResNet("resnet18", width=0.125), tmp_path / "text.pth", "resnet18.pth")
    torch.save(ResNet("resnet18", width=0.25).state_dict(), tmp_path / "wide.pth")
    with pytest.raises(TrainingDataError, match="same backbone"):
        load_imagenet(ResNet("resnet18", width=0.125), tmp_path / "wide.pth", "resnet18.pth")
