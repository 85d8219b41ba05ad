"""What a reply costs on AWS, measured: real turns on a local stack of its own, every billable
operation counted.

`make bench-cost` runs it. What an operation costs is scripts/costs' to say, and what counts as one
is units.py's."""
