"""Chat with an agent: the conversations, the thread of one, what is typed, and the questions of the agent."""
