"""Companies to which nothing happens but what CRMs do to data, and how often they are alarmed about."""
