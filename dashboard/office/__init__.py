"""The mayor's office: targets and owners, the whole city on one page, who is told of what, the weekly brief."""
