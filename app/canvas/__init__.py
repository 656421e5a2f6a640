"""The drawing surface: camera, painter, layers, hit testing and the tools, one file per gesture."""
