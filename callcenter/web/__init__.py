"""The pages, the live stream and the API: everything that speaks HTTP."""
