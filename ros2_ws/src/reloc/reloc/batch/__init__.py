"""Run many commands of reloc: builds, evaluations and kidnap tests, one after another or on Ray."""
