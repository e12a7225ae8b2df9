"""The wall: scenes on screens without a keyboard, what they show when, and what interrupts them."""
