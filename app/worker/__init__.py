"""What is done beside requests: outboxes that are carried out, chores on a schedule, by as many processes as run."""
