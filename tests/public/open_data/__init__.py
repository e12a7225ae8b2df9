"""Open data: files, metadata, API and feeds of releases."""
