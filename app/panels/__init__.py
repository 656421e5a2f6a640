"""The panels around the canvas. They read the session and never import the canvas or each other."""
