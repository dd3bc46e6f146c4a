"""One HTML page of an evaluation, with everything in it: figures as SVG, pictures as JPEG."""
