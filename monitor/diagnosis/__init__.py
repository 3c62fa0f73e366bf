"""What changed, and why: the facts around a change and the verdict that is read from them."""
