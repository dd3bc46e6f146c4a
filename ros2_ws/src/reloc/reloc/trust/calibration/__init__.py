"""What a method's evidence is worth in one map, found out at map build: leave-one-out, and pictures from elsewhere."""
