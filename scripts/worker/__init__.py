"""The model worker: a process beside a model that takes jobs from the queue, and how operators
start it and see how it is."""
