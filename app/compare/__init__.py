"""Two variants side by side: what differs, what that does to the figures, and taking changes over."""
