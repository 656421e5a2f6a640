"""Data files only; see models.catalog and models.design.kinds for the readers."""
