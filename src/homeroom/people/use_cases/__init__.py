"""What can be asked of people: by administrators, by whoever signs in, and by the edges."""
