"""Files on this machine that outlive a process: entries on their way to the record."""
