"""Reading and sending: what networks tell goes into the store, what the outbox holds goes to the networks."""
