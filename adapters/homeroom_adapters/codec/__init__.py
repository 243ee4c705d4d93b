"""Text for events and works: JSON through msgspec, which reads and writes attrs natively."""
