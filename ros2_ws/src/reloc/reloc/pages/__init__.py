"""What all HTML reports share: the look of figures and pages, and pictures within the page."""
