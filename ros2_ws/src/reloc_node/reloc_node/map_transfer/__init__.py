"""A map on its way from server to robot: offered, checked, fetched in pages, cached, opened."""
