"""``python -m etl new-source``: reads a sample, proposes a contract and a source file, and says what a person decides.

Nothing is decided silently: what the sample does not settle is a question, numbered, with its file and line.
"""
