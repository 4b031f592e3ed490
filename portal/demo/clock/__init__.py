"""Relógio da demonstração: the portal's day moved forward, living every day in between."""
