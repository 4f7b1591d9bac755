"""Every verb that a colleague, a rule or a script can do, without a screen: the core that all front ends use."""
