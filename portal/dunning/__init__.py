"""Régua de cobrança: reminders before and after a due date, prepared, shown, released, with evidence."""
