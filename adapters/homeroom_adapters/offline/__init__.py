"""What reads and writes texts by rules alone: no key, no cloud, the same every time."""
