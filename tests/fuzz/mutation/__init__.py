"""How a valid input becomes a broken one: by its bytes, its words, or the structure it has."""
