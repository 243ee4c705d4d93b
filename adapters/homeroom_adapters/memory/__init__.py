"""Everything in this process's memory: a real adapter that copies, rolls back and conflicts."""
