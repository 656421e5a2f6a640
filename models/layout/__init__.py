"""Tidy layout: layered drawings of flows with nested boundaries and pinned cards."""
