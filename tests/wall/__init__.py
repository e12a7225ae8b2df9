"""The wall: what stands where and when, what interrupts it, and that nothing stops it."""
