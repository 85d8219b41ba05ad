"""What 10, 1,000 and 100,000 daily guests need and cost: a simulated day over measured figures, the
limits and the price table.

`python -m scripts.scale` writes the figures of docs/scale.md; a test holds the page against them.
"""
