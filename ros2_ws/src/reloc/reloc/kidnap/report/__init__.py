"""The test as one HTML page."""
