"""Write the model cards of an ExReNet: one of the encoder, one of the pair head."""

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
    "for each of 32 × 32 places of the reference: the matching place of the query (x, y), the match's offset from that "
    "place's center (x, y, in places), and the confidence"
)


def of_encoder(task: ExReNetMaterial, errors: PairErrors, judged: Mapping[str, ExReNetJudgement]) -> CardText:
    """Return the encoder's card."""
    config, camera = task.config, task.config.camera
    return CardText(
        what=(
            f"The image encoder of an ExReNet, variant {config.variant}: {_PAPER}. It takes one image; `reloc "
            "map encode` runs it once over the references of a map. Only the head that was trained with it "
            "can use its features."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "coarse": "a feature for each of 8 × 8 cells, which the extensive correlation layer compares",
            **({"fine": "a feature for each of 32 × 32 places, for the guided layer"} if config.network.fine else {}),
        },
        preprocessing=(
            f"`reloc.preprocessing` converts the image to a pinhole of {camera.width} x {camera.height} "
            f"pixels, f {camera.fx:.2f} {camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}: a view "
            f"{config.view_deg:g} degrees wide, squeezed into a square."
        ),
        **_common(task, errors, judged),
    )


def of_head(task: ExReNetMaterial, errors: PairErrors, judged: Mapping[str, ExReNetJudgement]) -> CardText:
    """Return the pair head's card."""
    config = task.config
    dropped = f"{config.network.dropout:.0%} of the hidden features"
    several = f"of {config.samples} samples; each drops {dropped} in a fixed way"
    return CardText(
        what=(
            f"The pair head of an ExReNet, variant {config.variant}: {_PAPER}. It takes the features of a "
                "reference and of a query. It gives the query's pose in the reference's frame, and samples of "
                "dropout for its uncertainty."
        ),
        inputs={
            "reference_coarse": "the encoder's `coarse` of the reference", "reference_fine": "its `fine`",
            "query_coarse": "the encoder's `coarse` of the query", "query_fine": "its `fine`",
        },
        outputs={
            "direction": "from the reference's center to the query's, in the reference's optical frame, unit length",
            "rotation": "ref_from_query, unit quaternion xyzw", "scale": "meters between the centers",
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
        start = f"from the weights of the run `{config.begin}`, whose pairs are not counted here"
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
            "In rooms unlike its training data, its errors are larger than stated.",
            "References must overlap with the query; two of them must have different positions.",
        ],
    }  # fmt: skip


def _accuracy(how: str, judged: ExReNetJudgement) -> tuple[str, str]:
    metres, degrees = judged.judged.medians()
    asked = f"poses of {len(judged.judged)} of {judged.asked} views from up to five others, {how}, median"
    return asked, f"{metres:.3f} m, {degrees:.2f}°"


def _uncertainty(how: str, judged: ExReNetJudgement) -> str:
    scales = judged.scales
    return (
        f"Sigmas of {how} poses are scaled by {scales.position_scale:.2f} (position) and "
        f"{scales.rotation_scale:.2f} (rotation), so that 95 % of the errors of those poses lie inside the 95 "
        f"% ellipsoid. A sigma above {scales.max_sigma_m:.2f} m or {scales.max_sigma_deg:.1f} degrees is Lost."
    )


def _words(medians: tuple[float, float, float]) -> str:
    direction, rotation, scale = medians
    return f"direction {direction:.1f}°, rotation {rotation:.1f}°, scale {scale:.2f} m"
