import pytest
import torch

from reloc.errors import CheckpointError
from reloc.training import checkpoint

CONTENT = {"step": 3, "weights": torch.arange(1000.0), "nested": [{"a": (1, 2.5, None, "text")}]}


@pytest.fixture
def file(tmp_path):
    checkpoint.save(tmp_path / "some" / "last.pt", CONTENT)
    return tmp_path / "some" / "last.pt"


def test_what_is_saved_is_loaded(file):
    loaded = checkpoint.load(file)
    assert torch.equal(loaded["weights"], CONTENT["weights"])
    assert loaded["nested"] == CONTENT["nested"]
    assert [f.name for f in file.parent.iterdir()] == ["last.pt"]


def test_the_former_one_is_kept(file):
    checkpoint.save(file, {"step": 4}, keep=file.with_name("previous.pt"))
    assert checkpoint.load(file)["step"] == 4
    assert checkpoint.load(file.with_name("previous.pt"))["step"] == 3


def test_a_changed_byte_is_found(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1  # in the midst of the weights
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(file)


def test_one_that_is_missing(tmp_path):
    with pytest.raises(CheckpointError, match=r"no checkpoint .*gone\.pt"):
        checkpoint.load(tmp_path / "gone.pt")


def test_one_of_another_version(tmp_path):
    torch.save({"format": 99}, tmp_path / "new.pt")
    with pytest.raises(CheckpointError, match="format 99, but this reloc reads 1"):
        checkpoint.load(tmp_path / "new.pt")


def test_another_torch_file(tmp_path):
    torch.save(torch.zeros(3), tmp_path / "tensor.pt")
    with pytest.raises(CheckpointError, match="format None"):
        checkpoint.load(tmp_path / "tensor.pt")


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"format": 1, "evil": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError):
        checkpoint.load(tmp_path / "evil.pt")


def test_a_failed_write_leaves_the_former_one(file):
    with pytest.raises(AttributeError):
        checkpoint.save(file, {"step": lambda: 0})  # cannot be pickled
    assert checkpoint.load(file)["step"] == 3
    assert [f.name for f in file.parent.iterdir()] == ["last.pt"]
