"""Measure at map build how reliable a method's evidence is in one map: leave-one-out, and images from elsewhere."""
