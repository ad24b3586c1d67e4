"""What is done beside requests: outboxes that are carried out, chores on a schedule, and the processes that share both."""
