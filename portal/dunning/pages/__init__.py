"""What the pages, calls and messages of reminders say."""
