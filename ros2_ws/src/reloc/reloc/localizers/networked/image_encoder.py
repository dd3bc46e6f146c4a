"""Run an encoder: features of one image."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from reloc.backends.choice import open_session
from reloc.datatypes import Float32, Lost, Query, UInt8
from reloc.errors import ModelFormatError
from reloc.geometry.cameras import Camera
from reloc.localizers.networked.network_view import show
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.preprocessing import Preprocess

IMAGE = "image"


class ImageEncoder:
    """A warm encoder. Do not call it from two threads at once.

    Raises:
        ModelFormatError: its input is not an image.
        BackendError: no backend here can run it.
    """

    def __init__(self, encoder: Model, backend: str = "auto", precision: str = "auto") -> None:
        self.model = encoder
        self.camera = check_image_input(encoder)
        self._preprocess = Preprocess(self.camera)
        log = logging.getLogger(__name__).info
        self._session = open_session(encoder, backend, precision, batch_sizes=(1,), log=log)
        self._input: UInt8 = self._session.buffers(1)[IMAGE]

    def show(self, query: Query, min_coverage: float) -> float | Lost:
        """Load a query's image; see :func:`reloc.localizers.networked.network_view.show`."""
        return show(query, self._preprocess, min_coverage, self._input[0])

    def run(self) -> Mapping[str, Float32]:
        """Return features of the last loaded image, by name, (1, ...) each; valid until the next run."""
        return self._session.run(1)

    def features(self, image: UInt8, camera: Camera) -> Mapping[str, Float32]:
        """Return the features of an image (H, W, 3) RGB of any camera, for example a reference.

        Raises:
            ImageError, CameraError: as :meth:`reloc.preprocessing.Preprocess.into`.
        """
        self._preprocess.into(image, camera, self._input[0])
        return self.run()

    def close(self) -> None:
        """Release the session."""
        self._session.close()


def check_image_input(encoder: Model) -> Camera:
    """Return the camera that an encoder was trained with.

    Raises:
        ModelFormatError: the model does not state its camera, or does not take one image of that camera.
    """
    if encoder.camera is None:
        raise ModelFormatError(
            f"{encoder.path} does not say which camera it was trained with", "Export it again: reloc export"
        )
    camera = Camera.from_dict(encoder.camera)
    takes = TensorSpec(IMAGE, "uint8", (None, camera.height, camera.width, 3))
    if encoder.inputs != (takes,):
        raise ModelFormatError(f"{encoder.path} takes {', '.join(map(str, encoder.inputs))}", f"It must be {takes}")
    return camera
