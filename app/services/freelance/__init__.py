"""The job market's rules, a module for each thing that people do there."""
