"""The worker: jobs, the outbox relay and the sweepers."""
