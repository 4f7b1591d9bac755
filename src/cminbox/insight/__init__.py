"""(docstring of insight)"""
