"""A second implementation of the Tacita protocol, written from docs/PROTOCOL.md."""
