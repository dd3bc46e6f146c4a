import cv2
import numpy as np
import pytest
from support.onnx_models import nan_model, small_model

from reloc.errors import ImageError, ModelFormatError, SourceError
from reloc.evaluation.models.inputs import of_folder


@pytest.fixture
def model(tmp_path):
    return small_model(tmp_path / "model", "float32")


@pytest.fixture
def pictures(tmp_path):
    """Five pictures, each of one colour, beside one that is broken."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(5):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((48, 90, 3), (0, 0, 50 * i), np.uint8))
    (folder / "9.png").write_bytes(b"broken")
    return folder


def test_pictures_become_the_models_input(model, pictures):
    made = of_folder(model, pictures, 100)
    assert (made.shape, made.dtype) == ((5, 32, 32, 3), np.uint8)
    assert made[:, :, :, 0].std(axis=(1, 2)).max() == 0
    assert made[:, 0, 0].tolist() == [[50 * i, 0, 0] for i in range(5)]


def test_some_are_chosen_evenly(model, pictures):
    (pictures / "9.png").unlink()
    assert of_folder(model, pictures, 3)[:, 0, 0, 0].tolist() == [0, 100, 200]


def test_a_picture_fills_the_view_whatever_its_shape(model, tmp_path):
    for name, shape in (("tall", (200, 40)), ("wide", (40, 200)), ("small", (20, 20))):
        folder = tmp_path / name
        folder.mkdir()
        cv2.imwrite(str(folder / "a.png"), np.full((*shape, 3), 200, np.uint8))
        assert of_folder(model, folder, 1).min() == 200, name


def test_no_picture_at_all(model, tmp_path, pictures):
    with pytest.raises(SourceError):
        of_folder(model, tmp_path / "nowhere", 3)
    for file in pictures.glob("[0-4].png"):
        file.unlink()
    with pytest.raises(ImageError, match=r"pictures has no image that can be read.*--images"):
        of_folder(model, pictures, 3)


def test_a_model_that_sees_no_images(tmp_path, pictures):
    model = nan_model(tmp_path / "nan")
    assert model.camera is not None
    blind = small_model(tmp_path / "blind", "float32", camera=None)
    with pytest.raises(ModelFormatError, match="does not take one image of a known camera"):
        of_folder(blind, pictures, 3)
