"""What the model card of a PoseNet says."""

from __future__ import annotations

from reloc.training.calibration import JudgedAnswers, Scales
from reloc.training.card import CardText
from reloc.training.posenet.material import PoseNetMaterial


def card_text(
    task: PoseNetMaterial, as_taken: JudgedAnswers, judged: JudgedAnswers, scales: Scales, min_cosine: float
) -> CardText:
    """From a task and what its network answered on held-out references, and on these and views around them."""
    config, camera = task.config, task.references.camera
    epochs = config.steps * config.batch / len(task.learned)
    start = f"from the ImageNet weights `{config.weights}`" if config.weights else "from random weights"
    return CardText(
        what=(
            "Says from one image where its camera was, in the world of one map: PoseNet (Kendall, Grimes and Cipolla, "
            f"ICCV 2015), GoogLeNet with batch normalisation at {config.width:g} times the paper's channels, with "
            "learned loss weights (CVPR 2017) and dropout at test time (ICRA 2016)."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "position": f"of the camera in the frame `{task.frame}`, metres; the mean of its samples",
            "rotation": "world_from_cam, unit quaternion xyzw",
            "position_samples": f"with {config.dropout:.0%} of the features dropped, in {config.samples} fixed ways",
            "rotation_samples": "of the same samples",
            "log_variance": "ln of the variance per axis that was learned: m² and rad²; to be scaled, see below",
            "feature": "localization feature, compared with those of the references in `features.npy`",
        },
        preprocessing=(
            f"The image is brought to a pinhole of {camera.width} x {camera.height} pixels, f {camera.fx:.2f} "
            f"{camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}, by `reloc.preprocessing`. The mean image is "
            "subtracted in the graph."
        ),
        recipe=(
            f"{epochs:.0f} epochs of {len(task.learned)} references and views around them (up to {config.spread_m:g} m "
            f"and {config.spread_deg:g} degrees, warped by the depth of the map's landmarks), {start}; "
            f"{len(task.held_out)} references were held out."
        ),
        data="The images of the map and nothing else.",
        licence="The weights are Apache-2.0, as reloc; what the images of the map allow is for their owner to say.",
        accuracy={
            f"{len(task.held_out)} held-out references, median": _medians(as_taken),
            f"these and {len(judged) - len(as_taken)} views around them, median": _medians(judged),
        },
        uncertainty=(
            f"Standard deviations are scaled by {scales.position_scale:.2f} (position) and {scales.rotation_scale:.2f} "
            f"(rotation), so that at least 95 % of the errors on those {len(judged)} images lie inside the "
            f"stated 95 % ellipsoid ({judged.coverage(scales):.1%} do). Less sure than {scales.max_sigma_m:.2f} m or "
            f"{scales.max_sigma_deg:.1f} degrees is Lost, and so is an image whose feature has a cosine below "
            f"{min_cosine:g} with those of all references."
        ),
        limits=[
            "Only in the world of its map; `reloc` refuses it in another.",
            "Errs by decimetres and degrees. Where a landmark can be matched, `features` is a hundred times as exact.",
            "Places that look alike get one answer, which may be in the wrong one: looks that agree are no proof.",
        ],
    )


def _medians(judged: JudgedAnswers) -> str:
    metres, degrees = judged.medians()
    return f"{metres:.3f} m, {degrees:.2f} degrees"
