"""The words every context shares: ids, aggregates, events, refusals, time, units of work, jobs."""
