"""(docstring of ui)"""
