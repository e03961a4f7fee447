"""The text of a shipped scenario, which tests change."""

from muster.drill.scenario.catalogue import SHIPPED_SCENARIOS

EVACUATE = (SHIPPED_SCENARIOS / "evacuate.yaml").read_text()
