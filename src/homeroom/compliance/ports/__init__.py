"""What compliance needs of others: a place for the record."""
