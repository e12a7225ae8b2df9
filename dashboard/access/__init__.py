"""Who somebody is, what they may open, and the one guard that every request passes."""
