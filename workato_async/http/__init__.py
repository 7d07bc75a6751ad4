"""Bytes: everything that speaks HTTP. The only package that imports aiohttp."""
