"""Exporters: they read models only."""
