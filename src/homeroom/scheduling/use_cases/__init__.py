"""What can be asked of scheduling: by people, by the scheduler, and by workers."""
