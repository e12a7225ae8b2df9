"""The disclosure attacker: it knows what is published, and what everybody may know of how it is made, nothing else.

``published`` reads releases, ``knowledge`` says which numbers add up to which, ``past`` joins all releases of a city
into one linear system, ``system`` finds how far each unknown can still go, ``verdict`` says what that means;
``formats`` compares files. None of it uses the code that decides what is shown, but for ``aware``, which asks what that
code gives away. ``world`` makes the truths, and publishes them as the product does.
"""
