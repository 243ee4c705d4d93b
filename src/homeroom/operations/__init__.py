"""Operations: the house's own work, seen and steered. Words: job, dead letter, queue."""
