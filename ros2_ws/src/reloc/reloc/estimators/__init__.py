"""Compute poses from matches: observations of a query, places of a map, and poses that explain both."""
