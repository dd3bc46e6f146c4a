"""Write an evaluation as one HTML page with all figures as SVG and pictures as JPEG."""
