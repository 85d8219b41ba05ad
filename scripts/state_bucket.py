"""Placeholder."""


def of(place):
    """None."""
    return None
