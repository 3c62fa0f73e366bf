"""Companies whose truth is known, and what the product says of them."""
