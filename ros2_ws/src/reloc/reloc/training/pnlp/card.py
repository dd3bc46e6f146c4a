"""Write the model card of a pnlp network."""

from __future__ import annotations

from reloc.training.card import CardText
from reloc.training.pnlp.calibration import PnLPJudgement
from reloc.training.pnlp.config import VIEWS
from reloc.training.pnlp.errors import NetErrors
from reloc.training.pnlp.material import PnLPMaterial
from reloc.training.rooms.config import described


def of(task: PnLPMaterial, errors: NetErrors, judged: PnLPJudgement, descriptor: int) -> CardText:
    """Return the card's text."""
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
            "descriptor": f"NetVLAD with {config.clusters} clusters: a vector of {descriptor} numbers and length 1",
            "local": "a feature of length 1 for each cell of 4 × 4 pixels, to be matched by cosine",
            "depth": "depth of each cell, meters along the optical axis",
            "spread": "predicted mean absolute error of the depth, as a share of the depth",
        },
        preprocessing=(
            f"`reloc.preprocessing` converts the image to a pinhole of {camera.width} x {camera.height} pixels, "
            f"f {camera.fx:.2f} {camera.fy:.2f}, c {camera.cx:.2f} {camera.cy:.2f}: a view {config.view_deg:g} degrees "
            "wide, squeezed into a square."
        ),
        recipe=(
            f"Depth was taught by {taught}, features by matches (weight {config.matching:g}), {start}; "
            f"{config.held_out} further worlds were held out. k-means computed NetVLAD's clusters."
        ),
        data=f"{described(config, config.worlds)}{maps}.",
        licence="Apache-2.0, as reloc.",
        accuracy={
            "depth in held-out worlds, median error": f"{off:.1%}",
            "features whose nearest match is right within a cell": f"{right:.0%}",
            f"poses of {len(judged.judged)} of {judged.asked} views from the other views of their world, median": (
                f"{metres:.3f} m, {degrees:.2f}°; error of the first candidate's pose {near_m:.3f} m, {near_deg:.2f}°"
            ),
        },
        uncertainty=(
            f"Sigmas are scaled by {judged.scales.position_scale:.2f} (position) and "
            f"{judged.scales.rotation_scale:.2f} (rotation), so that 95 % of the errors of those poses lie inside the "
            f"stated 95 % ellipsoid. Answers with a sigma above {judged.scales.max_sigma_m:.2f} m or "
            f"{judged.scales.max_sigma_deg:.1f} degrees are Lost."
        ),
        limits=[
            "In places unlike its training data, and with another camera, errors of depth are larger than stated.",
            "A lost query gets no pose; the most similar reference's pose is not returned.",
        ],
    )
