"""Write the model card of a PoseNet."""

from __future__ import annotations

from reloc.training.calibration import JudgedAnswers, Scales
from reloc.training.card import CardText
from reloc.training.posenet.material import PoseNetMaterial


def card_text(
    task: PoseNetMaterial, as_taken: JudgedAnswers, judged: JudgedAnswers, scales: Scales, min_cosine: float
) -> CardText:
    """Return the card of a task: with its answers on held-out references, and on these with views around them."""
    config, camera = task.config, task.references.camera
    epochs = config.steps * config.batch / len(task.learned)
    start = f"from the ImageNet weights `{config.weights}`" if config.weights else "from random weights"
    return CardText(
        what=(
            "Regresses the camera's pose from one image, in the world of one map: PoseNet (Kendall, Grimes "
            f"and Cipolla, ICCV 2015), GoogLeNet with batch normalization at {config.width:g} times the "
            "paper's channels, with learned loss weights (CVPR 2017) and dropout at test time (ICRA 2016)."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "position": f"position of the camera in the frame `{task.frame}`, meters; the mean of its samples",
            "rotation": "world_from_cam, unit quaternion xyzw",
            "position_samples": f"{config.samples} positions, each without other {config.dropout:.0%} of the features",
            "rotation_samples": "rotations of the same samples",
            "log_variance": "ln of the learned variance per axis, in m² and rad²; it must be scaled, see below",
            "feature": "localization feature; it is compared with the references' features in `features.npy`",
        },
        preprocessing=(
            f"`reloc.preprocessing` converts the image to a pinhole of {camera.width} x {camera.height} pixels, "
            f"f {camera.fx:.2f} {camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}. The graph subtracts the mean image."
        ),
        recipe=(
            f"{epochs:.0f} epochs of {len(task.learned)} references and views around them (up to {config.spread_m:g} m "
            f"and {config.spread_deg:g} degrees, warped by the depth of the map's landmarks), {start}; "
            f"{len(task.held_out)} references were held out."
        ),
        data="Only the images of the map.",
        licence="The weights are Apache-2.0, as reloc. The license of the map's images may restrict their use.",
        accuracy={
            f"{len(task.held_out)} held-out references, median": _medians(as_taken),
            f"these and {len(judged) - len(as_taken)} views around them, median": _medians(judged),
        },
        uncertainty=(
            f"Standard deviations are scaled by {scales.position_scale:.2f} (position) and {scales.rotation_scale:.2f} "
            f"(rotation), so that at least 95 % of the errors on those {len(judged)} images lie inside the "
            f"stated 95 % ellipsoid ({judged.coverage(scales):.1%} do). Answers with a sigma above "
            f"{scales.max_sigma_m:.2f} m or {scales.max_sigma_deg:.1f} degrees are Lost, and so is an image whose "
            f"feature has a cosine below {min_cosine:g} with the features of all references."
        ),
        limits=[
            "It works only in the world of its map; `reloc` refuses it in another map.",
            "Its errors are decimeters and degrees. If landmarks can be matched, `features` is a hundred "
            "times more accurate.",
            "Look-alike places get one answer, possibly in the wrong place; agreeing looks do not prove it right.",
        ],
    )


def _medians(judged: JudgedAnswers) -> str:
    metres, degrees = judged.medians()
    return f"{metres:.3f} m, {degrees:.2f} degrees"
