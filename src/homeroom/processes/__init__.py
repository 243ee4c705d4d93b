"""What spans contexts: the only place that may know two of them."""
