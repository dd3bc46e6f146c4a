"""Parts of all HTML reports: the style of figures and pages, and embedded pictures."""
