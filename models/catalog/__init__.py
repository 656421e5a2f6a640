"""Dated facts about what providers sell: places, machines, prices, promises and distances."""
