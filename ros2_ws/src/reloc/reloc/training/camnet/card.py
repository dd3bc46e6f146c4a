"""Write the model cards of a CamNet: one of the encoder, and one of each regressor."""

from __future__ import annotations

from typing import Any

from reloc.training.camnet.calibration import CamNetJudgement
from reloc.training.camnet.judging import STAGES
from reloc.training.camnet.material import CamNetMaterial
from reloc.training.card import CardText
from reloc.training.rooms.config import described

_PAPER = 'Ding, Wang, Sun, Shi and Luo, "CamNet: Coarse-to-Fine Retrieval for Camera Re-Localization" (ICCV 2019)'


def of_encoder(task: CamNetMaterial, figures: dict[str, float], judged: CamNetJudgement) -> CardText:
    """Return the encoder's card."""
    config, camera = task.config, task.config.camera
    return CardText(
        what=(
            f"The image encoder of a CamNet, variant {config.variant}: {_PAPER}. It takes one image; `reloc "
                "map encode` runs it once over the references of a map. Only the regressors that were trained "
                "with it can use its features."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "descriptor": "unit length: the cosine of two predicts how much their views share (f_r)",
            "coarse": "input of the coarse regressor (f_c)", "fine": "input of the fine regressor (f_f)",
        },
        preprocessing=(
            f"`reloc.preprocessing` converts the image to a pinhole of {camera.width} x {camera.height} "
                f"pixels, f {camera.fx:.2f} {camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}."
        ),
        **_common(task, figures, judged),
    )  # fmt: skip


def of_regressor(which: str, task: CamNetMaterial, figures: dict[str, float], judged: CamNetJudgement) -> CardText:
    """Return the coarse or the fine regressor's card."""
    return CardText(
        what=f"The {which} pose regressor of a CamNet, variant {task.config.variant}: {_PAPER}.",
        inputs={"reference": f"the {which} feature of a reference", "query": "the same of the query"},
        outputs={"pose": "ref_from_query: translation in meters, unit quaternion xyzw"},
        preprocessing="None: the encoder's features as they are.",
        **_common(task, figures, judged),
    )


def _common(task: CamNetMaterial, figures: dict[str, float], judged: CamNetJudgement) -> dict[str, Any]:
    config = task.config
    maps = [f"{name.split(' ', 1)[1]} ({'depth' if deep else 'ORB'})" for name, deep in task.data.by_depth.items()]
    learned = [described(config, config.worlds)] if config.worlds else []
    learned += [f"the references of {', '.join(maps)}"] if maps else []
    off = [name for name in ("frustum", "angle", "triplet", "coarse", "fine") if not getattr(config, name)]
    start = f"the ImageNet weights `{config.weights}`" if config.weights else "random weights"
    if config.begin:
        start = f"the weights of the run `{config.begin}`"
        start += ", of which trunk, fine branch and fine regressor were not trained" if config.keep else ""
    metres, degrees = judged.judged.medians()
    return {
        "recipe": (
            f"{config.steps:,} steps of {config.groups} places with {config.pool} views each by {config.optimizer}, "
            f"from {start}{'; without the losses ' + ', '.join(off) if off else ''}."
        ),
        "data": f"Learned from {' and '.join(learned)}.",
        "licence": "Apache-2.0, as reloc" + ("; the maps' images have their own." if maps else "."),
        "accuracy": {
            **{
                f"{stage}, first candidate, held-out images, median": (
                    f"{figures[f'{stage}_m']:.3f} m, {figures[f'{stage}_deg']:.2f}°"
                )
                for stage in STAGES
            },
            f"agreed poses of {len(judged.judged)} of {judged.asked} images, median": f"{metres:.3f} m, {degrees:.2f}°",
        },
        "uncertainty": (
            f"The covariance is the spread of the poses that agree, plus a floor of {judged.floor_m:.3f} m and "
                f"{judged.floor_deg:.2f} degrees per axis, scaled by {judged.scales.position_scale:.2f} (position) "
                f"and {judged.scales.rotation_scale:.2f} (rotation), so that 95 % of the errors lie inside the 95 "
                f"% ellipsoid. Answers with a sigma above {judged.scales.max_sigma_m:.2f} m or "
                f"{judged.scales.max_sigma_deg:.1f} degrees are Lost, and so is an image whose nearest descriptor "
                f"has a cosine below {judged.min_similarity:.3f}."
        ),
        "limits": ["In places unlike its training data, its errors are larger than stated."],
    }  # fmt: skip
