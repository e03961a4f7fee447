"""Tests of muster.drill.journal.journal_file."""
