"""BullMQ as a carrier of ready jobs, shared with Node workers and Bull Board."""
