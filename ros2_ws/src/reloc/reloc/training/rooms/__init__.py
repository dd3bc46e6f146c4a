"""Views of synthetic worlds that several tasks learn from, and the pairs among them."""
