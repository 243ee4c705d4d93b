"""One suite per port, written as the port's promises; an adapter inherits it whole or not at all."""
