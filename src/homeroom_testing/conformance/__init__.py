"""One suite per port, written as its promises; an adapter inherits it whole or not at all."""
