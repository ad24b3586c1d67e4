"""Conversations of people with AI agents: begun, asked, rated and put away; and the log that clients follow."""
