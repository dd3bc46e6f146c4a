"""How the local features ``points`` are learned: views, teacher, losses, judgment, export."""
