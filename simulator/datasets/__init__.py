"""The datasets of the simulated world: each module declares ``DATASETS``."""
