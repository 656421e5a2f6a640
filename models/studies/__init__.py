"""Long runs whose results are stored beside the design."""
