"""What scheduling needs of others: places for what it keeps, and ways to send."""
