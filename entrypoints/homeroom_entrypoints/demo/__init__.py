"""What Homeroom brings along to be tried out. It is read from the package, never from a network."""
