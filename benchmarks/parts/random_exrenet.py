"""Write an untrained ExReNet as a model, for timing, which does not depend on the weights."""

from __future__ import annotations

from pathlib import Path

PREFIX = "random:"


def written(name: str, folder: Path) -> str:
    """Write the two models of ``random:VARIANT`` into ``folder``, and return their name. Return other names unchanged.

    It needs torch.
    """
    if not name.startswith(PREFIX):
        return name
    import onnx

    from reloc.models.precision import to_float16
    from reloc.models.writing import write_model
    from reloc.networks.exrenet import ExReNetNetwork
    from reloc.training.exrenet import outputs
    from reloc.training.exrenet.config import ExReNetTaskConfig
    from reloc.training.onnx_export import to_onnx

    config = ExReNetTaskConfig(variant=name.removeprefix(PREFIX))
    network = ExReNetNetwork(config.network).eval()
    head = outputs.PairOutputs(network, config.samples, config.seed)
    parts = (
        (
            "encoder",
            outputs.ExReNetEncoderOutputs(network),
            outputs.image_input(config.network),
            outputs.features_of(network),
        ),
        ("head", head, outputs.pair_inputs(network), list(outputs.pair_outputs(network, config.samples))),
    )
    for part, module, inputs, given in parts:
        exact = to_onnx(module, inputs, given)
        write_model(
            folder / f"{config.variant}-{part}", name=f"{config.variant}-{part}", kind=f"exrenet_{part}",
            onnx_files={"float32": exact, "float16": to_float16(onnx.load_from_string(exact)).SerializeToString()},
            inputs=inputs, outputs=given, camera=config.camera.to_dict(), world=None, metadata={"pair": config.variant},
            card_markdown="# Random weights\n",
        )  # fmt: skip
    return str(folder / config.variant)
