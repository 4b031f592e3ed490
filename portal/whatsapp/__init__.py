"""WhatsApp as a channel: what leaves by itself, what became of it, who may be written to, and who wrote."""
