"""The same broken networks, read by OpenVINO."""

from __future__ import annotations

from fuzz.targets.model_folder import ModelFolder


class ModelOpenVino(ModelFolder):
    """See :class:`ModelFolder`."""

    name, needs, backend = "model_openvino", "openvino", "openvino"


TARGET = ModelOpenVino()
