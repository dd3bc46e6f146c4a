"""What the model card of a pnlp network says."""

from __future__ import annotations

from reloc.training.card import CardText
from reloc.training.pnlp.calibration import PnLPJudgement
from reloc.training.pnlp.config import VIEWS
from reloc.training.pnlp.errors import NetErrors
from reloc.training.pnlp.material import PnLPMaterial
from reloc.training.rooms.config import described


def of(task: PnLPMaterial, errors: NetErrors, judged: PnLPJudgement, descriptor: int) -> CardText:
    """The card's text."""
    config, camera = task.config, task.config.camera
    start = f"the encoder from the ImageNet weights `{config.weights}`" if config.weights else "from random weights"
    off, right = errors.medians()
    metres, degrees = judged.judged.medians()
    near_m, near_deg = judged.retrieved
    maps = f" and the maps {', '.join(map(str, config.map_folders))}" if config.map_folders else ""
    taught = "views from true relative poses" if config.supervision == VIEWS else "true depth"
    return CardText(
        what=(
            f"One network for retrieval, matching and metric depth, variant {config.variant}, after Piasco, Sidibé, "
            'Demonceaux and Gouet-Brunet, "Perspective-n-Learned-Point: Pose Estimation from Relative Depth" (BMVC '
            "2019). `reloc map encode` runs it once over the references of a map."
        ),
        inputs={"image": "RGB, as `reloc.preprocessing` gives it"},
        outputs={
            "descriptor": f"NetVLAD of {config.clusters} clusters, {descriptor} numbers, of length 1",
            "local": "a feature of length 1 for each 4 × 4 pixels, to be matched by cosine",
            "depth": "metres along the optical axis of the same cells",
            "spread": "mean absolute error of the depth as a share of it, as the network expects it",
        },
        preprocessing=(
            f"The image is brought to a pinhole of {camera.width} x {camera.height} pixels, f {camera.fx:.2f} "
            f"{camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}, by `reloc.preprocessing`: a view {config.view_deg:g} "
            "degrees wide, squeezed into a square."
        ),
        recipe=(
            f"Depth was taught by {taught}, features by matches (weight {config.matching:g}), {start}; "
            f"{config.held_out} further worlds were held out. NetVLAD's clusters are those of k-means."
        ),
        data=f"{described(config, config.worlds)}{maps}.",
        licence="Apache-2.0, as reloc.",
        accuracy={
            "depth in held-out worlds, median error": f"{off:.1%}",
            "features whose nearest is right to a cell": f"{right:.0%}",
            f"poses of {len(judged.judged)} of {judged.asked} views by the others of their world, median": (
                f"{metres:.3f} m, {degrees:.2f}°; the first candidate's own pose is {near_m:.3f} m, {near_deg:.2f}° off"
            ),
        },
        uncertainty=(
            f"Sigmas are scaled by {judged.scales.position_scale:.2f} (position) and "
            f"{judged.scales.rotation_scale:.2f} (rotation), so that 95 % of the errors of those poses lie inside the "
            f"ellipsoid stated for 95 %. Less sure than {judged.scales.max_sigma_m:.2f} m or "
            f"{judged.scales.max_sigma_deg:.1f} degrees is Lost."
        ),
        limits=[
            "Depth is what such views usually have: elsewhere, and with another camera, it is less true than it says.",
            "What is lost is lost: the pose of the most similar reference is no answer.",
        ],
    )
