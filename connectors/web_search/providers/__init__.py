"""The services that can be asked for pages, one small class each."""
