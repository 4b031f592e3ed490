"""WhatsApp: template messages and answers, sent by the Cloud API."""
