"""What people need of others: places for what they keep, hashes and signatures."""
