"""(docstring of config)"""
