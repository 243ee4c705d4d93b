"""A model behind an interface as OpenAI has it, at whatever address."""
