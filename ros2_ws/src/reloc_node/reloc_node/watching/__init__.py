"""What a person is told of what the node hears: topics, publishers, what is missing, who contradicts."""
