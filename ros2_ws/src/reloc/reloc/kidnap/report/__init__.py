"""Write the test as one HTML page."""
