"""What the model cards of an ExReNet say: one of the encoder, one of the pair head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reloc.training.card import CardText
from reloc.training.exrenet.calibration import ExReNetJudgement
from reloc.training.exrenet.errors import PairErrors
from reloc.training.exrenet.material import ExReNetMaterial
from reloc.training.rooms.config import described

_PAPER = (
    'Winkelbauer, Denninger and Triebel, "Learning to Localize in New Environments from Synthetic Training Data" '
    "(ICRA 2021)"
)

_MATCHES = (
    "for each of 32 × 32 places of the reference: the query's place that matches it (x, y), how far beyond its centre "
    "the match lies (x, y, in places), and how sure that is"
)


def of_encoder(task: ExReNetMaterial, errors: PairErrors, judged: Mapping[str, ExReNetJudgement]) -> CardText:
    """The encoder's."""
    config, camera = task.config, task.config.camera
    return CardText(
        what=(
            f"The image encoder of an ExReNet, variant {config.variant}: {_PAPER}. It sees one image alone; "
            "`reloc map encode` runs it once over the references of a map. Its features mean something to the head "
            "that was trained with it and to nothing else."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "coarse": "a feature for each of 8 × 8 cells, which the extensive correlation layer compares",
            **({"fine": "a feature for each of 32 × 32 places, for the guided layer"} if config.network.fine else {}),
        },
        preprocessing=(
            f"The image is brought to a pinhole of {camera.width} x {camera.height} pixels, f {camera.fx:.2f} "
            f"{camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}, by `reloc.preprocessing`: a view {config.view_deg:g} "
            "degrees wide, squeezed into a square."
        ),
        **_common(task, errors, judged),
    )


def of_head(task: ExReNetMaterial, errors: PairErrors, judged: Mapping[str, ExReNetJudgement]) -> CardText:
    """The pair head's."""
    config = task.config
    several = f"of {config.samples} samples, {config.network.dropout:.0%} of the hidden features dropped in fixed ways"
    return CardText(
        what=(
            f"The pair head of an ExReNet, variant {config.variant}: {_PAPER}. From the features of a reference and "
            "of a query to the query's pose in the reference's frame, and samples of dropout that say how sure it is."
        ),
        inputs={
            "reference_coarse": "of the reference, from the encoder", "reference_fine": "likewise",
            "query_coarse": "of the query", "query_fine": "likewise",
        },
        outputs={
            "direction": "from the reference's centre to the query's, in the reference's optical frame, unit length",
            "rotation": "ref_from_query, unit quaternion xyzw", "scale": "metres between the centres",
            "direction_samples": several, "rotation_samples": several, "scale_samples": several,
            **({"matches": _MATCHES} if config.network.fine else {}),
        },
        preprocessing="None: the encoder's features as they are.",
        **_common(task, errors, judged),
    )  # fmt: skip


def _common(task: ExReNetMaterial, errors: PairErrors, judged: Mapping[str, ExReNetJudgement]) -> dict[str, Any]:
    config = task.config
    pairs = config.steps * config.groups * config.pairs
    start = f"the encoder from the ImageNet weights `{config.weights}`" if config.weights else "from random weights"
    if config.begin:
        start = f"from the weights of the run `{config.begin}`, whose pairs come on top"
    manners = {"dense": ~errors.sparse, "sparse": errors.sparse}
    return {
        "recipe": (
            f"{pairs:,} pairs (each in another light) of {config.worlds:,} worlds, {config.sparse:.0%} of them seen in "
            f"the paper's sparse manner, {start}; {config.held_out} further worlds were held out."
        ),
        "data": f"{described(config, config.worlds)}. No real image.",
        "licence": "Apache-2.0, as reloc.",
        "accuracy": {
            **{
                f"pairs of held-out worlds, {manner}, median": _words(errors.medians(which))
                for manner, which in manners.items()
                if which.any()
            },
            **dict(_accuracy(how, one) for how, one in judged.items()),
        },
        "uncertainty": " ".join(_uncertainty(how, one) for how, one in judged.items()),
        "limits": [
            "Rooms that look like nothing it learned from: what it states there is less sure than it says.",
            "References must overlap with the query; two of them must see it from different places.",
        ],
    }  # fmt: skip


def _accuracy(how: str, judged: ExReNetJudgement) -> tuple[str, str]:
    metres, degrees = judged.judged.medians()
    asked = f"poses of {len(judged.judged)} of {judged.asked} views from up to five others, {how}, median"
    return asked, f"{metres:.3f} m, {degrees:.2f}°"


def _uncertainty(how: str, judged: ExReNetJudgement) -> str:
    scales = judged.scales
    return (
        f"Sigmas of {how} poses are scaled by {scales.position_scale:.2f} (position) and {scales.rotation_scale:.2f} "
        "(rotation), so that 95 % of the errors of those poses lie inside the ellipsoid stated for 95 %. Less sure "
        f"than {scales.max_sigma_m:.2f} m or {scales.max_sigma_deg:.1f} degrees is Lost."
    )


def _words(medians: tuple[float, float, float]) -> str:
    direction, rotation, scale = medians
    return f"direction {direction:.1f}°, rotation {rotation:.1f}°, scale {scale:.2f} m"
