"""The plain Python model of Groundplan: no Qt, no reportlab."""
