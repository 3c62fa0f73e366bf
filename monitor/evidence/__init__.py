"""The evidence pack of an inflection: what its verdict rests on, frozen with a hash, and a page to read it on."""
