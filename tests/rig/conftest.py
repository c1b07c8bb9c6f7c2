"""Real Asterisks for these tests."""

from tests.rig.fixtures import start_rig, version

__all__ = ["start_rig", "version"]
