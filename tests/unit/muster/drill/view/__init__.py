"""Tests of muster.drill.view.live_view."""
