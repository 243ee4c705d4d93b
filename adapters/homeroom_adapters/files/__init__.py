"""What an operator lays beside the house in files."""
