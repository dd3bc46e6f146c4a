"""What the localizer publishes of a look: poses, status, TF, a seed, a picture."""
