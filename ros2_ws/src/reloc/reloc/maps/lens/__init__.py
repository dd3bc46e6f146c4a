"""The intrinsics of a camera from its images: by a printed board, or by structure from motion."""
