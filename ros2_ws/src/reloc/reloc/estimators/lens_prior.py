"""What is known of a focal length before the inliers measure it.

What moves a pose is the query camera's focal length relative to that of the camera that made the map. If both are one
camera, an error of its calibration is in the map and in the query alike: landmarks were triangulated with it, and a
query beside a reference gets the reference's pose whatever the focal length is. So the relative error is only what the
lens changes between two drives, by temperature and focus.

That both state the same intrinsics does not prove that they are one camera. Intrinsics are copied, or come from a data
sheet. So each belief is a mixture: the usual case, and rarer ones with larger errors. Inliers that measure the focal
length decide between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAME_SIGMA = 0.0002  # of one lens between two drives: ten to twenty millionths for each kelvin
# Of the cameras that state the map's intrinsics: one lens, another one of the same make, something else.
_SAME_SHARES = (0.7, 0.28, 0.02)
# The focal length of a calibrated camera is known well. But some intrinsics belong to another camera, and are off by
# this.
UNUSUAL, SHARE_UNUSUAL = 0.15, 0.02


@dataclass(frozen=True, slots=True)
class LensPrior:
    """A mixture of normal distributions of the focal length's logarithm, all around 0."""

    sigmas: tuple[float, ...]
    shares: tuple[float, ...]  # their sum is 1

    @classmethod
    def of(cls, usual_sigma: float, same_lens: bool) -> LensPrior:
        """Return what is known of a query's camera.

        Args:
            usual_sigma: sigma of a calibrated camera's focal length, as a share of it.
            same_lens: the query's camera and the map's state the same intrinsics.
        """
        usual = max(usual_sigma, 1e-6)
        if not same_lens:
            return cls((usual, UNUSUAL), (1.0 - SHARE_UNUSUAL, SHARE_UNUSUAL))
        return cls((min(SAME_SIGMA, usual), usual, UNUSUAL), _SAME_SHARES)

    def second_moment(self, measured: float, sigma: float) -> float:
        """Return the mean square of the logarithm after a measurement.

        It is not the variance: the pose keeps the stated focal length, so the mean is an error of the pose, too.

        Args:
            measured: the logarithm that the inliers fit.
            sigma: its standard deviation; infinite if they do not determine it.
        """
        prior, share = np.array(self.sigmas) ** 2, np.array(self.shares)
        variance = sigma**2
        if not np.isfinite(variance):
            return float(share @ prior)
        total = prior + variance
        log_weight = np.log(share) - 0.5 * (np.log(total) + measured**2 / total)
        weight = np.exp(log_weight - log_weight.max())
        moment = (measured * prior / total) ** 2 + prior * variance / total
        return float(weight @ moment / weight.sum())
