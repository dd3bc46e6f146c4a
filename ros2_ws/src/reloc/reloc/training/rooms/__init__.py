"""Views of synthetic worlds that several tasks learn from, and which of them make pairs."""
