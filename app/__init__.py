"""Groundplan."""
