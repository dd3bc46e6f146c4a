"""From matches to poses: observations of a query, places of a map, and the poses that explain both."""
