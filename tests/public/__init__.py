"""The public site, part by part."""
