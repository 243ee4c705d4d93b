"""What the roster needs of others: places for what it keeps, and reads that take no locks."""
