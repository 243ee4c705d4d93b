"""Messages that stay at home: in the log, for tasks nobody else has to hear of."""
