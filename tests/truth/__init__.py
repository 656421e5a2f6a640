"""Numbers published elsewhere, recomputed by the models."""
