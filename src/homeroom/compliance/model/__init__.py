"""What compliance decides with: the chain that shows whether a record was touched."""
